"""Where the dish is in a photo, when nobody has drawn it.

What differs from the photo's border in colour, and lies near its middle, is taken for the dish:
the colours along the border give a normal distribution in Lab, and the distance from it (after
Mahalanobis), weighted towards the middle, is cut by Otsu's threshold [1]_. A rough guess: drawn
areas are better, and where the dish fills the photo there is no border to differ from.

References
----------
.. [1] N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Syst. Man
   Cybern. 9, 1979.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_foreground", "otsu"]

_RIM = 0.06
"""Width of the border, as a share of the shorter side."""

_STEP = 2
_LEAST = 0.02
"""Share of the photo below which nothing was found; the middle half is taken then."""

_LIGHTNESS_SPREAD = 4.0
"""Added to the border's deviation in each of L, a and b: even a plain border has shades."""


def find_foreground(lab: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The dish, as a mask of the photo's shape.

    Parameters
    ----------
    lab : ndarray of float32, shape (height, width, 3)
        CIE Lab.
    """
    from scipy.ndimage import binary_fill_holes, gaussian_filter, label

    height, width = lab.shape[:2]
    coarse = lab[::_STEP, ::_STEP]
    rows, columns = coarse.shape[:2]
    apart = gaussian_filter(_distance(coarse), 2.0)
    y = (np.arange(rows) + 0.5)[:, None] / rows - 0.5
    x = (np.arange(columns) + 0.5)[None, :] / columns - 0.5
    weighted = apart * np.exp(-2 * (x**2 + y**2) / 0.5).astype(np.float32)
    parts, n = label(weighted > otsu(weighted))
    if n:
        # The part that gathers most of the weight: large, unlike the border, near the middle.
        weights = np.bincount(parts.ravel(), weighted.ravel())[1:]
        chosen = binary_fill_holes(parts == 1 + int(np.argmax(weights)))
    else:
        chosen = np.zeros((rows, columns), np.bool_)
    if chosen.mean() < _LEAST:
        chosen = (np.abs(y) < 0.25) & (np.abs(x) < 0.25)
    return np.asarray(chosen.repeat(_STEP, axis=0).repeat(_STEP, axis=1)[:height, :width])


def otsu(values: NDArray[np.float32], bins: int = 128) -> float:
    """The threshold that parts the values into two groups as distinct as can be."""
    counts, edges = np.histogram(values, bins)
    middles = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), counts.sum()
    sums = np.cumsum(counts * middles)
    above = total - below
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
        between = np.nan_to_num(below * above * gap**2)
    return float(edges[1 + int(np.argmax(between))])


def _distance(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = lab.shape[:2]
    rim = max(1, round(_RIM * min(rows, columns)))
    border = np.ones((rows, columns), np.bool_)
    border[rim : rows - rim, rim : columns - rim] = False
    colours = lab[border].astype(np.float64)
    middle = np.median(colours, axis=0)
    covariance = np.cov(colours, rowvar=False) + _LIGHTNESS_SPREAD**2 * np.eye(3)
    root = np.linalg.cholesky(np.linalg.inv(covariance)).astype(np.float32)
    off = (lab - middle.astype(np.float32)) @ root
    return np.asarray(np.sqrt((off**2).sum(axis=-1)), np.float32)
