"""Clicks outside the organ: which part of a mask each of them takes away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.measures import (
    Cell,
    Field,
    Mask,
    ball_mask,
    blurred,
    bounding_box,
    depth_in,
    flooded,
    relative,
)
from napari_lesion_synth.anatomy.click.regions import FAR_MM, grown_in
from napari_lesion_synth.anatomy.click.settings import ClickSettings
from napari_lesion_synth.anatomy.click.tissue import Tissue, tissue_around

__all__ = ["taken_away"]

_NEAR_MM = 5.0
_OTHER = 1.5
"""Tissue is another if its mean differs by so many standard deviations of the organ's."""

_OWN = 0.7
"""Share of the mask's depth at a click that surely goes with it."""

_LEAST_OWN = 0.3
"""The same where the mask is as thick as anywhere, and nothing tells a leak from the organ."""

_THICKER, _APART = 1.3, 2.0
"""The organ is where the mask is so much thicker, and so many radii away from the click."""

_NARROW = 0.85
"""A passage is narrow below this share of the radius of what lies behind it."""

_REACH_MM, _REACH_RADII = 20.0, 4.0
"""How far a leak behind a narrow passage is taken away: some mm, and so many radii."""

_SURFACE_BLUR_MM = 1.0


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
    result = ball_mask(outside, cells.spacing, max(cells.spacing), mask.shape)
    if not mask[outside]:
        return result
    box = bounding_box(mask, 1)
    near = [cell for cell in inside if mask[cell]]
    result[box] |= _leak(mask[box], relative(outside, box), [relative(c, box) for c in near], cells)
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
    depth = depth_in(mask, spacing, FAR_MM)
    radius = float(depth[outside])
    thicker = depth > _THICKER * radius
    thicker[ball_mask(outside, spacing, _APART * radius, mask.shape)] = False
    seeds = thicker.astype(np.int8)
    for cell in inside:
        seeds[ball_mask(cell, spacing, _OWN * float(depth[cell]), mask.shape)] = 1
    seeds[ball_mask(outside, spacing, _OWN * radius, mask.shape)] = 2
    for cell in inside:
        seeds[cell] = 1
    seeds[outside] = 2
    surface = blurred(depth, spacing, _SURFACE_BLUR_MM)
    parts = flooded(surface, seeds, mask)
    leak = parts == 2
    narrow = thicker.any() and _passage(parts, depth) < _NARROW * float(depth[leak].max())
    # The thinner the mask is here beside its thickest place, the likelier all of this leaked.
    alone = radius * float(np.clip(1.5 * (1 - radius / depth.max()), _LEAST_OWN, 1))
    reach = _REACH_MM + _REACH_RADII * radius if narrow else alone
    taken: Mask = leak & ball_mask(outside, spacing, reach, mask.shape)
    return taken


def _passage(parts: NDArray[np.int32], depth: Field) -> float:
    """How deep the mask is where the click's part and the organ's meet."""
    sizes = tuple(min(n, 3) for n in parts.shape)
    border = ndimage.maximum_filter((parts == 1).astype(np.int8), sizes)
    meeting = depth[(border > 0) & (parts == 2)]
    return float(meeting.max()) if meeting.size else 0.0
