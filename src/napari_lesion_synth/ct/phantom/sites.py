"""Where truth lesions lie: apart from each other, clear of large vessels, by zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from napari_lesion_synth.ct.phantom.settings import PhantomSettings
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import SiteError

__all__ = ["RIM_MM", "Depth", "Seat", "choose_seats"]

RIM_MM = 5.0
"""A lesion whose surface comes this near (mm) to the capsule lies at the rim."""

_POOL = 12_000
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

    The capsule is where a voxel of the liver meets one outside: the centres of these faces. Where
    the image ends it is not seen, so the distances in a single slice are those of a plane.

    Parameters
    ----------
    liver : ndarray of bool, shape (z, y, x)
        The mask.
    spacing : tuple of float
        mm.
    """

    def __init__(self, liver: NDArray[np.bool_], spacing: Triple) -> None:
        self._scale = np.array(spacing, float)
        faces = [_faces(liver, axis) for axis in range(3)]
        points = np.concatenate(faces) * self._scale
        self._tree = cKDTree(points if len(points) else np.full((1, 3), 1e6))

    def at(self, index: NDArray[np.integer]) -> Floats:
        """Depth in mm of voxels of the liver, shape (n, 3) indices (z, y, x)."""
        return np.asarray(self._tree.query(index * self._scale)[0])


def _faces(liver: NDArray[np.bool_], axis: int) -> Floats:
    """Positions, in voxels, of the faces across one axis between liver and not liver."""
    along = np.moveaxis(liver, axis, 0)
    index = np.argwhere(along[1:] != along[:-1]).astype(float)
    index[:, 0] += 0.5
    first = index[:, 0].copy()
    others = index[:, 1:]
    return np.insert(others, axis, first, axis=1)


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
    ends = scale[0] * (np.minimum(pool[:, 0], len(liver) - 1 - pool[:, 0]) + 0.5)
    ground = _Ground(pool, scale, depth, clear, ends)
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
    depth: Floats
    """Depth below the capsule."""
    clear: Floats
    """Distance from large vessels."""
    ends: Floats
    """Distance from the lowest and highest face of the image."""


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
        fits = _in_zone(ground.depth, d, rim)
        fits &= ground.clear > 0.32 * d
        fits &= taken > 0.70 * d + 3.0
        fits &= ground.ends >= min(0.5 * d, 0.3 * height)
        spots = np.flatnonzero(fits)
        if len(spots) == 0:
            return seats
        spot = spots[rng.integers(len(spots))]
        z, y, x = (int(i) for i in ground.pool[spot])
        seats.append(Seat((z, y, x), d, rim))
        apart = np.sqrt(((where - where[spot]) ** 2).sum(axis=1)) - 0.70 * d
        np.minimum(taken, apart, out=taken)
    return seats


def _in_zone(depth: Floats, diameter: float, rim: bool) -> NDArray[np.bool_]:
    """Whether a lesion at this depth lies in its zone, well clear of the border of the zones.

    A lesion at the rim may bulge, which takes the capsule a little farther away.
    """
    gap = depth - diameter / 2
    if rim:
        return (gap > -0.18 * diameter) & (gap < RIM_MM - 3.2) & (depth > 2.0)
    return gap > RIM_MM + 0.3
