"""Places for the lesions of a detection-limit map, by size and depth.

Unlike `anatomy.proposal`, which wants places that all fit into one CT together, these are looked
for one size and depth at a time: what cannot share a copy goes into different ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.placement import MIN_DEPTH
from napari_lesion_synth.anatomy.proposal import GAP_MM
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import zone_of
from napari_lesion_synth.evaluation.limits.settings import Band, LimitSettings

__all__ = ["Room", "ball_ml", "find_sites"]

_CANDIDATES = 4096
_SHRINK = 0.8
_LEAST_RADII = 0.5
"""Two places of one cell are at least so many radii apart: nearer, they are the same place."""

_LEAST_INSIDE = 0.6
"""Part of the ball that must lie in the organ: a lesion that is cut off more is not of its size."""

_LARGEST_SHARE = 0.5
_POINTS = 256


@dataclass(frozen=True, slots=True)
class Room:
    """Where lesions of one size and depth can lie.

    Parameters
    ----------
    band : Band
        The depth.
    diameter_mm : float
        The size.
    sites : tuple of Site
        Those that were chosen.
    problem : str
        Why there are fewer than asked for; empty where there are not.
    """

    band: Band
    diameter_mm: float
    sites: tuple[Site, ...]
    problem: str = ""


def find_sites(
    case: Case, band: Band, diameter_mm: float, settings: LimitSettings, rng: np.random.Generator
) -> Room:
    """Choose places for lesions of one size and depth, spread over all that there are.

    A place is any voxel around which a ball of the diameter has the asked depth and keeps clear
    of known lesions and, if so set, of large vessels; its centre lies at least a third of the
    radius below the capsule, and three fifths of it in the organ. The chosen ones are drawn at
    random, but not near to each other while there is room. A lesion is no larger than half of
    the organ.

    Parameters
    ----------
    case : Case
        The CT with its organ.
    band : Band
        Depth of the lesion's surface.
    diameter_mm : float
        Of the lesion.
    settings : LimitSettings
        How many, and what to keep clear of.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Room
        With `settings.repeats` sites, or fewer where the organ has no room for them.
    """
    if ball_ml(case, diameter_mm) > _LARGEST_SHARE * case.require_organ().volume_ml:
        return Room(band, diameter_mm, (), "it would be larger than half of the organ")
    index = case.site_index
    entries = rng.permutation(_entries(case, band, diameter_mm, settings))[:_CANDIDATES]
    entries = entries[_inside(case, index.voxels(entries), diameter_mm / 2, rng) >= _LEAST_INSIDE]
    voxels = index.voxels(entries)
    chosen = _spread(voxels * np.asarray(case.volume.spacing), settings.repeats, diameter_mm / 2)
    sites = tuple(_site(voxels[k], float(index.depth[entries[k]]), diameter_mm) for k in chosen)
    return Room(band, diameter_mm, sites, _problem(case, band, diameter_mm, settings, sites))


def _entries(
    case: Case, band: Band, diameter_mm: float, settings: LimitSettings
) -> NDArray[np.int64]:
    """Entries of the site index at which a lesion fits."""
    index, radius = case.site_index, diameter_mm / 2
    shallow = max(radius * MIN_DEPTH, radius + band.low_mm)
    deep = radius + band.high_mm
    first, last = index.between(shallow, min(deep, 1e6))
    entries = np.arange(first, last)
    depth = index.depth[entries].astype(np.float64)
    good = (depth >= shallow) & (depth < deep)
    known = [(index.lesion_clearance, GAP_MM)]
    if settings.avoid_vessels:
        known.append((index.vessel_clearance, 0.0))
    for clearance, gap in known:
        if clearance is not None:
            good &= clearance[entries] > index.steps(radius + gap)
    found: NDArray[np.int64] = entries[good]
    return found


def ball_ml(case: Case, diameter_mm: float) -> float:
    """Volume of a lesion in millilitres; in a single slice, of a disc of its thickness."""
    shape, (step, _, _) = case.volume.shape, case.volume.spacing
    disc = np.pi / 4 * diameter_mm**2
    return float(disc * (step if shape[0] == 1 else 2 / 3 * diameter_mm) / 1000)


def _inside(
    case: Case, centers: NDArray[np.int64], radius_mm: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Part of the ball around each centre that lies in the organ, by points drawn in it."""
    organ, axes = case.require_organ(), 2 if case.volume.shape[0] == 1 else 3
    points = rng.normal(size=(_POINTS, 3))
    points[:, : 3 - axes] = 0
    points *= (rng.random(_POINTS) ** (1 / axes) / np.linalg.norm(points, axis=1))[:, None]
    places = np.rint(centers[:, None] + points * radius_mm / np.asarray(organ.spacing))
    low, high = ([getattr(side, end) for side in organ.bbox] for end in ("start", "stop"))
    within = ((places >= low) & (places < high)).all(axis=2)
    z, y, x = np.clip(places, low, np.subtract(high, 1)).astype(np.int64).transpose(2, 0, 1)
    return np.asarray((organ.mask[z, y, x] & within).mean(axis=1), np.float64)


def _spread(places: NDArray[np.float64], n: int, radius_mm: float) -> list[int]:
    """Up to n of the places, in their order, as far apart as they can be had."""
    if not len(places):
        return []
    extent = float(np.linalg.norm(np.ptp(places, axis=0)))
    apart, least = max(extent, radius_mm), radius_mm * _LEAST_RADII
    while True:
        chosen = _apart(places, n, max(apart, least))
        if len(chosen) == n or apart <= least:
            return chosen
        apart *= _SHRINK


def _apart(places: NDArray[np.float64], n: int, apart_mm: float) -> list[int]:
    chosen: list[int] = []
    free = np.ones(len(places), bool)
    while len(chosen) < n and free.any():
        k = int(free.argmax())
        chosen.append(k)
        free &= np.linalg.norm(places - places[k], axis=1) >= apart_mm
        free[k] = False
    return chosen


def _site(voxel: NDArray[np.int64], depth_mm: float, diameter_mm: float) -> Site:
    z, y, x = (int(i) for i in voxel)
    return Site((z, y, x), zone_of(depth_mm, diameter_mm), depth_mm, diameter_mm)


def _problem(
    case: Case, band: Band, diameter_mm: float, settings: LimitSettings, sites: tuple[Site, ...]
) -> str:
    if len(sites) >= settings.repeats:
        return ""
    if sites:
        return f"the organ has room for {len(sites)} such places, not {settings.repeats}"
    deepest = case.require_organ().max_depth_mm
    needed = diameter_mm / 2 + max(band.low_mm, 0.0)
    if math.isfinite(band.low_mm) and needed > deepest:
        return f"its centre would lie {needed:g} mm deep, and the organ is {deepest:.0f} mm deep"
    return "the organ has no room for it that is clear of known lesions and large vessels"
