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
    """Distance of liver voxels from the capsule, which runs along the faces of the voxels.

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
        self._shell = points if len(points) else np.full((1, 3), 1e6)

    def at(self, index: NDArray[np.integer]) -> Floats:
        """Depth in mm of a few voxels, shape (n, 3) indices (z, y, x)."""
        return np.array([self._to_faces(self._shell - i * self._scale).min() for i in index])

    def about(self, index: NDArray[np.integer]) -> Floats:
        """Depth in mm of many voxels, too large by at most a fraction of a voxel."""
        points = index * self._scale
        nearest = np.asarray(cKDTree(self._shell).query(points)[1])
        return self._to_faces(self._shell[nearest] - points)

    def _to_faces(self, offset: Floats) -> Floats:
        """Distance from a point to voxels whose centres lie at these offsets."""
        beyond = np.maximum(np.abs(offset) - self._scale / 2, 0)
        return np.sqrt((beyond**2).sum(axis=1))


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
    depth = Depth(liver, settings.spacing)
    about = depth.about(pool)
    clear = _clearance(pool * scale, vessels)
    ends = scale[0] * (np.minimum(pool[:, 0], len(liver) - 1 - pool[:, 0]) + 0.5)
    ground = _Ground(pool, scale, about, clear, ends, depth)
    best: list[Seat] = []
    for _ in range(_TRIES):
        seats = _attempt(ground, diameters, at_rim, rng)
        if len(seats) == count:
            return seats
        best = max(best, seats, key=len)
    raise SiteError(
        f"no room for {count} lesions of up to {diameters.max():.0f} mm in this liver; "
        f"{len(best)} fit",
        remedy="Ask for fewer or smaller lesions, or for more slices",
    )


@dataclass(frozen=True, eq=False)
class _Ground:
    """Where lesions could be: voxels, mm per voxel, and for each voxel what it is far from."""

    pool: NDArray[np.intp]
    scale: Floats
    about: Floats
    """Depth below the capsule."""
    clear: Floats
    """Distance from large vessels."""
    ends: Floats
    """Distance from the lowest and highest face of the image."""
    depth: Depth


def _clearance(points: Floats, vessels: tuple[Floats, Floats]) -> Floats:
    """Distance of points from the walls of large vessels."""
    axis, radius = vessels
    if len(axis) == 0:
        return np.full(len(points), 1e3)
    distance, nearest = cKDTree(axis).query(points)
    result: Floats = distance - radius[nearest]
    return result


def _attempt(
    ground: _Ground, diameters: Floats, at_rim: NDArray[np.bool_], rng: np.random.Generator
) -> list[Seat]:
    """Seat lesions from the largest to the smallest until one finds no place."""
    where = ground.pool * ground.scale
    height = 2 * float(ground.ends.max())
    seats: list[Seat] = []
    taken = np.full(len(where), 1e3)
    for k in np.argsort(-diameters, kind="stable"):
        d, rim = float(diameters[k]), bool(at_rim[k])
        fits = _fits(ground.about - d / 2, ground.about, d, rim)
        fits &= ground.clear > 0.32 * d
        fits &= taken > 0.70 * d + 3.0
        fits &= ground.ends >= min(0.5 * d, 0.3 * height)
        spots = rng.permutation(np.flatnonzero(fits))[:20]
        exact = ground.depth.at(ground.pool[spots])
        good = np.flatnonzero(_fits(exact - d / 2, exact, d, rim))
        if len(good) == 0:
            return seats
        spot = spots[good[0]]
        z, y, x = (int(i) for i in ground.pool[spot])
        seats.append(Seat((z, y, x), d, rim))
        apart = np.sqrt(((where - where[spot]) ** 2).sum(axis=1)) - 0.70 * d
        np.minimum(taken, apart, out=taken)
    return seats


def _fits(gap: Floats, depth: Floats, diameter: float, rim: bool) -> NDArray[np.bool_]:
    """Whether a lesion at this depth lies in its zone, clear of the border between zones."""
    if rim:
        return (gap > -0.18 * diameter) & (gap < 1.5) & (depth > 2.0)
    return gap > RIM_MM + 0.5
