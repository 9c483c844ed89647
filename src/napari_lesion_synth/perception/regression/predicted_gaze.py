"""Where people would look: a fixation map from a photo alone, learnt from other photos.

Ridge regression of the density of looking on the features of the photo's cells, each as it
differs from the photo's own average, and on the place in the photo. Density is relative: 1 is
what each cell would get if people looked anywhere. What is learnt from a photo is summed up in a
few numbers (sums of products of features), so that a model for each fold costs one solution of a
small system; the penalty is the one whose error is least on photos held out.

Used in place of gaze where none was recorded, this is what has been called privileged
information: known while learning, guessed afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.maps import CentrePrior, MapGrid
from napari_lesion_synth.perception.regression.grids import regridded
from napari_lesion_synth.perception.regression.patches import PATCH_FEATURES, Patches
from napari_lesion_synth.perception.regression.table import Array

__all__ = ["MapPredictor", "PhotoSums", "fit_predictor"]

_PENALTIES = tuple(10.0**k for k in range(-5, 3))
"""Per column of mean square 1, as a share of the number of cells."""

_PARTS = 4
_FLOOR = 0.02
"""Least density that is predicted: people look anywhere now and then."""


@dataclass(frozen=True, eq=False)
class PhotoSums:
    """What is learnt from photos.

    Parameters
    ----------
    squares : ndarray of float64, shape (q, q)
        Mean products of the columns over a photo's cells, summed over the photos.
    products : ndarray of float64, shape (q,)
        Mean products of the columns and the density, likewise.
    density_square : float
        Mean square of the density, likewise.
    photos : int
        How many.
    """

    squares: Array
    products: Array
    density_square: float
    photos: int = 1

    @classmethod
    def of(cls, patches: Patches, looked: Array) -> Self:
        """Sum up a photo.

        Parameters
        ----------
        patches : Patches
            Its cells.
        looked : ndarray, shape (any rows, any columns)
            Its fixation map, not 0 everywhere.

        Raises
        ------
        ParameterError
            If nobody looked at it.
        """
        if not looked.sum() > 0:
            raise ParameterError("nobody looked at a photo that is to be learnt from")
        density = regridded(looked, patches.grid.shape).ravel()
        density = density / density.mean()
        columns = _columns(patches)
        n = len(columns)
        squares = columns.T @ columns / n
        return cls(squares, columns.T @ density / n, float((density**2).mean()))

    @classmethod
    def added(cls, sums: Sequence[PhotoSums]) -> PhotoSums:
        """Of several photos together."""
        return cls(
            np.sum([s.squares for s in sums], axis=0),
            np.sum([s.products for s in sums], axis=0),
            sum(s.density_square for s in sums),
            sum(s.photos for s in sums),
        )


@dataclass(frozen=True, eq=False)
class MapPredictor:
    """A fixation map from a photo.

    Parameters
    ----------
    weights : ndarray of float64, shape (q,)
        Of the columns.
    penalty : float
        The one that was chosen.
    """

    weights: Array
    penalty: float

    def predict(self, patches: Patches) -> Array:
        """The map of a photo, shape (rows, columns) of its cells; sums to 1, positive."""
        density = np.maximum(_columns(patches) @ self.weights, _FLOOR).reshape(patches.grid.shape)
        return np.asarray(density / density.sum())


def fit_predictor(photos: Sequence[PhotoSums]) -> MapPredictor:
    """Learn from photos, all of which count the same.

    Parameters
    ----------
    photos : sequence of PhotoSums
        Two or more; those added up stay together when the penalty is chosen.

    Raises
    ------
    ParameterError
        If there are fewer than 2.
    """
    if len(photos) < 2:
        raise ParameterError("a predictor of fixation maps needs 2 photos with gaze or more")
    parts = [PhotoSums.added(photos[k::_PARTS]) for k in range(min(_PARTS, len(photos)))]
    errors = np.zeros(len(_PENALTIES))
    for held, test in enumerate(parts):
        rest = PhotoSums.added([part for k, part in enumerate(parts) if k != held])
        for k, weights in enumerate(_solutions(rest)):
            fit = weights @ test.squares @ weights - 2 * weights @ test.products
            errors[k] += fit + test.density_square
    best = int(np.argmin(errors))
    return MapPredictor(_solutions(PhotoSums.added(parts))[best], _PENALTIES[best])


def _solutions(sums: PhotoSums) -> list[Array]:
    """Weights under each of the penalties; the level alone, the first column, has none."""
    scale = np.sqrt(np.maximum(np.diag(sums.squares), 1e-12))
    squares = sums.squares / np.outer(scale, scale)
    # The level is taken out first: what is left is penalised.
    level, own = squares[0, 1:] / squares[0, 0], sums.products / scale
    rest = squares[1:, 1:] - np.outer(level, squares[0, 1:])
    wanted = own[1:] - level * own[0]
    values, vectors = np.linalg.eigh(rest)
    turned = vectors.T @ wanted
    found = []
    for penalty in _PENALTIES:
        slopes = vectors @ (turned / (np.maximum(values, 0) + penalty * sums.photos))
        first = (own[0] - squares[0, 1:] @ slopes) / squares[0, 0]
        found.append(np.concatenate([[first], slopes]) / scale)
    return found


def _columns(patches: Patches) -> Array:
    """1, the place, the features, and the features where the middle is; shape (cells, q)."""
    values = patches.values.reshape(-1, patches.values.shape[2]).astype(np.float64)
    values = values - values.mean(axis=0)
    values /= np.maximum(values.std(axis=0), 1e-6)
    place = _place(patches.grid)
    middle = CentrePrior().map(patches.grid).ravel()
    middle = middle / middle.max()
    hand = values[:, : len(PATCH_FEATURES)]
    return np.column_stack([place, values, hand * middle[:, None]])


def _place(grid: MapGrid) -> Array:
    """Functions of the place alone: a middle of three widths, and how high and how far out."""
    columns, rows = grid.centres
    x = np.broadcast_to(columns / grid.width - 0.5, grid.shape).ravel()
    y = np.broadcast_to((rows / grid.height - 0.5)[:, None], grid.shape).ravel()
    squared = x**2 + y**2
    wide = [np.exp(-squared / (2 * s**2)) for s in (0.1, 0.2, 0.35)]
    return np.column_stack([np.ones_like(x), *wide, x, y, x**2, y**2, np.abs(x)])
