"""Two lesions that touch: parted at their neck, or at the pass between their peaks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple

__all__ = ["hills", "separate"]

_NECK = 0.6
"""A neck narrower than this share of the smaller lesion's radius parts two lesions."""


def separate(
    mask: NDArray[np.bool_], spacing: Triple, neck: float = _NECK
) -> list[NDArray[np.bool_]]:
    """Part a component that is clearly several lesions grown together.

    A watershed on the distance to the component's surface, whose basins are merged again
    unless the neck between them is narrow: its radius below `neck` times that of the smaller
    of the two.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        One component.
    spacing : tuple of float
        mm, (z, y, x).
    neck : float
        Smaller values part less.

    Returns
    -------
    list of ndarray of bool
        The parts, of the mask's shape; the mask alone where it is one lesion.
    """
    pad = [(0, 0) if n == 1 else (1, 1) for n in mask.shape]
    inner = tuple(slice(before, before + n) for (before, _), n in zip(pad, mask.shape, strict=True))
    solid = np.pad(mask, pad)
    radius = ndimage.distance_transform_edt(solid, sampling=spacing)
    parts = hills(radius, solid, neck)[inner]
    return [parts == number for number in np.unique(parts[parts > 0])]


def hills(height: NDArray[np.floating], mask: NDArray[np.bool_], neck: float) -> NDArray[np.int64]:
    """Part a landscape into its hills.

    A watershed from every peak, whose basins are merged again unless the pass between them is
    low: below `neck` times the lower of the two peaks. A plateau is one hill.

    Parameters
    ----------
    height : ndarray of float, shape (z, y, x)
        Positive in the mask.
    mask : ndarray of bool
        Where there is land.
    neck : float
        0 to 1; smaller values part less.

    Returns
    -------
    ndarray of int
        The number of the hill of each voxel, 0 outside the mask; numbers have gaps.
    """
    from skimage.segmentation import watershed

    land = np.where(mask, height, 0)
    basins = watershed(-land, mask=mask, connectivity=3)  # type: ignore[no-untyped-call]
    peaks = ndimage.maximum(land, basins, np.arange(1, basins.max() + 1))
    owner = _merged(np.concatenate([[0.0], peaks]), _passes(basins, land), neck)
    result: NDArray[np.int64] = owner[basins]
    return result


def _passes(
    basins: NDArray[np.int32], height: NDArray[np.floating]
) -> list[tuple[float, int, int]]:
    """Height of the pass between each two neighbouring basins, highest first."""
    found = []
    for axis in range(3):
        low, high = (np.moveaxis(basins, axis, 0)[part] for part in (slice(-1), slice(1, None)))
        a, b = (np.moveaxis(height, axis, 0)[part] for part in (slice(-1), slice(1, None)))
        meet = (low != high) & (low > 0) & (high > 0)
        pair = np.sort(np.stack([low[meet], high[meet]]), axis=0)
        found.append((*pair, np.minimum(a, b)[meet]))
    first, second, heights = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((-heights, second, first))
    pairs = np.stack([first[order], second[order]])
    lead = np.r_[True, (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)][: len(order)]
    best = zip(heights[order][lead], *pairs[:, lead], strict=True)
    return sorted(((float(h), int(a), int(b)) for h, a, b in best), reverse=True)


def _merged(
    peaks: NDArray[np.float64], passes: list[tuple[float, int, int]], neck: float
) -> NDArray[np.int64]:
    """For each basin, the basin that it belongs to after merging over wide necks."""
    owner = np.arange(len(peaks))
    for height, a, b in passes:
        first, second = owner[a], owner[b]
        if first != second and height >= neck * min(peaks[first], peaks[second]):
            keep, lose = (first, second) if peaks[first] >= peaks[second] else (second, first)
            owner[owner == lose] = keep
    return owner
