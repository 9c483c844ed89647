"""The noise of a CT: how strong it is, how far it reaches, and more of the same.

Donors keep the level of their CT's noise, and simulated hosts are given noise of a real CT's
level and colour. It is measured on parenchyma by variograms: half the squared difference of
voxel pairs, against their distance. Noise rises to its plateau within a few millimetres, slow
texture and gradients go on rising as the square of the distance, and the two are told apart by
a fit. The differences are robust and exclude vessels and lesions beforehand.

References
----------
.. [1] N. Cressie, D. M. Hawkins, "Robust estimation of the variogram", Mathematical Geology
   12(2), 1980.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.synthesis.texture import gaussian_field

__all__ = ["Noise", "host_noise", "measure_noise", "noise_correlation", "noise_level"]

_MAD_TO_SD = 1.4826
_REACH_MM = 5.0
_MIN_LAGS = 4
_MIN_PAIRS = 30
_ENOUGH = 400_000
_SMOOTH_MM = 1.5
_CUT = 2.0
_IMPULSE = 0.05
_SIGMAS_VOX = np.concatenate([np.arange(0.0, 2.0, 0.02), np.arange(2.0, 5.0, 0.1)])


@dataclass(frozen=True, slots=True)
class Noise:
    """Stationary Gaussian noise of a CT.

    Parameters
    ----------
    level : float
        Standard deviation in HU.
    correlation : tuple of float
        Standard deviation in mm, (z, y, x), of the Gaussian kernel that turns white noise into
        this noise; 0 along an axis whose voxels are independent.
    """

    level: float
    correlation: Triple


def measure_noise(hu: NDArray[np.integer], mask: NDArray[np.bool_], spacing: Triple) -> Noise:
    """Level and correlation of the noise within `mask`.

    Vessels, lesions and slow texture inside the mask do not count. Works on single slices,
    where the correlation along z is 0. Masks too small for a variogram (fewer than some 30
    voxel pairs along each in-plane axis) get the robust standard deviation of their voxels
    and no correlation.

    Parameters
    ----------
    hu : ndarray of int16, shape (z, y, x)
        The CT, or a box of it.
    mask : ndarray of bool, shape (z, y, x)
        Parenchyma.
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    Noise

    Raises
    ------
    InputError
        If the mask is empty or has another shape than the CT.
    """
    values, inside, together = _slices(hu, mask)
    calm = _homogeneous(values, inside, spacing)
    fits = [_fit_axis(values, calm, axis, spacing[axis]) for axis in (1, 2)]
    sills = [sill for sill, _ in fits if sill is not None]
    if not sills:
        voxels = values[inside]
        return Noise(_robust_sd(voxels - round(float(np.median(voxels)))), (0.0, 0.0, 0.0))
    z = _correlation_through(values, calm, together) * float(spacing[0])
    y, x = (float(sigma * step) for (_, sigma), step in zip(fits, spacing[1:], strict=True))
    return Noise(float(np.sqrt(np.mean(sills))), (z, y, x))


def noise_level(hu: NDArray[np.integer], mask: NDArray[np.bool_], spacing: Triple) -> float:
    """Standard deviation (HU) of the noise within `mask`; see `measure_noise`."""
    return measure_noise(hu, mask, spacing).level


def noise_correlation(hu: NDArray[np.integer], mask: NDArray[np.bool_], spacing: Triple) -> Triple:
    """Reach of the noise within `mask` in mm, (z, y, x); see `measure_noise`."""
    return measure_noise(hu, mask, spacing).correlation


def host_noise(
    shape: tuple[int, int, int],
    spacing: Triple,
    level: float,
    correlation: Triple,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Noise of the given level and correlation.

    Parameters
    ----------
    shape : tuple of int
        Voxels, (z, y, x).
    spacing : tuple of float
        mm, (z, y, x).
    level : float
        Standard deviation in HU.
    correlation : tuple of float
        Standard deviation of the smoothing kernel in mm, (z, y, x), as `noise_correlation`
        measures it.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32
        HU to add.

    Raises
    ------
    ParameterError
        If the level or a correlation is negative or not finite.
    """
    if not np.all(np.isfinite([level, *correlation])) or min(level, *correlation) < 0:
        raise ParameterError(
            f"noise needs a level and correlations of 0 or more; got {level} HU, {correlation} mm"
        )
    # An anisotropic kernel is an isotropic one on a stretched grid. Kernels far below a voxel
    # are none; their squares would underflow.
    z, y, x = (
        s / c if c > _IMPULSE * s else np.inf for s, c in zip(spacing, correlation, strict=True)
    )
    return np.float32(level) * gaussian_field(shape, (z, y, x), 1.0, rng)


def _slices(
    hu: NDArray[np.integer], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.bool_], int]:
    """Slices of the mask's box, and how many consecutive ones are neighbours in the CT.

    Of a large mask, pairs of neighbours spread evenly over it: the figures no longer change
    with more, and the time stays a fraction of a second.
    """
    if hu.shape != mask.shape:
        raise InputError(f"the mask has shape {mask.shape}, the CT {hu.shape}")
    found = ndimage.find_objects(mask.astype(np.uint8))
    if not found:
        raise InputError("the noise cannot be measured: the mask is empty")
    values, inside = hu[found[0]], mask[found[0]]
    depth = len(inside)
    if depth > 2 and inside.sum() > _ENOUGH:
        pairs = max(1, int(_ENOUGH / inside.sum() * depth / 2))
        first = np.unique(np.linspace(0, depth - 2, pairs + 2).astype(int)[1:-1])
        rows = np.stack([first, first + 1], axis=1).ravel()
        return values[rows].astype(np.int32), inside[rows], 2
    return values.astype(np.int32), inside, depth


