"""One click grown to what hangs together with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.measures import (
    Cell,
    Mask,
    ball_around,
    closed,
    depth_in,
    nearest_in,
    within,
)
from napari_lesion_synth.anatomy.click.narrowing import followed
from napari_lesion_synth.anatomy.click.settings import ClickSettings
from napari_lesion_synth.anatomy.click.tissue import (
    SOFT_HU,
    Tissue,
    tissue_around,
    tissue_of,
)
from napari_lesion_synth.events import StopToken

__all__ = ["BRIGHTEST_HU", "Grown", "added_at", "grown_in", "organ_at"]

BRIGHTEST_HU = 120.0
"""Contrast-filled vessels are brighter than their organ by so much at most."""

_AROUND_MM = 12.0
"""The organ's tissue is the commonest within about this distance of the first click."""

_NEAR_MM = 6.0
"""The same for later clicks, which point at smaller things."""

_FAR_MM = 400.0
_CORE_MM = 5.0
_FEW_CELLS = 50
_LOOK_MM = 10.0
_NECK_SHARE = 0.6
"""In a thin part a passage counts as narrow below this share of the part's own radius."""

_SURE_SHARE = 0.8
"""The same for what later clicks add: of that nothing is known but that it was missed."""

_SMALL_ML, _SMALL_CM2 = 150.0, 35.0
_ENCLOSED = 0.5
_SHELL_MM = 10.0
_REACH_MM, _REACH_RADII = 10.0, 2.5


@dataclass(frozen=True, eq=False)
class Grown:
    """An organ on the cells, and its tissue."""

    mask: Mask
    tissue: Tissue


def organ_at(cells: Cells, cell: Cell, settings: ClickSettings, token: StopToken) -> Grown | None:
    """The organ that a first click lies in; None if nothing hangs together there.

    A small region that lies for the most part in another one is a lesion: then the other one
    is the organ.
    """
    around = tissue_around(cells.smooth, cell, cells.spacing, _AROUND_MM)
    if around is None:
        return None
    first = _region(cells, cell, around, settings, token)
    if first is None:
        return None
    if _size(first, cells) < (_SMALL_CM2 if cells.flat else _SMALL_ML):
        host = _host_of(cells, first, around, settings, token)
        if host is not None:
            return Grown(first | host.mask, host.tissue)
    return _again(cells, first, around, settings, token)


def added_at(
    cells: Cells, cell: Cell, taken: Mask, settings: ClickSettings, token: StopToken
) -> Mask:
    """What a later click adds to the cells already taken; a little ball where nothing grows."""
    free = ~taken
    box, ball = ball_around(cell, cells.spacing, max(cells.spacing), taken.shape)
    result = np.zeros_like(taken)
    result[box] = ball
    around = tissue_around(cells.smooth, cell, cells.spacing, _NEAR_MM, free)
    token.check()
    if around is None:
        return result
    return result | grown_in(free, cells, cell, around, settings)


def grown_in(
    where: Mask, cells: Cells, cell: Cell, tissue: Tissue, settings: ClickSettings
) -> Mask:
    """A tissue followed from a point within a mask, not far beyond the point's surroundings.

    How far depends on how thick the tissue is at the point. Empty where there is none of it.
    """
    nothing = np.zeros_like(where)
    candidates = _candidates(cells, tissue, settings) & where
    depth = depth_in(candidates, cells.spacing, _FAR_MM)
    start = nearest_in(candidates, cell, cells.spacing, _NEAR_MM)
    if start is None:
        return nothing
    radius = _radius_at(depth, start, cells, _NEAR_MM)
    neck = min(settings.neck_mm, _SURE_SHARE * radius)
    start = nearest_in(depth > neck, start, cells.spacing, _LOOK_MM)
    if start is None:
        return nothing
    grown = followed(candidates, depth, start, cells.spacing, neck, settings.tip_mm)
    box, ball = ball_around(cell, cells.spacing, _REACH_MM + _REACH_RADII * radius, where.shape)
    nothing[box] = ball
    return grown & nothing


def _region(
    cells: Cells, cell: Cell, tissue: Tissue, settings: ClickSettings, token: StopToken
) -> Mask | None:
    """Cells of a tissue that hang together with one of them."""
    candidates = _candidates(cells, tissue, settings)
    token.check()
    depth = depth_in(candidates, cells.spacing, _FAR_MM)
    radius = _radius_at(depth, cell, cells, _LOOK_MM)
    neck = min(settings.neck_mm, _NECK_SHARE * radius)
    start = nearest_in(depth > neck, cell, cells.spacing, _LOOK_MM + 3 * neck)
    token.check()
    if radius == 0 or start is None:
        return None
    return followed(candidates, depth, start, cells.spacing, neck, settings.tip_mm)


def _again(
    cells: Cells, first: Mask, around: Tissue, settings: ClickSettings, token: StopToken
) -> Grown:
    """Grow once more: from the thickest place, with the tissue of all that was found."""
    depth = depth_in(first, cells.spacing, _FAR_MM)
    core = first & (depth > _CORE_MM)
    inner = core if np.count_nonzero(core) >= _FEW_CELLS else first
    tissue = tissue_of(cells.smooth[inner])
    z, y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    token.check()
    region = _region(cells, (int(z), int(y), int(x)), tissue, settings, token)
    if region is None:
        return Grown(first, around)
    return Grown(region, tissue)


def _host_of(
    cells: Cells, lesion: Mask, own: Tissue, settings: ClickSettings, token: StopToken
) -> Grown | None:
    """The organ that a lesion lies in, if most of the lesion's surface lies against it."""
    shell = within(lesion, cells.spacing, _SHELL_MM) & ~lesion
    shell &= ~own.like(cells.smooth, settings.tolerance)
    shell &= (cells.smooth > SOFT_HU[0]) & (cells.smooth < SOFT_HU[1])
    if np.count_nonzero(shell) < _FEW_CELLS:
        return None
    token.check()
    middle = tuple(np.rint(np.argwhere(lesion).mean(axis=0)).astype(int).tolist())
    tissue = tissue_around(cells.smooth, middle, cells.spacing, _FAR_MM, shell)
    if tissue is None:
        return None
    start = nearest_in(shell & tissue.like(cells.smooth, 1.0), middle, cells.spacing, _FAR_MM)
    first = None if start is None else _region(cells, start, tissue, settings, token)
    if first is None:
        return None
    host = _again(cells, first, tissue, settings, token)
    skin = within(lesion, cells.spacing, max(cells.spacing)) & ~lesion
    against = within(host.mask, cells.spacing, max(cells.spacing)) & skin
    enclosed = np.count_nonzero(against) >= _ENCLOSED * np.count_nonzero(skin)
    return host if enclosed and _size(host.mask, cells) > _size(lesion, cells) else None


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


def _radius_at(depth: np.ndarray, cell: Cell, cells: Cells, mm: float) -> float:
    """How thick the tissue is near a point: its largest depth there, mm."""
    box, ball = ball_around(cell, cells.spacing, mm, depth.shape)
    return float((depth[box] * ball).max())


def _size(mask: Mask, cells: Cells) -> float:
    """Millilitres; square centimetres in a single slice."""
    dz, dy, dx = cells.spacing
    return np.count_nonzero(mask) * (dy * dx / 100 if cells.flat else dz * dy * dx / 1000)
