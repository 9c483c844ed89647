"""Clicks outside the organ: which part of a mask each of them takes away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from skimage.segmentation import watershed

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.measures import (
    Cell,
    Mask,
    ball_around,
    blurred,
    bounding_box,
    depth_in,
    within,
)

__all__ = ["taken_away"]

_FAR_MM = 400.0
_OWN = 0.7
_THICKER = 1.3
_APART = 2.0
_SURFACE_BLUR_MM = 1.0
_REACH_MM, _REACH_DEPTHS = 20.0, 4.0


def taken_away(mask: Mask, outside: Cell, inside: Sequence[Cell], cells: Cells) -> Mask:
    """The part of a mask that a click outside the organ takes away.

    What leaked out is thinner than the organ, or joined to it by something thinner. So the
    click's surroundings, as far as the mask is deep there, contend with the thicker parts of
    the mask and with the clicks inside for what lies between them; they meet where it is
    narrowest.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        The organ on the cells, with the leak.
    outside : tuple of int
        A cell that is not organ.
    inside : sequence of tuple of int
        Cells that are.
    cells : Cells
        The CT.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        Cells to remove; at least a little ball round the click.
    """
    spacing = cells.spacing
    point = np.zeros_like(mask)
    box, ball = ball_around(outside, spacing, max(spacing), mask.shape)
    point[box] = ball
    if not mask[outside]:
        return point
    depth = depth_in(mask, spacing, _FAR_MM)
    radius = float(depth[box][ball].max())
    seeds = np.zeros(mask.shape, np.int8)
    seeds[_kept(mask, depth, radius, outside, cells)] = 1
    for cell in inside:
        own, kept = ball_around(cell, spacing, _OWN * float(depth[cell]), mask.shape)
        seeds[own][kept] = 1
    own, gone = ball_around(outside, spacing, _OWN * radius, mask.shape)
    seeds[own][gone] = 2
    for cell in inside:
        seeds[cell] = 1
    seeds[outside] = 2
    seeds[~mask] = 0
    whole = bounding_box(mask, 1)
    surface = blurred(depth[whole], spacing, _SURFACE_BLUR_MM)
    parts = watershed(-surface, seeds[whole], mask=mask[whole])
    point[whole] |= parts == 2
    return point & (within(_only(outside, mask), spacing, _REACH_MM + _REACH_DEPTHS * radius))


def _kept(mask: Mask, depth: np.ndarray, radius: float, outside: Cell, cells: Cells) -> Mask:
    """Parts of the mask that are clearly thicker than it is at the click, and apart from it."""
    thicker = depth > _THICKER * radius
    near = within(_only(outside, mask), cells.spacing, _APART * radius)
    return thicker & ~near


def _only(cell: Cell, mask: Mask) -> Mask:
    point = np.zeros_like(mask)
    point[cell] = True
    return point
