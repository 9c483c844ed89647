"""Two lesions that touch: parted at their neck."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple

__all__ = ["separate"]

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
    from skimage.segmentation import watershed

    pad = [(0, 0) if n == 1 else (1, 1) for n in mask.shape]
    inner = tuple(slice(before, before + n) for (before, _), n in zip(pad, mask.shape, strict=True))
    solid = np.pad(mask, pad)
    radius = ndimage.distance_transform_edt(solid, sampling=spacing)
    basins = watershed(-radius, mask=solid, connectivity=3)  # type: ignore[no-untyped-call]
    peaks = ndimage.maximum(radius, basins, np.arange(1, basins.max() + 1))
    owner = _merged(np.concatenate([[0.0], peaks]), _passes(basins, radius), neck)
    parts = owner[basins][inner]
    return [parts == number for number in np.unique(parts[parts > 0])]


def _passes(basins: NDArray[np.int32], radius: NDArray[np.float64]) -> list[tuple[float, int, int]]:
    """Height of the pass between each two neighbouring basins, highest first."""
    passes: dict[tuple[int, int], float] = {}
    for axis in range(3):
        low = np.moveaxis(basins, axis, 0)[:-1]
        high = np.moveaxis(basins, axis, 0)[1:]
        height = np.minimum(np.moveaxis(radius, axis, 0)[:-1], np.moveaxis(radius, axis, 0)[1:])
        meet = (low != high) & (low > 0) & (high > 0)
        for a, b, h in zip(low[meet], high[meet], height[meet], strict=True):
            pair = (int(min(a, b)), int(max(a, b)))
            passes[pair] = max(passes.get(pair, 0.0), float(h))
    return sorted(((h, a, b) for (a, b), h in passes.items()), reverse=True)


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
