"""What lies within a few millimetres, or one voxel, of a mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple

__all__ = ["next_layer", "within_reach"]

_FULL = np.uint8(255)


def within_reach(mask: NDArray[np.bool_], reach_mm: float, spacing: Triple) -> NDArray[np.bool_]:
    """Voxels whose centre lies no further than `reach_mm` from that of a voxel of the mask.

    The distance transform by lower envelopes of parabolas, cut off at the reach: a few shifted
    minima along each axis. Squared distances are held in 254 steps, so that a voxel within 1 % of
    the reach may fall on either side.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        Where the distance is 0.
    reach_mm : float
        Largest distance; less than a voxel returns a copy of the mask.
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    ndarray of bool
    """
    if reach_mm < min(spacing) or not mask.any():
        return mask.copy()
    costs = [_costs(reach_mm, step, n) for step, n in zip(spacing, mask.shape, strict=True)]
    # Room at the end of each axis, so that a shift of the flat array stays within its row.
    size = [n + len(cost) for n, cost in zip(mask.shape, costs, strict=True)]
    here = tuple(slice(0, n) for n in mask.shape)
    # Counted down from the reach: the larger the value, the nearer the mask; 0 is out of reach.
    room = np.zeros(size, np.uint8)
    np.multiply(mask, _FULL, out=room[here])
    left = room.ravel()
    for cost, stride in zip(costs, (size[1] * size[2], size[2], 1), strict=True):
        before, floor, paid = left.copy(), np.empty_like(left), np.empty_like(left)
        for k, price in enumerate(cost, start=1):
            floor.fill(price)  # a scalar would be twenty times slower here
            np.maximum(before, floor, out=paid)
            paid -= price
            shift = k * stride
            np.maximum(left[shift:], paid[:-shift], out=left[shift:])
            np.maximum(left[:-shift], paid[shift:], out=left[:-shift])
    return room[here] > 0


def _costs(reach_mm: float, step: float, n: int) -> list[np.uint8]:
    """What one, two, ... steps along an axis take from the reach."""
    most = min(n - 1, int(1.01 * reach_mm / step))
    squares = [(k * step / reach_mm) ** 2 * (int(_FULL) - 1) for k in range(1, most + 1)]
    return [np.uint8(round(square)) for square in squares if round(square) < _FULL]


def next_layer(
    values: NDArray[np.float32], known: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """One step outwards from where values are known.

    Parameters
    ----------
    values : ndarray of float32, shape (z, y, x)
        0 where not known.
    known : ndarray of bool, shape (z, y, x)
        Where they are.

    Returns
    -------
    front : ndarray of bool
        Unknown voxels that share a face with a known one.
    mean : ndarray of float32
        There, the mean over the known neighbours.
    """
    total = np.zeros_like(values)
    count = np.zeros(values.shape, np.uint8)
    for axis in range(3):
        for to, frm in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            target = tuple(to if a == axis else slice(None) for a in range(3))
            source = tuple(frm if a == axis else slice(None) for a in range(3))
            total[target] += values[source]
            count[target] += known[source]
    front = ~known & (count > 0)
    total /= np.maximum(count, 1)
    return front, total
