"""Parts of a label file that lie in the organ and are not called organ: as tumours are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["enclosed"]

Mask = NDArray[np.bool_]

_SURROUNDED = 0.5
"""Share of a part's surroundings that is organ; of a neighbouring organ it is less."""

_LEAST = 10
"""Voxels; smaller parts are slips of the pen."""


def enclosed(others: Mask, organ: Mask) -> int:
    """How many parts of a mask the organ has around itself, at the capsule by half.

    Parameters
    ----------
    others : ndarray of bool, shape (z, y, x)
        What is labelled and is not the organ.
    organ : ndarray of bool, shape (z, y, x)
        The organ, which has holes where the others are.
    """
    labels, _ = ndimage.label(others)
    count = 0
    for number, found in enumerate(ndimage.find_objects(labels), start=1):
        box = tuple(slice(max(side.start - 1, 0), side.stop + 1) for side in found)
        part = labels[box] == number
        if part.sum() < _LEAST or not organ[box].any():
            continue
        around = ndimage.binary_dilation(part) & ~part
        count += bool(organ[box][around].mean() >= _SURROUNDED)
    return count
