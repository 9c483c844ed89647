"""What the net for candidates is given: slices of a frame with their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHANNELS", "DEPTH_MM", "MULTIPLE", "depth_channel", "padded", "slice_input"]

CHANNELS = 4
"""The slice below, the slice, the slice above, the depth."""

DEPTH_MM = 20.0
"""Depths are seen up to this far, either way, and become -1 to 1."""

MULTIPLE = 16
"""Rows and columns are padded to multiples of this."""

Field = NDArray[np.float32]


def depth_channel(depth_mm: Field) -> Field:
    """Depths as nets see them, -1 to 1."""
    return np.clip(depth_mm, -DEPTH_MM, DEPTH_MM) / np.float32(DEPTH_MM)


def slice_input(seen: Field, depth_mm: Field, slices: Sequence[int]) -> Field:
    """Slices of a frame as the candidates' net sees them.

    Parameters
    ----------
    seen, depth_mm : ndarray of float32, shape (z, y, x)
        Of a frame, or of a part of it.
    slices : sequence of int
        Which ones; at the ends, and in single slices, the slice is its own neighbour.

    Returns
    -------
    ndarray of float32, shape (n, 4, y, x)
    """
    middle = np.asarray(slices)
    below, above = np.maximum(middle - 1, 0), np.minimum(middle + 1, len(seen) - 1)
    return np.stack(
        [seen[below], seen[middle], seen[above], depth_channel(depth_mm[middle])], axis=1
    )


def padded(batch: Field) -> Field:
    """The batch, shape (..., y, x), with its last rows and columns repeated to full multiples."""
    rows, columns = (-n % MULTIPLE for n in batch.shape[-2:])
    if not rows and not columns:
        return batch
    return np.pad(batch, [*[(0, 0)] * (batch.ndim - 2), (0, rows), (0, columns)], mode="edge")
