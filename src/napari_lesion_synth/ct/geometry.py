"""Where voxels lie: regular grids in the patient's frame, and their canonical orientation.

Everything is in (z, y, x) order, components of the LPS frame included: z runs to the head, y to
the back, x to the patient's left.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from os import PathLike
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple, Volume
from napari_lesion_synth.errors import GeometryError

__all__ = ["Grid", "Orientation", "canonical", "triple"]

_Scalar = TypeVar("_Scalar", bound=np.generic)

_ROUNDING = 1e-6
"""Directions this near the identity are taken as the identity (files keep 32-bit floats)."""

_SHEAR = 1e-3
"""Largest dot product of two axes that still counts as perpendicular."""


def triple(values: Any) -> Triple:
    """Three floats, without negative zeros."""
    z, y, x = (float(v) + 0.0 for v in values)
    return z, y, x


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid of voxels; the fields are those of `Volume`.

    Parameters
    ----------
    shape : tuple of int
        Voxels along the three array axes.
    spacing : tuple of float
        Voxel size in mm along the array axes.
    origin : tuple of float
        Position of voxel (0, 0, 0) in mm, (z, y, x) components.
    direction : ndarray of float64, shape (3, 3)
        Column j: unit vector, (z, y, x) components, along which array axis j runs.
    """

    shape: tuple[int, int, int]
    spacing: Triple
    origin: Triple
    direction: NDArray[np.float64]

    @classmethod
    def of(cls, volume: Volume) -> Grid:
        """The grid of a CT."""
        return cls(volume.shape, volume.spacing, volume.origin, volume.direction)

    def to_world(self, indices: NDArray[Any]) -> NDArray[np.float64]:
        """Positions in mm, shape (n, 3), of (fractional) voxel indices, shape (n, 3)."""
        steps = np.asarray(indices, float) * np.asarray(self.spacing)
        world: NDArray[np.float64] = np.asarray(self.origin) + steps @ self.direction.T
        return world

    def to_index(self, world: NDArray[Any]) -> NDArray[np.float64]:
        """Inverse of `to_world`."""
        offset = np.asarray(world, float) - np.asarray(self.origin)
        steps: NDArray[np.float64] = np.linalg.solve(self.direction, offset.T).T
        index: NDArray[np.float64] = steps / np.asarray(self.spacing)
        return index

    def lattice(self, points: int) -> NDArray[np.float64]:
        """Indices, shape (n, 3), of points spread evenly over the grid, its borders included."""
        ends = [np.linspace(-0.5, n - 0.5, points) for n in self.shape]
        return np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)

    def contains(self, world: NDArray[Any]) -> NDArray[np.bool_]:
        """Which positions, shape (n, 3), lie inside a voxel of the grid; shape (n,)."""
        index = self.to_index(world)
        tolerance = 1e-6
        low = np.all(index >= -0.5 - tolerance, axis=1)
        high = np.all(index <= np.asarray(self.shape) - 0.5 + tolerance, axis=1)
        inside: NDArray[np.bool_] = np.logical_and(low, high)
        return inside

    def describe(self) -> str:
        """The grid in one line, for messages."""
        return (
            f"{_join(self.shape, 'd')} voxels of {_join(self.spacing, '.4g')} mm (z, y, x), "
            f"first voxel at ({', '.join(f'{o:.1f}' for o in self.origin)}) mm, "
            f"axes {np.round(self.direction, 3).tolist()}"
        )


def _join(values: Any, style: str) -> str:
    return " x ".join(format(v, style) for v in values)


@dataclass(frozen=True)
class Orientation:
    """How the axes of a stored array become those of a canonical one.

    Parameters
    ----------
    axes : tuple of int
        For each canonical axis, the stored axis that it comes from.
    flipped : tuple of bool
        For each canonical axis, whether the stored one runs the other way.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    @property
    def _flips(self) -> tuple[slice, ...]:
        return tuple(slice(None, None, -1 if f else None) for f in self.flipped)

    def apply(self, stored: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """Canonical view of a stored array; nothing is copied."""
        return stored.transpose(self.axes)[self._flips]

    def invert(self, canonical_array: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """The view of a canonical array that has the stored axes; nothing is copied.

        Writing a file's voxels through this view orients them without a second array.
        """
        return canonical_array[self._flips].transpose(np.argsort(self.axes))


def canonical(grid: Grid, where: str | PathLike[str] | None = None) -> tuple[Grid, Orientation]:
    """The LPS-canonical form of a stored grid: each axis along its nearest anatomical one.

    Parameters
    ----------
    grid : Grid
        As stored. What is oblique stays in the direction.
    where : path, optional
        The file, for the error's message.

    Returns
    -------
    Grid, Orientation
        The canonical grid and the way from stored to canonical arrays.

    Raises
    ------
    GeometryError
        If the axes are not perpendicular unit vectors.
    """
    direction = np.asarray(grid.direction, float)
    if not np.allclose(direction.T @ direction, np.eye(3), atol=_SHEAR):
        raise GeometryError(
            f"the axes {np.round(direction, 3).tolist()} are not perpendicular unit vectors",
            where=where,
            remedy="Resample the image onto a regular grid, for instance in 3D Slicer",
        )
    axes = max(permutations(range(3)), key=lambda p: _alignment(direction, p))
    stored = direction[:, axes]
    flipped = np.diag(stored) < 0
    first = np.where(flipped[np.argsort(axes)], np.asarray(grid.shape) - 1, 0)
    oriented = stored * np.where(flipped, -1.0, 1.0) + 0.0
    if np.allclose(oriented, np.eye(3), rtol=0, atol=_ROUNDING):
        oriented = np.eye(3)
    z, y, x = axes
    shape = (grid.shape[z], grid.shape[y], grid.shape[x])
    spacing = triple(grid.spacing[a] for a in axes)
    origin = triple(grid.to_world(first[np.newaxis])[0])
    way = Orientation((z, y, x), (bool(flipped[0]), bool(flipped[1]), bool(flipped[2])))
    return Grid(shape, spacing, origin, oriented), way


def _alignment(direction: NDArray[np.float64], axes: tuple[int, ...]) -> float:
    # Rounded, so that at exactly 45 degrees floating-point noise does not choose the axes.
    return round(float(np.abs(direction[range(3), list(axes)]).sum()), 9)
