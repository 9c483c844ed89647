"""Which lesions belong to the organ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["adjoining"]


def adjoining(lesions: NDArray[np.bool_], organ: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Lesions that overlap or touch the organ; one in the spleen does not become liver.

    Parameters
    ----------
    lesions, organ : ndarray of bool, shape (z, y, x)
        Masks. A lesion is a component of `lesions` connected by faces, edges or corners.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        Those lesions, whole.
    """
    result = np.zeros_like(lesions)
    box = _box(lesions, margin=1)
    if box is None:
        return result
    everywhere = ndimage.generate_binary_structure(3, 3)
    labels, count = ndimage.label(lesions[box], everywhere)
    near = ndimage.binary_dilation(organ[box], everywhere)
    touching = np.zeros(count + 1, bool)
    touching[np.unique(labels[near])] = True
    touching[0] = False
    result[box] = touching[labels]
    return result


def _box(mask: NDArray[np.bool_], margin: int) -> tuple[slice, ...] | None:
    """Slices round the mask with a margin, inside the array; None for an empty mask."""
    slices = []
    for axis in range(mask.ndim):
        others = tuple(a for a in range(mask.ndim) if a != axis)
        filled = np.flatnonzero(mask.any(axis=others))
        if not filled.size:
            return None
        slices.append(slice(max(int(filled[0]) - margin, 0), int(filled[-1]) + 1 + margin))
    return tuple(slices)
