"""Maps on other cells."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.perception.regression.table import Array

__all__ = ["regridded"]


def regridded(plane: Array, shape: tuple[int, ...]) -> Array:
    """A map on other cells, its sum kept: each cell gets what of the map lies in it.

    Parameters
    ----------
    plane : ndarray, shape (rows, columns)
        How much lies in each cell of the photo.
    shape : tuple of int
        Rows and columns of the result, over the same photo.
    """
    return _gathered(_gathered(plane, shape[0]).T, shape[1]).T


def _gathered(plane: Array, n: int) -> Array:
    """Rows joined or divided into n."""
    rows = len(plane)
    if rows == n:
        return plane
    summed = np.vstack([np.zeros((1, plane.shape[1])), np.cumsum(plane, axis=0)])
    edges = np.linspace(0, rows, n + 1)
    low = np.minimum(edges.astype(np.int64), rows - 1)
    part = (edges - low)[:, None]
    at = summed[low] * (1 - part) + summed[low + 1] * part
    return np.asarray(np.diff(at, axis=0))
