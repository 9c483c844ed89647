"""Contrast and sharpness: how far the light ranges, and whether the dish is in focus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.regression.features.prepared import Mask, Prepared

__all__ = ["contrast"]

_EDGE = 0.06
"""Slope per px, of luma from 0 to 1, from which a pixel is part of an edge."""

_GLARE = 0.92, 0.15
"""A highlight is as bright as this, and no more saturated than that."""

_TINY = 1e-6


def contrast(photo: Prepared) -> dict[str, float]:
    """Contrast, edges, highlights, and the sharpness of the dish against its background."""
    grey, hsv = photo.grey, photo.hsv
    p1, p5, p95, p99 = np.percentile(grey, [1, 5, 95, 99])
    inside = _as_full(photo.foreground, photo.full_grey.shape)
    laplacian, tenengrad = _sharpness(photo.full_grey)
    glare = (hsv[..., 2] >= _GLARE[0]) & (hsv[..., 1] <= _GLARE[1])
    return {
        "rms": float(grey.std()),
        "michelson": float((p99 - p1) / max(p99 + p1, _TINY)),
        "range_5_95": float(p95 - p5),
        "laplacian": _log(laplacian.var()),
        "tenengrad": _log(tenengrad.mean()),
        "focus_laplacian": _ratio(laplacian**2, inside),
        "focus_tenengrad": _ratio(tenengrad, inside),
        "edge_density": float((photo.gradient.magnitude > _EDGE).mean()),
        "highlight_share": float(glare.mean()),
        "highlight_share_dish": float(glare[photo.foreground].mean()),
    }


def _sharpness(grey: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Laplacian (4 neighbours) and squared slope (central differences), inner pixels."""
    middle = grey[1:-1, 1:-1]
    up, down, left, right = grey[:-2, 1:-1], grey[2:, 1:-1], grey[1:-1, :-2], grey[1:-1, 2:]
    laplacian = up + down + left + right - 4 * middle
    squared = ((down - up) ** 2 + (right - left) ** 2) / np.float32(4)
    return laplacian.astype(np.float32), squared.astype(np.float32)


def _as_full(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """The small photo's mask on the full one's inner pixels, by nearest neighbour."""
    rows, columns = (
        np.minimum(np.arange(1, n - 1) * m // n, m - 1)
        for n, m in zip(shape, mask.shape, strict=True)
    )
    return np.asarray(mask[rows][:, columns])


def _ratio(values: NDArray[np.float32], inside: Mask) -> float:
    """Logarithm of the mean inside over the mean outside; 0 where either is empty."""
    n = int(inside.sum())
    if n in (0, inside.size):
        return 0.0
    within = float(values[inside].sum())
    outside = float(values.sum()) - within
    return _log(within / n) - _log(outside / (inside.size - n))


def _log(value: float) -> float:
    return float(np.log10(max(float(value), 0.0) + _TINY))
