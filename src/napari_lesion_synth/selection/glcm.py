"""Grey-level co-occurrence in a lesion, on its slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.selection.regions import Regions

__all__ = ["glcm_properties"]

_LOW_HU, _HIGH_HU, _LEVELS = -120.0, 80.0, 16
_SLICES = 3
_ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)


def glcm_properties(regions: Regions) -> tuple[float, float, float]:
    """Contrast, homogeneity and correlation of neighbouring pixels in the lesion.

    HU relative to the parenchyma, from -120 to 80, are cut into 16 levels. Pairs of neighbours
    in all four directions, both in the label, of the three largest slices count.

    Parameters
    ----------
    regions : Regions
        The lesion.

    Returns
    -------
    tuple of float
        Logarithm of 1 + contrast, homogeneity, correlation; (0, 1, 0) where there is no pair.

    References
    ----------
    .. [1] R. M. Haralick et al., "Textural features for image classification", IEEE Trans. SMC
       3(6), 1973.
    """
    counts = _counts(regions)
    total = counts.sum()
    if total == 0:
        return 0.0, 1.0, 0.0
    p = counts / total
    i, j = np.indices(p.shape)
    contrast = float((p * (i - j) ** 2).sum())
    homogeneity = float((p / (1 + (i - j) ** 2)).sum())
    mean = float((p * i).sum())  # symmetric: the same for j
    variance = float((p * (i - mean) ** 2).sum())
    covariance = float((p * (i - mean) * (j - mean)).sum())
    return float(np.log1p(contrast)), homogeneity, covariance / variance if variance > 0 else 0.0


def _counts(regions: Regions) -> NDArray[np.float64]:
    from skimage.feature import graycomatrix

    scaled = (regions.relative - _LOW_HU) / (_HIGH_HU - _LOW_HU) * _LEVELS
    # Level 0 stands for what is not the lesion, and is dropped again.
    levels = np.where(regions.mask, np.clip(scaled, 0, _LEVELS - 1).astype(np.uint8) + 1, 0)
    areas = regions.mask.sum(axis=(1, 2))
    result = np.zeros((_LEVELS, _LEVELS))
    for z in np.argsort(-areas, kind="stable")[:_SLICES]:
        rows, columns = (np.flatnonzero(regions.mask[z].any(axis=axis)) for axis in (1, 0))
        if not rows.size:
            continue
        window = levels[z, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8)
        pairs = graycomatrix(  # type: ignore[no-untyped-call]
            window, [1], _ANGLES, levels=_LEVELS + 1, symmetric=True
        )
        result += pairs[1:, 1:].sum(axis=(2, 3))
    return result
