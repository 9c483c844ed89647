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
from scipy.sparse import csr_array

from napari_lesion_synth.ct.volume import Box, Triple

__all__ = ["Array", "Floats", "Frame", "Sampled", "Weights", "linear_weights", "resample"]

Array: TypeAlias = NDArray[np.float32]
"""What fields and images are made of."""

Weights: TypeAlias = "csr_array[Any, Any]"
"""A sparse matrix that takes values at knots to values at points."""

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


def linear_weights(source: Array, target: Array) -> Weights:
    """Matrix that interpolates linearly along one axis; the ends continue as constants."""
    rows = np.arange(len(target))
    if len(source) == 1:
        ones, first = np.ones(len(target), np.float32), np.zeros(len(target), int)
        return csr_array((ones, (rows, first)), shape=(len(target), 1))
    at = np.clip((target - source[0]) / (source[1] - source[0]), 0, len(source) - 1)
    low = np.minimum(at.astype(int), len(source) - 2)
    part = (at - low).astype(np.float32)
    values = np.concatenate([1 - part, part])
    where = (np.tile(rows, 2), np.concatenate([low, low + 1]))
    return csr_array((values, where), shape=(len(target), len(source)))


@dataclass(frozen=True, eq=False)
class Sampled:
    """A field on a grid, worked out slice by slice when asked for.

    Slices stay in the processor's cache; whole volumes do not. The matrices are sparse: a dense
    product would be spread over threads that wait for each other, and its last bits would
    depend on their number.
    """

    stack: Array
    along_y: Weights
    along_x: Weights

    @classmethod
    def of(cls, field: Array, along_z: Weights, along_y: Weights, along_x: Weights) -> Sampled:
        """From values at knots, and one matrix for each axis."""
        nz, ny, nx = field.shape
        stack = along_z @ field.reshape(nz, ny * nx)
        return cls(np.asarray(stack, np.float32).reshape(-1, ny, nx), along_y, along_x)

    def __getitem__(self, i: int) -> Array:
        """Slice i: float32, shape (y, x)."""
        rows = np.ascontiguousarray((self.along_x @ self.stack[i].T).T)
        result: Array = self.along_y @ rows
        return result

    def whole(self) -> Array:
        """All slices: float32, shape (z, y, x)."""
        shape = (len(self.stack), self.along_y.shape[0], self.along_x.shape[0])
        result = np.empty(shape, np.float32)
        for i in range(shape[0]):
            result[i] = self[i]
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
