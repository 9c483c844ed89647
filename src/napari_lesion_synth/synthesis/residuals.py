"""What a model leaves of a lesion: noise, vessels beside it, texture within it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple

__all__ = ["robust_sd", "shared_voxels", "standing_out", "texture"]

_SMOOTH_MM = 1.6
_COARSE_MM = 3.0
_STANDS_OUT = 2.5
_MOST_SHARED = 60.0
_USUAL_SCALE_MM = 2.0
_SCALES_MM = np.geomspace(1.2, 8.0, 40)
_FEWEST = 60
_MAD_TO_SD = 1.4826

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]


def robust_sd(values: NDArray[np.floating]) -> float:
    """1.4826 times the median distance from the median."""
    if not len(values):
        return 0.0
    return _MAD_TO_SD * float(np.median(np.abs(values - np.median(values))))


def _sigmas(spacing: Triple, sigma_mm: float) -> list[float]:
    return [sigma_mm / step for step in spacing]


def _smoothed(residual: Field, mask: Mask, spacing: Triple, sigma_mm: float) -> Field:
    """Gaussian mean over the mask alone."""
    sigmas = _sigmas(spacing, sigma_mm)
    weight = ndimage.gaussian_filter(mask.astype(np.float32), sigmas, truncate=3)
    total = ndimage.gaussian_filter(residual * mask, sigmas, truncate=3)
    return np.asarray(total / np.maximum(weight, np.float32(0.05)))


def standing_out(residual: Field, outside: Mask, spacing: Triple) -> Mask:
    """Voxels outside the lesion that belong to a vessel, or to whatever is not parenchyma.

    A vessel is lost in the noise of single voxels but not in a Gaussian mean.
    """
    smooth = _smoothed(residual, outside, spacing, _SMOOTH_MM)
    values = smooth[outside]
    limit = _STANDS_OUT * robust_sd(values)
    away = np.abs(smooth - np.float32(np.median(values)))
    return np.asarray(outside & (away > limit))


def shared_voxels(residual: Field, mask: Mask, spacing: Triple) -> float:
    """How many voxels share one independent value of the noise.

    Smoothing lowers the variance of white noise by a known factor, that of correlated noise by
    so much less.
    """
    flat_sd = robust_sd(residual[mask])
    if flat_sd == 0 or mask.sum() < _FEWEST:
        return 1.0
    smooth_sd = robust_sd(_smoothed(residual, mask, spacing, _SMOOTH_MM)[mask])
    ratio = (smooth_sd / flat_sd) ** 2 / _white_gain(mask.shape, spacing)
    return float(np.clip(ratio, 1.0, _MOST_SHARED))


def _white_gain(shape: tuple[int, ...], spacing: Triple) -> float:
    """Variance that smoothing leaves of white noise."""
    gain = 1.0
    for n, sigma in zip(shape, _sigmas(spacing, _SMOOTH_MM), strict=True):
        if n > 1:
            impulse = np.zeros(2 * int(4 * sigma + 2) + 1)
            impulse[len(impulse) // 2] = 1.0
            gain *= float((ndimage.gaussian_filter1d(impulse, sigma, truncate=3) ** 2).sum())
    return gain


def texture(residual: Field, inside: Mask, outside: Mask, spacing: Triple) -> tuple[float, float]:
    """Amplitude (HU) and scale (mm) of the texture in a lesion beyond that of its surroundings.

    From the residual's variance after smoothing, in the lesion less that around it, at two
    widths: smoothing by s leaves (1 + (s / scale)^2)^(-d/2) of a texture's variance in d
    dimensions. Where nothing is left over the amplitude is 0.
    """
    dimensions = sum(n > 1 for n in residual.shape)
    excess = []
    for sigma in (_SMOOTH_MM, _COARSE_MM):
        if inside.sum() < _FEWEST or outside.sum() < _FEWEST:
            return 0.0, _USUAL_SCALE_MM
        within = _smoothed(residual, inside, spacing, sigma)[inside]
        beside = robust_sd(_smoothed(residual, outside, spacing, sigma)[outside])
        excess.append(robust_sd(within) ** 2 - beside**2)
    fine, coarse = excess
    if fine <= 0:
        return 0.0, _USUAL_SCALE_MM
    ratio = float(np.clip(coarse / fine, 0.0, 1.0))
    left = [(1 + (s / _SCALES_MM) ** 2) ** (-dimensions / 2) for s in (_SMOOTH_MM, _COARSE_MM)]
    best = int(np.abs(left[1] / left[0] - ratio).argmin()) if coarse > 0 else None
    if best is None:
        best = int(np.abs(_SCALES_MM - _USUAL_SCALE_MM).argmin())
    return float(np.sqrt(fine / left[0][best])), float(_SCALES_MM[best])
