"""Smooth random fields that are fixed in the patient, whatever the grid they are seen on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from napari_lesion_synth.ct.phantom.frame import Array, Frame, Sampled, Weights
from napari_lesion_synth.ct.volume import Triple

__all__ = ["Wobble"]

_REACH = 270.0
_MOST = 60
"""Knots along an axis: they cover -270 to 270 mm, or as far as this many go, and repeat."""


class Wobble:
    """A random field of zero mean and unit variance, a cubic B-spline through random knots.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the knots.
    scale_mm : float or tuple of float
        Distance of the knots, one for all axes or (z, y, x); about the size of a blob.
    """

    def __init__(self, rng: np.random.Generator, scale_mm: float | Triple) -> None:
        scales = (scale_mm,) * 3 if isinstance(scale_mm, int | float) else scale_mm
        count = [min(max(int(np.ceil(2 * _REACH / s)), 4), _MOST) for s in scales]
        self._scale = [float(s) for s in scales]
        self._knots: Array = rng.standard_normal(count, dtype=np.float32)

    def on(self, frame: Frame) -> Array:
        """The field on a whole grid: float32, shape `frame.shape`."""
        return self.slices(frame).whole()

    def slices(self, frame: Frame) -> Sampled:
        """The field on a grid, slice by slice."""
        weights = []
        used = self._knots
        for axis, (points, scale) in enumerate(zip(frame.axes, self._scale, strict=True)):
            matrix, knots = _spline_weights(points, scale, self._knots.shape[axis])
            used = np.take(used, knots, axis=axis)
            weights.append(matrix)
        return Sampled.of(np.ascontiguousarray(used), *weights)


def _spline_weights(points: Array, scale: float, count: int) -> tuple[Weights, NDArray[np.intp]]:
    """Cubic B-spline weights of the knots near `points`, scaled to unit variance."""
    if len(points) == 0:
        return csr_array((0, 1), dtype=np.float32), np.zeros(1, int)
    at = (points.astype(float) + _REACH) / scale
    low = np.floor(at).astype(int)
    t = at - low
    basis = np.stack(
        [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1
    )
    basis /= np.sqrt((basis**2).sum(axis=1, keepdims=True))
    first = int(low.min()) - 1
    knots = np.arange(first, int(low.max()) + 3)
    rows = np.repeat(np.arange(len(points)), 4)
    columns = (low[:, None] - 1 - first + np.arange(4)).ravel()
    values = basis.astype(np.float32).ravel()
    weights = csr_array((values, (rows, columns)), shape=(len(points), len(knots)))
    return weights, knots % count
