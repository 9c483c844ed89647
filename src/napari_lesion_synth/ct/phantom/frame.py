"""Grids in the patient's own coordinates, and fields carried from one grid to another.

The patient's frame is in mm, axes (z, y, x): x grows to the patient's left from the midline, y to
the back, z to the head from the porta hepatis. Anatomy is defined in this frame, so the same
seed is the same patient at every voxel size.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Triple

__all__ = ["Array", "Floats", "Frame", "Sampled", "linear_weights", "resample"]

Array: TypeAlias = NDArray[np.float32]
"""What fields and images are made of."""

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Real numbers of any precision."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A regular grid: the coordinates in mm along each axis."""

    z: Array
    y: Array
    x: Array

    @classmethod
    def spanning(cls, low: Triple, high: Triple, step: Triple) -> Frame:
        """The smallest grid of the given step that covers the box from `low` to `high`."""
        axes = [
            (np.arange(int(np.ceil((b - a) / s)) + 1) * s + a).astype(np.float32)
            for a, b, s in zip(low, high, step, strict=True)
        ]
        return cls(*axes)

    @property
    def axes(self) -> tuple[Array, Array, Array]:
        """The three coordinate axes."""
        return self.z, self.y, self.x

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of points along (z, y, x)."""
        return len(self.z), len(self.y), len(self.x)

    @cached_property
    def step(self) -> Triple:
        """Distance of neighbours in mm."""
        z, y, x = (float(a[1] - a[0]) if len(a) > 1 else 1.0 for a in self.axes)
        return z, y, x

    def mesh(self) -> tuple[Array, Array, Array]:
        """Coordinates that broadcast to the grid: shapes (z, 1, 1), (1, y, 1), (1, 1, x)."""
        return self.z[:, None, None], self.y[None, :, None], self.x[None, None, :]

    def sub(self, box: Box) -> Frame:
        """The part of the grid in a box of indices."""
        return Frame(self.z[box[0]], self.y[box[1]], self.x[box[2]])

    def box(self, low: Triple, high: Triple) -> Box:
        """Indices of the points between two corners; may be empty."""
        first, second, third = (
            slice(int(np.searchsorted(a, lo)), int(np.searchsorted(a, hi, side="right")))
            for a, lo, hi in zip(self.axes, low, high, strict=True)
        )
        return first, second, third


def linear_weights(source: Array, target: Array) -> Array:
    """Matrix that interpolates linearly along one axis; the ends continue as constants."""
    weights = np.zeros((len(target), len(source)), np.float32)
    if len(source) == 1:
        weights[:, 0] = 1
        return weights
    at = np.clip((target - source[0]) / (source[1] - source[0]), 0, len(source) - 1)
    low = np.minimum(at.astype(int), len(source) - 2)
    part = (at - low).astype(np.float32)
    rows = np.arange(len(target))
    weights[rows, low] = 1 - part
    weights[rows, low + 1] = part
    return weights


@dataclass(frozen=True, eq=False)
class Sampled:
    """A field on a grid, worked out slice by slice when asked for.

    Slices stay in the processor's cache; whole volumes do not.
    """

    stack: Array
    along_y: Array
    along_x: Array

    @classmethod
    def of(cls, field: Array, along_z: Array, along_y: Array, along_x: Array) -> Sampled:
        """From values at knots, and one matrix for each axis."""
        nz, ny, nx = field.shape
        stack = (along_z @ field.reshape(nz, ny * nx)).reshape(-1, ny, nx)
        return cls(stack, along_y, np.ascontiguousarray(along_x.T))

    def __getitem__(self, i: int) -> Array:
        """Slice i: float32, shape (y, x)."""
        result: Array = self.along_y @ self.stack[i] @ self.along_x
        return result

    def whole(self) -> Array:
        """All slices: float32, shape (z, y, x)."""
        result: Array = np.matmul(np.matmul(self.along_y[None], self.stack), self.along_x[None])
        return result


def resample(field: Array, source: Frame, target: Frame) -> Sampled:
    """Carry a smooth field from one grid to another by linear interpolation.

    Parameters
    ----------
    field : ndarray of float32, shape `source.shape`
        Values at the points of `source`.
    source, target : Frame
        Where the field is known, and where it is wanted.

    Returns
    -------
    Sampled
        The field on `target`.
    """
    return Sampled.of(
        field, *(linear_weights(a, b) for a, b in zip(source.axes, target.axes, strict=True))
    )
