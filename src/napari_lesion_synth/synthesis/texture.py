"""Random fields with a length scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.separable import separable

__all__ = ["gaussian_field", "gaussian_field_at"]

_LATTICE_SIGMA = 1.1
_NODES_ABROAD = 2


def gaussian_field(
    shape: tuple[int, int, int], spacing: Triple, scale_mm: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Stationary Gaussian random field of zero mean and unit variance.

    Parameters
    ----------
    shape : tuple of int
        Voxels, (z, y, x).
    spacing : tuple of float
        mm, (z, y, x).
    scale_mm : float
        Standard deviation of the smoothing kernel in mm; 0 gives white noise.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32
    """
    sigma = [scale_mm / s for s in spacing]
    white = rng.standard_normal(shape, dtype=np.float32)
    if scale_mm <= 0:
        return white
    smooth = ndimage.gaussian_filter(white, sigma, mode="wrap")
    return _unit_variance(smooth, sigma)


def _unit_variance(field: NDArray[np.float32], sigma: list[float]) -> NDArray[np.float32]:
    """Divide by the theoretical standard deviation, not by that of this one draw.

    A small box would otherwise always be given the full variance, however much longer than
    the box the field's waves are.
    """
    gain = 1.0
    for n, s in zip(field.shape, sigma, strict=True):
        impulse = np.zeros(n)
        impulse[0] = 1.0
        kernel = ndimage.gaussian_filter1d(impulse, s, mode="wrap") if s > 0 else impulse
        gain *= float(np.sqrt((kernel**2).sum()))
    result: NDArray[np.float32] = field / np.float32(gain)
    return result


def gaussian_field_at(
    axes: tuple[NDArray[np.float32], ...],
    scale_mm: float,
    reach_mm: Triple,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """The same kind of field at given coordinates: quick, and fixed in space.

    White noise lives on a lattice, anchored at the origin and a little coarser than `scale_mm`; the
    field is its Gaussian mean around each point, so its unit variance is exact everywhere. What
    the field looks like depends on the seed, the scale and the reach, not on the grid on which
    it is evaluated: a finer or shifted grid shows the same waves.

    Parameters
    ----------
    axes : tuple of ndarray of float32
        Coordinates in mm along z, y and x.
    scale_mm : float
        Standard deviation of the smoothing kernel in mm, positive.
    reach_mm : tuple of float
        The field is drawn for coordinates between minus and plus these; beyond them it dies away.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32, shape (len(z), len(y), len(x))
    """
    step = _LATTICE_SIGMA * scale_mm
    half = [int(np.ceil(reach / step)) + _NODES_ABROAD if reach > 0 else 0 for reach in reach_mm]
    noise = rng.standard_normal([2 * n + 1 for n in half], dtype=np.float32)
    weights = []
    for axis, n in zip(axes, half, strict=True):
        nodes = step * np.arange(-n, n + 1, dtype=np.float32)
        offset = (axis[:, None] - nodes) / np.float32(scale_mm)
        bell = np.exp(np.float32(-0.5) * offset**2)
        norm = np.sqrt((bell**2).sum(axis=1, keepdims=True))
        weights.append(bell / np.maximum(norm, np.float32(1e-3)))
    return separable(noise, weights)
