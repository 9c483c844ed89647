"""The grid on which nets see a CT: even steps in mm around the organ."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.ct.volume import Triple

__all__ = ["GridSettings", "axis_matrix", "steps_for"]


class GridSettings(BaseModel):
    """How a CT is brought to the nets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dims: Literal[2, 3] = Field(
        3, title="Dimensions", description="3: volumes. 2: single slices, each by itself."
    )
    pixel_mm: float = Field(
        1.25, gt=0, le=10, title="Pixel", description="Step in the plane, in mm."
    )
    slice_mm: float = Field(
        2.0,
        gt=0,
        le=20,
        title="Slice",
        description="Smallest step between slices, in mm; thicker slices keep their own.",
    )
    margin_mm: float = Field(
        10.0, ge=0, le=100, title="Margin", description="Tissue seen around the organ, in mm."
    )
    window_hu: float = Field(
        60.0,
        gt=0,
        le=2000,
        title="Window",
        description="HU from the organ's median that become 1; the net sees -3 to 3 of them.",
    )


def steps_for(spacing: Triple, settings: GridSettings) -> Triple:
    """The grid's steps in mm, (z, y, x), for a CT of this spacing."""
    if settings.dims == 2:
        return spacing[0], settings.pixel_mm, settings.pixel_mm
    return max(spacing[0], settings.slice_mm), settings.pixel_mm, settings.pixel_mm


def axis_matrix(n: int, first: float, step: float, count: int) -> NDArray[np.float64]:
    """Weights that bring `n` voxels to a coarser or finer grid along one axis.

    A triangle as wide as the wider of the two steps: linear interpolation where the new grid is
    finer, and a mean of neighbours, which keeps noise from aliasing, where it is coarser.

    Parameters
    ----------
    n : int
        Voxels before.
    first : float
        Index of the new grid's first voxel, in voxels before.
    step : float
        New step, in voxels before.
    count : int
        New voxels.

    Returns
    -------
    ndarray of float64, shape (count, n)
        Rows add up to 1: beyond the ends, the last voxel goes on.
    """
    places = np.clip(first + step * np.arange(count), 0, n - 1)
    width = max(step, 1.0)
    weights = np.clip(1 - np.abs(np.arange(n) - places[:, None]) / width, 0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
