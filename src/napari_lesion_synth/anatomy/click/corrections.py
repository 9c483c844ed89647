"""Clicks outside the organ: which part of a mask each of them takes away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage
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
)
from napari_lesion_synth.anatomy.click.settings import ClickSettings
from napari_lesion_synth.anatomy.click.tissue import Tissue, tissue_around
from napari_lesion_synth.ct.volume import Triple

__all__ = ["taken_away"]

_FAR_MM = 400.0
_NEAR_MM = 5.0
_OTHER = 1.5
"""Tissue is another if its mean differs by so many standard deviations of the organ's."""

_OWN = 0.7
"""Share of the mask's depth at a click that surely goes with it."""

_LEAST_OWN = 0.3
_THICKER = 1.3
_APART = 2.0
_SURFACE_BLUR_MM = 1.0
_REACH_MM, _REACH_RADII = 20.0, 4.0
_NARROW = 0.85


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
    result = point | _leak(mask, outside, inside, cells)
    around = tissue_around(cells.smooth, outside, cells.spacing, _NEAR_MM, mask)
    if around is not None and abs(around.mean - tissue.mean) > _OTHER * tissue.spread:
        nearer = np.abs(cells.smooth - around.mean) < np.abs(cells.smooth - tissue.mean)
        result |= grown_in(mask & nearer, cells, outside, around, settings)
    return result


def _leak(mask: Mask, outside: Cell, inside: Sequence[Cell], cells: Cells) -> Mask:
    """The click's side of the narrowest place between it and the organ.

    The click's surroundings, as far as the mask is deep there, contend with the thicker parts
    of the mask and with the clicks inside for what lies between them. If they do not meet at a
    narrow place, only the nearest surroundings go.
    """
    spacing = cells.spacing
    depth = depth_in(mask, spacing, _FAR_MM)
    radius = float(depth[outside])
    thicker = depth > _THICKER * radius
    thicker[_ball(mask, outside, _APART * radius, spacing)] = False
    seeds = thicker.astype(np.int8)
    for cell in inside:
        seeds[_ball(mask, cell, _OWN * float(depth[cell]), spacing)] = 1
    seeds[_ball(mask, outside, _OWN * radius, spacing)] = 2
    for cell in inside:
        seeds[cell] = 1
    seeds[outside] = 2
    whole = bounding_box(mask, 1)
    parts = np.zeros(mask.shape, np.int32)
    parts[whole] = _flooded(depth[whole], seeds[whole], mask[whole], cells)
    leak = parts == 2
    narrow = thicker.any() and _passage(parts, depth) < _NARROW * float(depth[leak].max())
    # The thinner the mask is here beside its thickest place, the likelier all of this leaked.
    alone = radius * float(np.clip(1.5 * (1 - radius / depth.max()), _LEAST_OWN, 1))
    reach = _REACH_MM + _REACH_RADII * radius if narrow else alone
    taken: Mask = leak & _ball(mask, outside, reach, spacing)
    return taken


def _passage(parts: np.ndarray, depth: Field) -> float:
    """How deep the mask is where the click's part and the organ's meet."""
    sizes = tuple(min(n, 3) for n in parts.shape)
    border = ndimage.maximum_filter((parts == 1).astype(np.int8), sizes)
    meeting = depth[(border > 0) & (parts == 2)]
    return float(meeting.max()) if meeting.size else 0.0


def _flooded(depth: Field, seeds: np.ndarray, mask: Mask, cells: Cells) -> np.ndarray:
    """Which of the seeds each cell of the mask goes with: they meet where it is thinnest."""
    surface = blurred(depth, cells.spacing, _SURFACE_BLUR_MM)
    flooded = watershed(-surface, seeds * mask, mask=mask)  # type: ignore[no-untyped-call]
    return np.asarray(flooded)


def _ball(mask: Mask, cell: Cell, mm: float, spacing: Triple) -> Mask:
    """Cells no farther than this from one of them, as a mask."""
    result = np.zeros_like(mask)
    box, ball = ball_around(cell, spacing, mm, mask.shape)
    result[box] = ball
    return result
