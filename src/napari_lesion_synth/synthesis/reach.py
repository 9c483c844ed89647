"""What lies within a few millimetres of a mask, on anisotropic grids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple

__all__ = ["within_reach"]

_STEPS = 250


def within_reach(mask: NDArray[np.bool_], reach_mm: float, spacing: Triple) -> NDArray[np.bool_]:
    """Voxels whose centre lies no further than `reach_mm` from that of a voxel of the mask.

    The exact distance transform by lower envelopes of parabolas, cut off at the reach: a few
    shifted minima along each axis.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        Where the distance is 0.
    reach_mm : float
        Largest distance; 0 returns a copy of the mask.
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    ndarray of bool
    """
    if reach_mm <= 0 or not mask.any():
        return mask.copy()
    # Squared distances in units that fit 16 bits, counted down from the reach: the larger the
    # value, the nearer the mask, and 0 is out of reach.
    top = _STEPS**2
    left = np.where(mask, np.uint16(top + 1), np.uint16(0))
    for axis, step in enumerate(spacing):
        costs = []
        for k in range(1, int(reach_mm / step) + 1):
            cost = round((k * step / reach_mm * _STEPS) ** 2)
            if cost <= top and k < mask.shape[axis]:
                costs.append((k, np.uint16(cost)))
        before = left.copy() if costs else left
        for k, price in costs:
            paid = np.maximum(before, price) - price
            for near, far in ((slice(k, None), slice(None, -k)), (slice(None, -k), slice(k, None))):
                to = tuple(near if a == axis else slice(None) for a in range(3))
                frm = tuple(far if a == axis else slice(None) for a in range(3))
                np.maximum(left[to], paid[frm], out=left[to])
    return left > 0
