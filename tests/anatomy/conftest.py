"""Masks whose true surface is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Triple = tuple[float, float, float]
Millimetres = Callable[[tuple[int, int, int], Triple], NDArray[np.float64]]


def _millimetres(shape: tuple[int, int, int], spacing: Triple) -> NDArray[np.float64]:
    """Position of every voxel from the middle of the volume; axis 0 is the component."""
    axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"))


@pytest.fixture(scope="session")
def millimetres() -> Millimetres:
    return _millimetres