def _homogeneous(
    values: NDArray[np.int32], mask: NDArray[np.bool_], spacing: Triple
) -> NDArray[np.bool_]:
    """The mask without vessels, lesions and the blurred edge of the organ.

    Decided on smoothed voxels, of whose variance the noise is a small part: picking by the
    voxels themselves would cut the noise's own tails off.
    """
    sigma = [0.0, *(max(_SMOOTH_MM / s, 1.0) for s in spacing[1:])]
    weight = ndimage.gaussian_filter(mask.astype(np.float32), sigma)
    total = ndimage.gaussian_filter(np.where(mask, values, 0).astype(np.float32), sigma)
    smooth = total[mask] / weight[mask]
    middle = np.median(smooth)
    spread = _MAD_TO_SD * np.median(np.abs(smooth - middle))
    calm = mask.copy()
    calm[mask] = np.abs(smooth - middle) <= _CUT * spread
    return calm


def _fit_axis(
    values: NDArray[np.int32], calm: NDArray[np.bool_], axis: int, step: float
) -> tuple[float | None, float]:
    """Sill (HU squared; None: too few pairs) and kernel (voxels) of the noise along one axis."""
    lags = range(1, max(_MIN_LAGS, int(_REACH_MM / step)) + 1)
    pairs = [(lag, _half_square(values, calm, axis, lag)) for lag in lags]
    usable = [(lag, gamma) for lag, gamma in pairs if gamma is not None]
    if len(usable) < 2:
        return None, 0.0
    lag, gamma = (np.array(column, float) for column in zip(*usable, strict=True))
    best = min(
        (_misfit(lag, gamma, float(sigma)) for sigma in _SIGMAS_VOX), key=lambda found: found[0]
    )
    return best[1], best[2]


def _misfit(
    lag: NDArray[np.float64], gamma: NDArray[np.float64], sigma: float
) -> tuple[float, float, float]:
    """Weighted least squares of gamma = sill (1 - rho(lag)) + slope lag^2, neither negative."""
    weight = 1 / np.sqrt(lag)
    target = weight * gamma
    rise = weight * (1 - _autocorrelation(sigma, int(lag.max()))[lag.astype(int)])
    square = weight * lag**2
    a, b, c = rise @ rise, rise @ square, square @ square
    sill = (c * (rise @ target) - b * (square @ target)) / max(a * c - b * b, 1e-12)
    slope = (square @ target - b * sill) / c
    if slope < 0:
        sill, slope = rise @ target / a, 0.0
    sill = max(sill, 0.0)
    error = float(np.sum((target - sill * rise - slope * square) ** 2))
    return error, float(sill), sigma


def _autocorrelation(sigma: float, reach: int) -> NDArray[np.float64]:
    """Autocorrelation at lags 0..reach of white noise smoothed by the discrete kernel."""
    half = int(4 * sigma + 0.5) + reach
    impulse = np.zeros(2 * half + 1)
    impulse[half] = 1.0
    kernel = ndimage.gaussian_filter1d(impulse, sigma, mode="constant") if sigma > 0 else impulse
    out: NDArray[np.float64] = np.correlate(kernel, kernel, "full")[len(kernel) - 1 :][: reach + 1]
    out /= out[0]
    return out


def _half_square(
    values: NDArray[np.int32], calm: NDArray[np.bool_], axis: int, lag: int
) -> float | None:
    """Robust variogram at one lag, HU squared."""
    if lag >= values.shape[axis]:
        return None
    near, far = _shifted(axis, lag)
    both = calm[near] & calm[far]
    if both.sum() < _MIN_PAIRS:
        return None
    return _robust_sd((values[far] - values[near])[both]) ** 2 / 2


def _correlation_through(
    values: NDArray[np.int32], calm: NDArray[np.bool_], together: int
) -> float:
    """Kernel along z in voxels, from how alike the in-plane differences of neighbours are.

    Differences within the slice rather than between slices: whatever changes from slice to
    slice would pass for noise, more so the thicker they are.
    """
    near, far = _shifted(2, 1)
    diff = values[far] - values[near]
    both = calm[near] & calm[far]
    diff = diff.reshape(-1, together, *diff.shape[1:])
    both = both.reshape(diff.shape)
    pairs = both[:, 1:] & both[:, :-1]
    if pairs.sum() < _MIN_PAIRS:
        return 0.0
    plus = _robust_sd((diff[:, 1:] + diff[:, :-1])[pairs]) ** 2
    minus = _robust_sd((diff[:, 1:] - diff[:, :-1])[pairs]) ** 2
    rho = (plus - minus) / max(plus + minus, 1e-12)
    known = [_autocorrelation(float(sigma), 1)[1] for sigma in _SIGMAS_VOX]
    return float(np.interp(rho, known, _SIGMAS_VOX))


def _shifted(axis: int, lag: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    near = [slice(None)] * 3
    far = [slice(None)] * 3
    near[axis], far[axis] = slice(None, -lag), slice(lag, None)
    return tuple(near), tuple(far)


def _robust_sd(values: NDArray[np.integer]) -> float:
    """1.4826 times the median magnitude, interpolated between whole HU.

    A plain median of integers moves in steps of 1.5 HU, too coarse for smooth kernels.
    """
    counts = np.bincount(np.abs(values))
    if len(counts) == 1:
        return 0.0
    edges = np.concatenate([[0.0], np.arange(len(counts)) + 0.5])
    below = np.concatenate([[0.0], np.cumsum(counts) / counts.sum()])
    return float(_MAD_TO_SD * np.interp(0.5, below, edges))
