"""Giving a resampled donor the grain of its host.

Resampling averages noise away, and enlarging makes it coarse. The grain is measured alike on the
host's parenchyma and on the transplant, by second differences: they see noise of the size of a
few voxels, and neither the lesion's body nor slow texture. What the transplant lacks is added as
noise of the same colour; what it has too much of is smoothed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.noise import host_noise

__all__ = ["Grain", "match_grain", "measure_grain"]

_LAG_MM = 2.0
_SAMPLES = 8000
_LEAST = 40
_MAD_TO_SD = 1.4826
_SURPLUS = 1.15
_SMOOTH_MM = 0.8
_LEAST_HU = 0.5
_KERNELS = np.arange(0.0, 3.0, 0.02)


@dataclass(frozen=True, slots=True)
class Grain:
    """Variance of second differences, HU squared.

    Parameters
    ----------
    fine : float
        In-plane, between neighbouring voxels.
    coarse : float
        In-plane, between voxels some 2 mm apart.
    through : float
        Along z between neighbouring slices; NaN where that could not be measured.
    lag : int
        The distance of `coarse` in voxels.
    """

    fine: float
    coarse: float
    through: float
    lag: int


def measure_grain(
    values: NDArray[np.floating] | NDArray[np.integer], mask: NDArray[np.bool_], spacing: Triple
) -> Grain | None:
    """Measure the grain within a mask; None where the mask is too small for it.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
        HU.
    mask : ndarray of bool, shape (z, y, x)
        Where to look. Vessels and edges in it hardly count.
    spacing : tuple of float
        mm, (z, y, x).
    """
    lag = max(2, round(_LAG_MM / min(spacing[1:])))
    inside = np.flatnonzero(mask)
    inside = inside[:: max(1, len(inside) // _SAMPLES)]
    fine = _second_differences(values, mask, inside, (1, 2), 1)
    coarse = _second_differences(values, mask, inside, (1, 2), lag)
    if fine is None or coarse is None:
        return None
    through = _second_differences(values, mask, inside, (0,), 1)
    return Grain(fine, coarse, np.nan if through is None else through, lag)


def _second_differences(
    values: NDArray[np.generic],
    mask: NDArray[np.bool_],
    inside: NDArray[np.intp],
    axes: tuple[int, ...],
    lag: int,
) -> float | None:
    """Robust variance of x[i - lag] - 2 x[i] + x[i + lag]."""
    flat, allowed = values.ravel(), mask.ravel()
    strides = (mask.shape[1] * mask.shape[2], mask.shape[2], 1)
    found = []
    for axis in axes:
        place = inside // strides[axis] % mask.shape[axis]
        some = inside[(place >= lag) & (place < mask.shape[axis] - lag)]
        step = lag * strides[axis]
        some = some[allowed[some - step] & allowed[some + step]]
        found.append(
            flat[some - step].astype(np.float32) + flat[some + step] - 2 * flat[some].astype("f4")
        )
    d = np.concatenate(found)
    if len(d) < _LEAST:
        return None
    return float((_MAD_TO_SD * np.median(np.abs(d))) ** 2)


def match_grain(
    contrast: NDArray[np.float32],
    region: NDArray[np.bool_],
    host: Grain,
    spacing: Triple,
    seed: int,
) -> NDArray[np.float32]:
    """The contrast with the host's grain.

    Parameters
    ----------
    contrast : ndarray of float32, shape (z, y, x)
        The transplant.
    region : ndarray of bool, shape (z, y, x)
        Where it is used.
    host : Grain
        Of the host's parenchyma.
    spacing : tuple of float
        mm, (z, y, x).
    seed : int
        Of the noise.

    Returns
    -------
    ndarray of float32
    """
    own = measure_grain(contrast, region, spacing)
    if own is None:
        return contrast
    if own.coarse > _SURPLUS * host.coarse:
        contrast = _softened(contrast, float(np.sqrt(host.coarse / own.coarse)), spacing)
        own = measure_grain(contrast, region, spacing) or own
    fine, coarse = max(host.fine - own.fine, 0.0), max(host.coarse - own.coarse, 0.0)
    level, kernel = _gaussian(fine, coarse, host.lag)
    if level < _LEAST_HU:
        return contrast
    correlation = (_through(host) * spacing[0], kernel * spacing[1], kernel * spacing[2])
    rng = np.random.default_rng(seed)
    return contrast + host_noise(contrast.shape, spacing, level, correlation, rng)


def _softened(contrast: NDArray[np.float32], keep: float, spacing: Triple) -> NDArray[np.float32]:
    """Only a part of the finest detail."""
    smooth = ndimage.gaussian_filter(contrast, [_SMOOTH_MM / s for s in spacing], truncate=3)
    contrast = contrast - smooth
    contrast *= np.float32(keep)
    contrast += smooth
    return contrast


def _variance(lag: int, kernel: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Of the second differences of unit noise that was smoothed by a Gaussian kernel."""
    width = 4 * np.maximum(np.square(kernel), 1e-6)
    one, two = np.exp(-(lag**2) / width), np.exp(-4 * lag**2 / width)
    return np.asarray(6 - 8 * one + 2 * two)


def _gaussian(fine: float, coarse: float, lag: int) -> tuple[float, float]:
    """Level (HU) and kernel (voxels) of smoothed white noise with this in-plane grain."""
    if fine >= coarse:
        return float(np.sqrt((fine + coarse) / 12)), 0.0
    ratio = _variance(1, _KERNELS) / _variance(lag, _KERNELS)
    kernel = float(np.interp(-fine / coarse, -ratio, _KERNELS))
    return float(np.sqrt(coarse / _variance(lag, kernel))), kernel


def _through(host: Grain) -> float:
    """Kernel along z in voxels."""
    if np.isnan(host.through):
        return 0.0
    level, _ = _gaussian(host.fine, host.coarse, host.lag)
    share = host.through / max(level**2, 1e-6)
    return float(np.interp(-share, -_variance(1, _KERNELS), _KERNELS))
