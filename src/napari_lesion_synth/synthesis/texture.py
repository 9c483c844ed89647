"""Random fields with a length scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple

__all__ = ["gaussian_field"]


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
