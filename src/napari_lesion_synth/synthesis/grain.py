"""Giving a resampled donor the grain of its host.

Resampling averages noise away and enlarging makes it coarse; a donor from another scanner has
another noise altogether. A patch with the wrong grain is what the eye finds first. What replaces
the missing noise is the host's own, in place: the fine detail of the very voxels that the
donor covers. It has the right strength and colour, runs in the right direction, and goes on
across the region's border. Of the donor, the contrast and the coarser texture remain, and of its
fine detail as much as the host's grain leaves room for.

The grain is measured alike on the host's parenchyma and on the transplant, by second differences:
they see noise the size of a few voxels, and neither the lesion's body nor slow texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple

__all__ = ["Grain", "match_grain", "measure_grain"]

_LAG_MM = 2.0
_SMOOTH_MM = 0.9
_SAMPLES = 1200
_LEAST = 40
_MAD_TO_SD = 1.4826
_ROOM = 0.3
"""Part of the host's coarse grain that a donor's may add to it, beyond its fine grain."""
_OUTLIER = 3.0
_WIDEST = 2.0


@dataclass(frozen=True, slots=True)
class Grain:
    """Variance of second differences in the slice, HU squared.

    Parameters
    ----------
    fine : float
        Between neighbouring voxels.
    coarse : float
        Between voxels some 2 mm apart.
    """

    fine: float
    coarse: float


def measure_grain(
    values: NDArray[np.float32], mask: NDArray[np.bool_], spacing: Triple
) -> Grain | None:
    """Measure the grain within a mask.

    Parameters
    ----------
    values : ndarray of float32, shape (z, y, x)
        HU.
    mask : ndarray of bool, shape (z, y, x)
        Where to look. Vessels and edges in it hardly count.
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    Grain or None
        None where the mask is too small to tell.
    """
    lag = max(2, round(_LAG_MM / min(spacing[1:])))
    inside = np.flatnonzero(mask)
    inside = inside[:: max(1, len(inside) // _SAMPLES)]
    fine = _second_differences(values, mask, inside, 1)
    coarse = _second_differences(values, mask, inside, lag)
    return None if fine is None or coarse is None else Grain(fine, coarse)


def _second_differences(
    values: NDArray[np.float32], mask: NDArray[np.bool_], inside: NDArray[np.intp], lag: int
) -> float | None:
    """Robust variance of x[i - lag] - 2 x[i] + x[i + lag] along y and x."""
    flat, allowed = values.ravel(), mask.ravel()
    found = []
    for n, stride in ((mask.shape[1], mask.shape[2]), (mask.shape[2], 1)):
        place = inside // stride % n
        some = inside[(place >= lag) & (place < n - lag)]
        low, high = some - lag * stride, some + lag * stride
        both = allowed[low] & allowed[high]
        found.append(flat[low[both]] + flat[high[both]] - 2 * flat[some[both]])
    size = np.abs(np.concatenate(found))
    if len(size) < _LEAST:
        return None
    # The mean of the middle fifth: a median of whole HU moves in steps.
    low_rank, high_rank = int(0.4 * len(size)), int(0.6 * len(size)) + 1
    size.partition([low_rank, high_rank])
    return float((_MAD_TO_SD * size[low_rank:high_rank].mean(dtype=np.float64)) ** 2)


def match_grain(
    contrast: NDArray[np.float32],
    region: NDArray[np.bool_],
    hu: NDArray[np.float32],
    core: NDArray[np.bool_],
    spacing: Triple,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The transplant with the host's grain.

    Parameters
    ----------
    contrast : ndarray of float32, shape (z, y, x)
        The transplant, HU above the parenchyma.
    region : ndarray of bool, shape (z, y, x)
        Where it is used.
    hu : ndarray of float32, shape (z, y, x)
        The host.
    core : ndarray of bool, shape (z, y, x)
        The host's organ, away from its capsule.
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    grained, bare : ndarray of float32
        HU, with and without the host's fine detail. Both are the input itself where the host's
        grain cannot be measured.
    """
    theirs = measure_grain(hu, core, spacing)
    own = measure_grain(contrast, region, spacing)
    if theirs is None or own is None or theirs.fine <= 0:
        return contrast, contrast
    fine, coarse = own.fine / theirs.fine, own.coarse / max(theirs.coarse, theirs.fine)
    keep = min(1.0, _ROOM / max(coarse - fine, _ROOM), 1 / max(fine, coarse, 1.0) ** 2)
    add = max(0.0, 1 - keep * fine)
    bare = contrast
    if keep < 1:
        # A donor that is much the noisier one needs a wider kernel to get rid of it.
        wider = float(np.clip(np.sqrt(coarse), 1.0, _WIDEST))
        bare = _smoothed(contrast, spacing, wider * _SMOOTH_MM)
        bare += np.float32(np.sqrt(keep)) * (contrast - bare)
    grained = _detail(hu, core, spacing)
    grained *= np.float32(np.sqrt(add))
    grained += bare
    return grained, bare


def _detail(
    hu: NDArray[np.float32], core: NDArray[np.bool_], spacing: Triple
) -> NDArray[np.float32]:
    """The host's fine detail in its organ, without what stands out from its noise: vessels."""
    every = max(1, hu.size // (3 * _SAMPLES))
    chosen = core.ravel()[::every]
    if not chosen.any():
        every, chosen = 1, core.ravel()
    values = np.where(core, hu, np.float32(np.median(hu.ravel()[::every][chosen])))
    values -= _smoothed(values, spacing, _SMOOTH_MM)
    spread = _MAD_TO_SD * float(np.median(np.abs(values.ravel()[::every][chosen])))
    values *= core & (np.abs(values) <= np.float32(_OUTLIER * spread))
    return values


def _smoothed(values: NDArray[np.float32], spacing: Triple, mm: float) -> NDArray[np.float32]:
    """Smooth by a kernel of this standard deviation, as passes of (1, 2, 1) / 4.

    On voxels too coarse for it, one pass along the finest axes: the finest detail there is.
    """
    out = values.copy()
    mm = max(mm, min(spacing) / np.sqrt(2))
    for axis, (n, step) in enumerate(zip(values.shape, spacing, strict=True)):
        ahead, behind = (
            tuple(part if a == axis else slice(None) for a in range(3))
            for part in (slice(1, None), slice(None, -1))
        )
        ends = [tuple(i if a == axis else slice(None) for a in range(3)) for i in (0, -1)]
        for _ in range(round(2 * (mm / step) ** 2) if n > 1 else 0):
            quarter = out * np.float32(0.25)
            out *= np.float32(0.5)
            out[ahead] += quarter[behind]
            out[behind] += quarter[ahead]
            for end in ends:
                out[end] += quarter[end]
    return out
