"""Whether synthetic lesions are copies of those that a generator learnt from.

What makes a lesion that one and no other is not that it is dark in the middle: nearly all are.
So its mean profile by depth is taken away first, and what remains, its texture and its lobes, is
brought to one size on a small grid. A copy may be turned, mirrored and shifted, so it is compared
with every training lesion in all these positions.

How near is too near is learnt from real lesions: from the distances between each and the nearest
one of *other* patients. Small lesions have less texture and are nearer to each other, so the limit
rises with the number of voxels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.intervals import Interval, wilson
from napari_lesion_synth.selection.profile import DEPTHS_MM, BoundaryProfile
from napari_lesion_synth.selection.regions import Regions
from napari_lesion_synth.selection.view import LesionView

__all__ = ["QUANTILE", "Memorisation", "nearest_distances", "training_copies"]

QUANTILE = 0.05
"""Nearer than this part of the real lesions are to others' lesions is too near."""

_REACH = 1.3
_AROUND_MM = 2.0
_CLIP_HU = 100.0
_FEWEST = 8


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells along an axis, and steps of one cell that a copy may be shifted."""

    cells: int
    shift: int
    axes: int


_PLANAR, _SOLID = _Grid(16, 2, 2), _Grid(10, 1, 3)


@dataclass(frozen=True, eq=False)
class Memorisation:
    """How near synthetic lesions are to training lesions.

    Parameters
    ----------
    ids : tuple of str
        Synthetic lesions.
    nearest : tuple of str
        The training lesion nearest to each.
    distances : ndarray, shape (n,)
        Root mean square difference after each was given mean 0 and deviation 1: 0 for a copy,
        1.41 for lesions that have nothing in common.
    limits : ndarray, shape (n,)
        For each, the 5th percentile of the distances of real lesions of its size.
    limit : float
        Median of `limits`.
    real_distances : ndarray, shape (m,)
        From real lesions to the nearest training lesion of another patient.
    flagged : tuple of str
        Lesions nearer than their limit.
    share : Interval
        Share of the flagged ones. Of lesions that are no copies, 5 % are expected; on simulated
        ones it was 6 % with 120 real lesions to learn the limit from, and 8 % with 30.
    """

    ids: tuple[str, ...]
    nearest: tuple[str, ...]
    distances: NDArray[np.float64]
    limits: NDArray[np.float64]
    limit: float
    real_distances: NDArray[np.float64]
    flagged: tuple[str, ...]
    share: Interval


def training_copies(
    synthetic: Sequence[LesionView],
    training: Sequence[LesionView],
    held_out: Sequence[LesionView] = (),
) -> Memorisation:
    """Find synthetic lesions that resemble a training lesion too much.

    The limit is taken from nearest distances, not from those of all pairs: the nearest of a
    hundred is near also where nothing was copied.

    Parameters
    ----------
    synthetic : sequence of LesionView
        At least one.
    training : sequence of LesionView
        Real lesions that the generator learnt from.
    held_out : sequence of LesionView
        Other real lesions, for more of the real distances.

    Returns
    -------
    Memorisation

    Raises
    ------
    InputError
        If single slices and volumes are mixed, or fewer than 8 real lesions have a training
        lesion of another patient.
    """
    real = list({id(view): view for view in (*training, *held_out)}.values())
    apart, _ = nearest_distances(real, training, other_patients=True)
    known = np.isfinite(apart)
    if np.count_nonzero(known) < _FEWEST:
        raise InputError(
            f"only {np.count_nonzero(known)} real lesions can be compared with those of another "
            "patient",
            remedy=f"Give real lesions of more patients; {_FEWEST} are needed",
        )
    distances, nearest = nearest_distances(synthetic, training)
    limits = _limits(_sizes(real)[known], apart[known], _sizes(synthetic))
    near = distances < limits
    return Memorisation(
        ids=tuple(view.id for view in synthetic),
        nearest=tuple(training[index].id for index in nearest),
        distances=distances,
        limits=limits,
        limit=float(np.median(limits)),
        real_distances=apart[known],
        flagged=tuple(view.id for view, bad in zip(synthetic, near, strict=True) if bad),
        share=wilson(int(near.sum()), len(synthetic)),
    )


def nearest_distances(
    queries: Sequence[LesionView],
    targets: Sequence[LesionView],
    *,
    other_patients: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distance of each lesion to its nearest one among others, in any position.

    Parameters
    ----------
    queries, targets : sequence of LesionView
        All single slices, or all volumes.
    other_patients : bool
        Whether only lesions of other patients count.

    Returns
    -------
    distances : ndarray, shape (n,)
        See `Memorisation.distances`; infinite where there is no target.
    nearest : ndarray of int, shape (n,)
        Index of the target.

    Raises
    ------
    InputError
        If single slices and volumes are mixed.
    """
    grid = _grid_of((*queries, *targets))
    looked = _normalised(np.stack([_cut(view, grid, 0) for view in queries]))
    patients = np.array([view.patient for view in queries])
    best = np.full(len(queries), -np.inf)
    nearest = np.zeros(len(queries), np.int64)
    for index, target in enumerate(targets):
        likeness = (looked @ _positions(_cut(target, grid, grid.shift), grid).T).max(axis=1)
        if other_patients:
            likeness[patients == target.patient] = -np.inf
        better = likeness > best
        best[better], nearest[better] = likeness[better], index
    return np.sqrt(np.maximum(2 - 2 * best, 0.0)), nearest


