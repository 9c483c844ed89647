"""Where truth lesions lie: apart from each other, clear of large vessels, by zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from napari_lesion_synth.ct.phantom.settings import PhantomSettings
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import SiteError

__all__ = ["RIM_MM", "Depth", "Seat", "choose_seats"]

RIM_MM = 5.0
"""A lesion whose surface comes this near (mm) to the capsule lies at the rim."""

_POOL = 20_000
_TRIES = 8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seat:
    """A place for one lesion: voxel (z, y, x), diameter in mm, and whether it is at the rim."""

    center: tuple[int, int, int]
    diameter_mm: float
    rim: bool


class Depth:
    """Distance of liver voxels from the capsule.

    Parameters
    ----------
    liver : ndarray of bool, shape (z, y, x)
        The mask; where the image ends, the capsule is not seen. In a single slice distances are
        those in the plane.
    spacing : tuple of float
        mm.
    """

    def __init__(self, liver: NDArray[np.bool_], spacing: Triple) -> None:
        self._scale = np.array(spacing, float)
        box = ndimage.find_objects(liver.astype(np.int8))
        start = [max(s.start - 1, 0) for s in box[0]] if box else [0, 0, 0]
        stop = [s.stop + 1 for s in box[0]] if box else [0, 0, 0]
        inside = liver[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
        points = (np.argwhere(_shell(inside)) + start) * self._scale
        self._tree = cKDTree(points if len(points) else np.full((1, 3), 1e6))

    def at(self, index: NDArray[np.integer]) -> Floats:
        """Depth in mm of voxels, shape (n, 3) indices (z, y, x)."""
        distance: Floats = self._tree.query(index * self._scale)[0]
        return distance


def _shell(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels outside that share a face with one inside.

    The voxel outside that is nearest to a voxel inside is always one of them.
    """
    touched = np.zeros_like(inside)
    for axis in range(3):
        here, there = np.moveaxis(touched, axis, 0), np.moveaxis(inside, axis, 0)
        here[:-1] |= there[1:]
        here[1:] |= there[:-1]
    return touched & ~inside


def choose_seats(
    liver: NDArray[np.bool_],
    settings: PhantomSettings,
    vessels: tuple[Floats, Floats],
    rng: np.random.Generator,
) -> list[Seat]:
    """Diameters and places of all lesions.

    Parameters
    ----------
    liver : ndarray of bool, shape (z, y, x)
        The liver.
    settings : PhantomSettings
        How many, how large, how many at the rim.
    vessels : tuple of ndarray
        Points (n, 3) in mm on the axes of large vessels, from voxel (0, 0, 0), and their radii.
    rng : numpy.random.Generator
        Every choice.

    Raises
    ------
    SiteError
        If they do not fit.
    """
    count = settings.lesions
    if count == 0:
        return []
    low, high = settings.diameter_mm
    diameters = low * (high / low) ** (rng.random(count) ** 1.25)
    at_rim = np.arange(count) < round(count * settings.rim_fraction)
    rng.shuffle(at_rim)
    pool = np.argwhere(liver)
    if len(pool) > _POOL:
        pool = pool[np.sort(rng.choice(len(pool), _POOL, replace=False))]
    if len(pool) == 0:
        raise SiteError(
            "there is no liver in these slices, so no lesion fits",
            remedy="Move center_mm nearer to 0, or ask for more slices",
        )
    scale = np.array(settings.spacing, float)
    depth = Depth(liver, settings.spacing).at(pool)
    clear = _clearance(pool * scale, vessels)
    best: list[Seat] = []
    for _ in range(_TRIES):
        seats = _attempt(pool, scale, depth, clear, diameters, at_rim, rng)
        if len(seats) == count:
            return seats
        best = max(best, seats, key=len)
    raise SiteError(
        f"no room for {count} lesions of up to {diameters.max():.0f} mm in this liver; "
        f"{len(best)} fit",
        remedy="Ask for fewer or smaller lesions, or for more slices",
    )


def _clearance(points: Floats, vessels: tuple[Floats, Floats]) -> Floats:
    """Distance of points from the walls of large vessels."""
    axis, radius = vessels
    if len(axis) == 0:
        return np.full(len(points), 1e3)
    distance, nearest = cKDTree(axis).query(points)
    result: Floats = distance - radius[nearest]
    return result


def _attempt(
    pool: NDArray[np.integer],
    scale: Floats,
    depth: Floats,
    clear: Floats,
    diameters: Floats,
    at_rim: NDArray[np.bool_],
    rng: np.random.Generator,
) -> list[Seat]:
    """Seat lesions from the largest to the smallest until one finds no place."""
    where = pool * scale
    flat = bool((pool[:, 0] == pool[0, 0]).all())
    seats: list[Seat] = []
    taken = np.full(len(pool), 1e3)
    for k in np.argsort(-diameters, kind="stable"):
        d, rim = float(diameters[k]), bool(at_rim[k])
        gap = depth - d / 2
        fits = (gap > -0.18 * d) & (gap < 1.8) & (depth > 2.5) if rim else gap > RIM_MM + 1.3
        fits &= (clear > (0.22 if flat else 0.32) * d) & (taken > 0.62 * d + 3.0)
        spots = np.flatnonzero(fits)
        if len(spots) == 0:
            return seats
        spot = spots[rng.integers(len(spots))]
        z, y, x = (int(i) for i in pool[spot])
        seats.append(Seat((z, y, x), d, rim))
        apart = np.sqrt(((where - where[spot]) ** 2).sum(axis=1)) - 0.62 * d
        np.minimum(taken, apart, out=taken)
    return seats
