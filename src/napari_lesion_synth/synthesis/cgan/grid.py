"""The training grid: a small box of voxels around a lesion, coarsened for large ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.separable import separable
from napari_lesion_synth.synthesis.shapes import Axes, Shape

__all__ = ["Grid", "GridSpec", "positions", "resampled"]

_FILLED = 0.7
"""A lesion's extent over the grid's, at most."""

_THICK = 2.0
"""Slices so many pixels thick keep their own step along z."""

_SIDES = {2: 64, 3: 32}
_FEWEST_SLICES = 8
_FINEST_MM = 1.0
"""Volumes: what is finer than this is noise to a lesion, and the host's noise stays anyway."""


@dataclass(frozen=True, slots=True)
class GridSpec:
    """Voxels and steps of a model's grid.

    Parameters
    ----------
    shape : tuple of int
        Voxels (z, y, x); one slice in 2-D.
    step : tuple of float
        mm, (z, y, x), before coarsening.
    """

    shape: tuple[int, int, int]
    step: Triple

    @classmethod
    def of(cls, spacings: Sequence[Triple], dims: int, side: int | None = None) -> GridSpec:
        """The grid for lesions of these spacings: their median, square in the plane.

        Parameters
        ----------
        spacings : sequence of tuple of float
            mm, (z, y, x), of each lesion's CT.
        dims : int
            2 or 3.
        side : int, optional
            Voxels along x and y; default 64 in 2-D and 32 in 3-D.
        """
        z, y, x = (float(np.median(column)) for column in zip(*spacings, strict=True))
        plane = float(np.sqrt(y * x))
        side = side or _SIDES[dims]
        if dims == 2:
            return cls((1, side, side), (round(z, 4), round(plane, 4), round(plane, 4)))
        plane = max(plane, _FINEST_MM)
        through = z if z > _THICK * plane else plane
        slices = 8 * round(side * plane / through / 8)
        slices = min(max(slices, _FEWEST_SLICES), side)
        return cls((slices, side, side), (round(through, 4), round(plane, 4), round(plane, 4)))

    @property
    def flat(self) -> int | None:
        """The axis of length 1 of a single slice."""
        return 0 if self.shape[0] == 1 else None

    @property
    def dims(self) -> int:
        """2 or 3."""
        return 3 if self.flat is None else 2

    def around(self, shape: Shape, shift: Triple = (0.0, 0.0, 0.0)) -> Grid:
        """The grid around a lesion, coarsened where the lesion would fill too much of it.

        Parameters
        ----------
        shape : Shape
            The lesion's outline.
        shift : tuple of float
            Of the grid against the lesion's centre, in voxels of the grid.
        """
        reach = shape.reach(0.0).max(axis=1)
        used = [axis for axis in range(3) if axis != self.flat]
        part = max(2 * reach[axis] / (self.shape[axis] * self.step[axis]) for axis in used)
        coarsening = max(1.0, float(part) / _FILLED)
        z, y, x = (
            step if axis == self.flat else step * coarsening for axis, step in enumerate(self.step)
        )
        return Grid(self.shape, (z, y, x), coarsening, shift, self.flat)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {"shape": list(self.shape), "step": list(self.step)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> GridSpec:
        """Inverse of `to_json`."""
        depth, rows, columns = (int(n) for n in data["shape"])
        z, y, x = (float(s) for s in data["step"])
        return cls((depth, rows, columns), (z, y, x))


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid laid around one lesion.

    Parameters
    ----------
    shape : tuple of int
        Voxels.
    step : tuple of float
        mm, coarsened.
    coarsening : float
        1 or more.
    shift : tuple of float
        Of the lesion's centre from the grid's middle, in voxels.
    flat : int or None
        The axis of length 1.
    """

    shape: tuple[int, int, int]
    step: Triple
    coarsening: float
    shift: Triple
    flat: int | None

    @property
    def axes(self) -> Axes:
        """Offsets in mm of the grid's voxels from the lesion's centre."""
        z, y, x = (
            ((np.arange(n) - (n - 1) / 2 - part) * step).astype(np.float32)
            for n, step, part in zip(self.shape, self.step, self.shift, strict=True)
        )
        return z, y, x

    @property
    def extent(self) -> NDArray[np.float64]:
        """Half the grid's size in mm along z, y and x, with a voxel to spare."""
        sides = np.multiply(np.asarray(self.shape) / 2 + 1 + np.abs(self.shift), self.step)
        return np.asarray(sides)


def positions(n: int, center: float, step: float) -> NDArray[np.float64]:
    """Offsets in mm of `n` voxels from the fractional index `center`."""
    return np.asarray((np.arange(n) - center) * step)


def resampled(
    values: NDArray[Any], source: Sequence[NDArray[Any]], target: Sequence[NDArray[Any]]
) -> NDArray[np.float32]:
    """Values on a grid along the same axes: cubic, averaged where the target is coarser.

    Beyond the source, its outermost values go on.

    Parameters
    ----------
    values : ndarray, shape (a, b, c)
        On the source.
    source, target : sequence of ndarray
        Positions of their voxels along z, y and x, in mm.
    """
    return separable(values, [_matrix(a, b) for a, b in zip(source, target, strict=True)])


def _matrix(source: NDArray[Any], target: NDArray[Any]) -> NDArray[np.float64]:
    """Keys' cubic kernel from source to target positions, as wide as the coarser of the two."""
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    if len(a) == 1:
        return np.ones((len(b), 1))
    step = a[1] - a[0]
    width = max(step, b[1] - b[0]) if len(b) > 1 else step
    t = np.abs(np.clip(b, a[0], a[-1])[:, None] - a) / width
    near, far = (1.5 * t - 2.5) * t**2 + 1, ((-0.5 * t + 2.5) * t - 4) * t + 2
    weight = np.where(t < 1, near, np.where(t < 2, far, 0.0))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