def _sizes(views: Sequence[LesionView]) -> NDArray[np.float64]:
    return np.log(np.array([max(int(view.mask.sum()), 1) for view in views], np.float64))


def _limits(
    real_sizes: NDArray[np.float64], apart: NDArray[np.float64], sizes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The low quantile of real distances about a line over the logarithm of the voxels.

    Of few distances the plain quantile, and the scatter about a fitted line, promise too little:
    more lesions would fall below than it says. Both are corrected.
    """
    middle = real_sizes.mean()
    spread = float(((real_sizes - middle) ** 2).sum())
    slope = float((real_sizes - middle) @ apart) / spread if spread > 1e-9 else 0.0
    line = apart.mean() + slope * (real_sizes - middle)
    # Beyond the sizes of the real lesions nothing is known of the line.
    inside = np.clip(sizes, real_sizes.min(), real_sizes.max())
    scatter = (apart - line) * np.sqrt(len(apart) / (len(apart) - 2))
    low = np.quantile(scatter, QUANTILE, method="weibull")
    return np.asarray(apart.mean() + slope * (inside - middle) + low)


def _grid_of(views: Sequence[LesionView]) -> _Grid:
    planar = {bool(view.mask.shape[0] == 1) for view in views}
    if len(planar) > 1:
        raise InputError(
            "lesions of single slices cannot be compared with lesions of volumes",
            remedy="Compare them with real lesions of their own kind",
        )
    return _PLANAR if planar == {True} else _SOLID


def _cut(view: LesionView, grid: _Grid, margin: int) -> NDArray[np.float32]:
    """What is a lesion's own, on the grid, with `margin` more cells on every side.

    That is how it differs from its mean profile, up to 2 mm outside the label.
    """
    regions = Regions.of(view)
    expected = np.interp(regions.depth, DEPTHS_MM, BoundaryProfile.of(regions).filled)
    near = regions.organ & (regions.depth > -_AROUND_MM)
    own = np.where(near, regions.relative - expected, 0.0).clip(-_CLIP_HU, _CLIP_HU)
    used = slice(3 - grid.axes, 3)
    step_mm = np.asarray(view.spacing)[used]
    points = np.argwhere(regions.mask)[:, used]
    size = max(len(points), 1) * np.prod(step_mm)
    radius = np.sqrt(size / np.pi) if grid.axes == 2 else np.cbrt(size * 3 / (4 * np.pi))
    cell = 2 * _REACH * radius / grid.cells
    own = own[0] if grid.axes == 2 else own
    # Larger lesions are seen from farther away: what is finer than the grid is averaged.
    smooth = ndimage.gaussian_filter(own, 0.4 * np.maximum(cell / step_mm - 1, 0.0))
    center = points.mean(axis=0) if len(points) else (np.asarray(own.shape) - 1) / 2
    cells = grid.cells + 2 * margin
    offsets = (np.arange(cells) - (cells - 1) / 2) * cell
    where = np.meshgrid(
        *[c + offsets / s for c, s in zip(center, step_mm, strict=True)], indexing="ij"
    )
    found = ndimage.map_coordinates(smooth, np.stack(where), order=1, mode="nearest")
    return np.asarray(found, np.float32)


def _positions(patch: NDArray[np.float32], grid: _Grid) -> NDArray[np.float32]:
    """All turns, mirror images and shifts of a patch, one a row, normalised.

    Volumes are turned within the axial plane and mirrored along all axes.
    """
    plane = (grid.axes - 2, grid.axes - 1)
    turned = [np.rot90(patch, quarter, plane) for quarter in range(4)]
    for axis in range(grid.axes - 1):
        turned += [np.flip(each, axis) for each in turned]
    shape = (grid.cells,) * grid.axes
    windows = [
        np.lib.stride_tricks.sliding_window_view(each, shape).reshape(-1, grid.cells**grid.axes)
        for each in turned
    ]
    return _normalised(np.concatenate(windows))


def _normalised(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows with mean 0 and length 1; rows without any difference are left at 0."""
    rows = patches.reshape(len(patches), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), np.float32)
