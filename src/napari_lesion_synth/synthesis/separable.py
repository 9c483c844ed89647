"""One matrix along each axis of a box: smoothing, interpolation and polynomials as products."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["interpolation", "lattice", "separable"]


def lattice(n: int, stride: int) -> NDArray[np.int64]:
    """Every `stride`-th of `n` positions, from 0 to at least n - 1."""
    return np.arange(0, max(n - 1, 0) + stride, stride) if n > 1 else np.zeros(1, np.int64)


def interpolation(n: int, stride: int) -> NDArray[np.float32]:
    """Matrix that interpolates linearly from `lattice` to all `n` positions, shape (n, nodes)."""
    away = np.arange(n)[:, None] - lattice(n, stride)
    return np.maximum(0.0, 1 - np.abs(away) / stride).astype(np.float32)


def separable(
    values: NDArray[np.float32], matrices: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Apply a matrix along z, one along y and one along x.

    Parameters
    ----------
    values : ndarray of float32, shape (a, b, c)
        The box.
    matrices : sequence of ndarray of float32
        Shapes (a', a), (b', b) and (c', c).

    Returns
    -------
    ndarray of float32, shape (a', b', c')
    """
    z, y, x = matrices
    # The long axis goes first where it shrinks the box and last where it makes it grow.
    if len(z) < values.shape[0]:
        values = _along_z(values, z)
        return y @ _along_x(values, x)
    return _along_z(y @ _along_x(values, x), z)


def _along_z(values: NDArray[np.float32], z: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = z @ values.reshape(len(values), -1)
    return flat.reshape(len(z), *values.shape[1:])


def _along_x(values: NDArray[np.float32], x: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = values.reshape(-1, values.shape[2]) @ x.T
    return flat.reshape(*values.shape[:2], len(x))
