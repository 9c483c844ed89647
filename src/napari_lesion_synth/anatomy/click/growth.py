"""One click grown to an organ, or to what the organ lacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.measures import (
    Cell,
    Mask,
    ball_mask,
    depth_in,
    nearest_in,
    within,
)
from napari_lesion_synth.anatomy.click.regions import FAR_MM, grown_in, region_at
from napari_lesion_synth.anatomy.click.settings import ClickSettings
from napari_lesion_synth.anatomy.click.tissue import (
    SOFT_HU,
    Tissue,
    tissue_around,
    tissue_of,
)
from napari_lesion_synth.events import StopToken

__all__ = ["Grown", "added_at", "organ_at"]

_AROUND_MM, _NEAR_MM = 12.0, 6.0
"""The organ's tissue is the commonest within about this distance of the first click. Later
clicks point at smaller things."""

_CORE_MM = 5.0
"""The organ's own HU are taken from so deep in it, away from partial volumes."""

_FEW_CELLS = 50

_SMALL_ML, _SMALL_CM2 = 150.0, 35.0
"""A smaller region may be a lesion; in a single slice, square centimetres."""

_SHELL_MM = 10.0
"""The organ round a lesion is looked for this near to it."""

_ENCLOSED = 0.5
"""Share of a lesion's surface that lies against its organ, at least."""


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
    first = region_at(cells, cell, around, settings, token)
    if first is None:
        return None
    if _small(first, cells):
        host = _host_of(cells, first, around, settings, token)
        if host is not None:
            return Grown(first | host.mask, host.tissue)
    return _again(cells, first, around, settings, token)


def added_at(
    cells: Cells, cell: Cell, taken: Mask, settings: ClickSettings, token: StopToken
) -> Mask:
    """What a later click adds to the cells already taken; a little ball where nothing grows.

    It reaches no farther than what it points at is thick. If that is more than a lesion, the
    click is taken for what a first one is: all of its organ is added.
    """
    result = ball_mask(cell, cells.spacing, max(cells.spacing), taken.shape)
    around = tissue_around(cells.smooth, cell, cells.spacing, _NEAR_MM, ~taken)
    token.check()
    if around is None:
        return result
    result |= grown_in(~taken, cells, cell, around, settings)
    if not _small(result, cells):
        own = organ_at(cells, cell, settings, token)
        if own is not None:
            result |= own.mask
    return result


def _again(
    cells: Cells, first: Mask, around: Tissue, settings: ClickSettings, token: StopToken
) -> Grown:
    """Grow once more: from the thickest place, with the tissue of all that was found."""
    depth = depth_in(first, cells.spacing, FAR_MM)
    core = first & (depth > _CORE_MM)
    inner = core if np.count_nonzero(core) >= _FEW_CELLS else first
    tissue = tissue_of(cells.smooth[inner])
    z, y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    token.check()
    region = region_at(cells, (int(z), int(y), int(x)), tissue, settings, token)
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
    tissue = tissue_around(cells.smooth, middle, cells.spacing, FAR_MM, shell)
    if tissue is None:
        return None
    start = nearest_in(shell & tissue.like(cells.smooth, 1.0), middle, cells.spacing, FAR_MM)
    first = None if start is None else region_at(cells, start, tissue, settings, token)
    if first is None:
        return None
    host = _again(cells, first, tissue, settings, token)
    skin = within(lesion, cells.spacing, max(cells.spacing)) & ~lesion
    against = within(host.mask, cells.spacing, max(cells.spacing)) & skin
    enclosed = np.count_nonzero(against) >= _ENCLOSED * np.count_nonzero(skin)
    larger = np.count_nonzero(host.mask) > np.count_nonzero(lesion)
    return host if enclosed and larger else None


def _small(mask: Mask, cells: Cells) -> bool:
    """Whether this could be a lesion."""
    dz, dy, dx = cells.spacing
    if cells.flat:
        return bool(np.count_nonzero(mask) * dy * dx < _SMALL_CM2 * 100)
    return bool(np.count_nonzero(mask) * dz * dy * dx < _SMALL_ML * 1000)
