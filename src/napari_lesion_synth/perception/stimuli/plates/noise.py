"""Smooth randomness for textures, and colours in linear light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Array", "linear", "octaves", "smoothstep"]

Array: TypeAlias = NDArray[np.floating[Any]]
"""Of single precision, but for short steps between."""


def octaves(shape: tuple[int, int], cells: Sequence[int], rng: np.random.Generator) -> Array:
    """Sum of smooth noises, the finer the weaker; mean 0 and standard deviation 1.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    cells : sequence of int
        For each octave, the number of its bumps along the longer side.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32, shape `shape`
    """
    total = np.zeros(shape, np.float32)
    longest = max(shape)
    for count in cells:
        rows, columns = (max(round(count * n / longest), 2) for n in shape)
        coarse = rng.standard_normal((rows, columns), np.float32)
        fine = Image.fromarray(coarse).resize(shape[::-1], Image.Resampling.BICUBIC)
        total += np.asarray(fine) * np.float32((cells[0] / count) ** 0.8)
    scaled: Array = (total - total.mean()) / max(float(total.std()), 1e-6)
    return scaled


def linear(colour: str) -> Array:
    """A colour such as ``"#d08040"`` in linear light, 0 to 1.

    Returns
    -------
    ndarray of float32, shape (3,)
    """
    coded = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], np.float32) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def smoothstep(value: Array, low: float, high: float) -> Array:
    """0 below `low`, 1 above `high`, smooth between them."""
    share = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    smooth: Array = share * share * (3 - 2 * share)
    return smooth
