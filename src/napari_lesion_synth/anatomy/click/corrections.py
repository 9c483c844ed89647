"""Clicks outside the organ: which part of a mask each of them takes away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from skimage.segmentation import watershed

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.growth import grown_in
from napari_lesion_synth.anatomy.click.measures import (
    Cell,
    Field,
    Mask,
    ball_around,
    blurred,
    bounding_box,
    depth_in,
    within,
)
from napari_lesion_synth.anatomy.click.settings import ClickSettings
from napari_lesion_synth.anatomy.click.tissue import Tissue, tissue_around

__all__ = ["taken_away"]

_FAR_MM = 400.0
_NEAR_MM = 5.0
_OTHER = 1.5
"""Tissue is another if its mean differs by so many standard deviations of the organ's."""

_OWN, _OWN_ALONE = 0.7, 0.35
"""Share of the mask's depth at a click that surely goes with it; the lesser one where nothing
thicker is left to tell the leak from the organ."""

_THICKER = 1.3
_APART = 2.0
_SURFACE_BLUR_MM = 1.0
_REACH_MM, _REACH_RADII = 10.0, 3.0


def taken_away(
    mask: Mask,
    tissue: Tissue,
    outside: Cell,
    inside: Sequence[Cell],
    cells: Cells,
    settings: ClickSettings,
) -> Mask:
    """The part of a mask that a click outside the organ takes away.

    Where the click hits another tissue than the organ's, that tissue goes. Else shape decides:
    what leaked out is thinner than the organ, or joined to it by something thinner.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        The organ on the cells, with the leak.
    tissue : Tissue
        The organ's.
    outside : tuple of int
        A cell that is not organ.
    inside : sequence of tuple of int
        Cells that are.
    cells : Cells
        The CT.
    settings : ClickSettings
        How far tissue is followed.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        Cells to remove; at least a little ball round the click.
    """
    point = np.zeros_like(mask)
    box, ball = ball_around(outside, cells.spacing, max(cells.spacing), mask.shape)
    point[box] = ball
    if not mask[outside]:
        return point
    around = tissue_around(cells.smooth, outside, cells.spacing, _NEAR_MM, mask)
    if around is not None and abs(around.mean - tissue.mean) > _OTHER * tissue.spread:
        nearer = np.abs(cells.smooth - around.mean) < np.abs(cells.smooth - tissue.mean)
        return point | grown_in(mask & nearer, cells, outside, around, settings)
    return point | _leak(mask, outside, inside, cells)


def _leak(mask: Mask, outside: Cell, inside: Sequence[Cell], cells: Cells) -> Mask:
    """The click's side of the narrowest place between it and the organ.

    The click's surroundings, as far as the mask is deep there, contend with the thicker parts
    of the mask and with the clicks inside for what lies between them.
    """
    spacing = cells.spacing
    depth = depth_in(mask, spacing, _FAR_MM)
    radius = float(depth[outside])
    kept = (depth > _THICKER * radius) & ~within(_only(outside, mask), spacing, _APART * radius)
    seeds = kept.astype(np.int8)
    for cell in inside:
        box, ball = ball_around(cell, spacing, _OWN * float(depth[cell]), mask.shape)
        seeds[box][ball] = 1
    own = _OWN if kept.any() else _OWN_ALONE
    box, ball = ball_around(outside, spacing, own * radius, mask.shape)
    seeds[box][ball] = 2
    for cell in inside:
        seeds[cell] = 1
    seeds[outside] = 2
    result = within(_only(outside, mask), spacing, _REACH_MM + _REACH_RADII * own * radius)
    whole = bounding_box(mask, 1)
    result[whole] &= _flooded(depth[whole], seeds[whole], mask[whole], cells) == 2
    return result & mask


def _flooded(depth: Field, seeds: np.ndarray, mask: Mask, cells: Cells) -> np.ndarray:
    """Which of the seeds each cell of the mask goes with: they meet where it is thinnest."""
    surface = blurred(depth, cells.spacing, _SURFACE_BLUR_MM)
    return np.asarray(watershed(-surface, seeds * mask, mask=mask))


def _only(cell: Cell, mask: Mask) -> Mask:
    point = np.zeros_like(mask)
    point[cell] = True
    return point
