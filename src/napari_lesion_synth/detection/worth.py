"""How much a lesion's pixels count while a net learns: small lesions are not to be passed over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["worth"]

_USUAL = {2: 100.0, 3: 1000.0}
"""Pixels of a lesion of some 14 mm, in a slice and in a volume: each of them counts once."""

_LEAST, _MOST = 0.5, 6.0


def worth(target: NDArray[np.bool_]) -> NDArray[np.float16]:
    """Weights under which a small lesion as a whole counts nearly as much as a large one.

    Without them, the overlap over a batch is that of its largest lesions.

    Parameters
    ----------
    target : ndarray of bool, shape (y, x) or (z, y, x)
        Lesions.

    Returns
    -------
    ndarray of float16
        1 outside of lesions; in them 0.5 to 6, the smaller the more.
    """
    labels, count = ndimage.label(target)
    if not count:
        return np.ones(target.shape, np.float16)
    sizes = np.bincount(labels.ravel())
    factors = np.clip(_USUAL[target.ndim] / sizes, _LEAST, _MOST)
    factors[0] = 1
    weights: NDArray[np.float16] = factors.astype(np.float16)[labels]
    return weights
