"""Tissue that hangs together, round one point."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.measures import (
    Cell,
    Field,
    Mask,
    ball_around,
    ball_mask,
    closed,
    depth_in,
    nearest_in,
    relative,
)
from napari_lesion_synth.anatomy.click.narrowing import followed
from napari_lesion_synth.anatomy.click.settings import ClickSettings
from napari_lesion_synth.anatomy.click.tissue import Tissue
from napari_lesion_synth.events import StopToken

__all__ = ["BRIGHTEST_HU", "FAR_MM", "grown_in", "region_at"]

BRIGHTEST_HU = 120.0
"""Contrast-filled vessels are brighter than their organ by so much at most."""

FAR_MM = 400.0
"""Depths in an organ are known up to this far: farther than any organ is deep."""

_LOOK_MM, _NEAR_MM = 10.0, 6.0
"""How far from a point its tissue may begin: from the first click, and from a later one."""

_NECK_SHARE, _SURE_SHARE = 0.6, 0.8
"""In a thin part a passage counts as narrow below this share of the part's own radius. The
second is that for later clicks: of what they point at nothing is known but that it was missed."""

_REACH_MM, _REACH_RADII, _FARTHEST_MM = 5.0, 2.0, 70.0
"""How far a later click reaches: some mm and so many radii of what it points at, at most."""


def region_at(
    cells: Cells, cell: Cell, tissue: Tissue, settings: ClickSettings, token: StopToken
) -> Mask | None:
    """Cells of a tissue that hang together with one of them."""
    candidates = _candidates(cells, tissue, settings)
    token.check()
    depth = depth_in(candidates, cells.spacing, FAR_MM)
    radius = _radius_at(depth, cell, cells, _LOOK_MM)
    neck = min(settings.neck_mm, _NECK_SHARE * radius)
    start = nearest_in(depth > neck, cell, cells.spacing, _LOOK_MM + 3 * neck)
    token.check()
    if radius == 0 or start is None:
        return None
    return followed(candidates, depth, start, cells.spacing, neck, settings.tip_mm)


def grown_in(
    where: Mask, cells: Cells, cell: Cell, tissue: Tissue, settings: ClickSettings
) -> Mask:
    """A tissue followed from a point within a mask, not far beyond the point's surroundings.

    How far depends on how thick the tissue is at the point. Empty where there is none of it.
    """
    result = np.zeros_like(where)
    box, _ = ball_around(cell, cells.spacing, _FARTHEST_MM, where.shape)
    result[box] = _grown_near(where[box], cells.cropped(box), relative(cell, box), tissue, settings)
    return result


def _grown_near(
    where: Mask, cells: Cells, cell: Cell, tissue: Tissue, settings: ClickSettings
) -> Mask:
    nothing = np.zeros_like(where)
    candidates = _candidates(cells, tissue, settings) & where
    depth = depth_in(candidates, cells.spacing, _FARTHEST_MM)
    start = nearest_in(candidates, cell, cells.spacing, _NEAR_MM)
    if start is None:
        return nothing
    radius = _radius_at(depth, start, cells, max(cells.spacing))
    neck = min(settings.neck_mm, _SURE_SHARE * radius)
    start = nearest_in(depth > neck, start, cells.spacing, _LOOK_MM)
    if start is None:
        return nothing
    grown = followed(candidates, depth, start, cells.spacing, neck, settings.tip_mm)
    reach = min(_REACH_MM + _REACH_RADII * radius, _FARTHEST_MM)
    return grown & ball_mask(cell, cells.spacing, reach, where.shape)


def _candidates(cells: Cells, tissue: Tissue, settings: ClickSettings) -> Mask:
    """Cells of about the tissue's HU, and the bright vessels between them."""
    like = tissue.like(cells.smooth, settings.tolerance)
    window = [1 if n == 1 else 3 for n in like.shape]
    like = ndimage.uniform_filter(like.astype(np.float32), window) > 0.5
    if settings.vessel_mm == 0:
        return like
    bright = (cells.smooth > tissue.mean) & (cells.smooth < tissue.mean + BRIGHTEST_HU)
    result: Mask = like | (closed(like, cells.spacing, settings.vessel_mm) & bright)
    return result


def _radius_at(depth: Field, cell: Cell, cells: Cells, mm: float) -> float:
    """How thick the tissue is near a point: its largest depth there, mm."""
    box, ball = ball_around(cell, cells.spacing, mm, depth.shape)
    return float((depth[box] * ball).max())
