"""One matrix along each axis of a box: smoothing, interpolation and polynomials as products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["cubic", "cubic_nodes", "separable"]


def cubic_nodes(n: int, stride: int) -> NDArray[np.int64]:
    """Every `stride`-th of `n` positions, and one more at either end; all for a stride of 1."""
    return np.arange(n) if stride == 1 else np.arange(-stride, n - 1 + 2 * stride, stride)


def cubic(n: int, stride: int) -> NDArray[np.float64]:
    """Matrix of Catmull-Rom splines from `cubic_nodes` to all `n` positions, shape (n, nodes)."""
    t = np.abs(np.arange(n)[:, None] - cubic_nodes(n, stride)) / stride
    near = (1.5 * t - 2.5) * t**2 + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))


def separable(
    values: NDArray[np.floating] | NDArray[np.integer] | NDArray[np.bool_],
    matrices: Sequence[NDArray[np.floating]],
) -> NDArray[np.float32]:
    """Apply a matrix along z, one along y and one along x.

    Computed in double precision: BLAS adds up in another order on another processor, and rounding
    to single precision hides it. So a recipe gives the same bytes on every machine.

    Parameters
    ----------
    values : ndarray of numbers, shape (a, b, c)
        The box.
    matrices : sequence of ndarray of float
        Shapes (a', a), (b', b) and (c', c).

    Returns
    -------
    ndarray of float32, shape (a', b', c')
    """
    z, y, x = (np.asarray(matrix, np.float64) for matrix in matrices)
    box = np.asarray(values, np.float64)
    # The long axis goes first where it shrinks the box and last where it makes it grow.
    if len(z) < len(box):
        box = np.matmul(y, np.matmul(_along_z(box, z), x.T))
    else:
        box = _along_z(np.matmul(y, np.matmul(box, x.T)), z)
    return box.astype(np.float32)


def _along_z(values: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """One small product a row, not one large one.

    Large products gain nothing from BLAS's threads here, and lose tens of milliseconds to them
    where other processes are at work; small ones stay in one thread.
    """
    out = np.empty((len(z), *values.shape[1:]))
    np.matmul(z, values.transpose(1, 0, 2), out=out.transpose(1, 0, 2))
    return out
