"""From a level in mm to soft steps in voxels.

A voxel shows the mean over its volume. For an edge of logistic width w seen along its normal n,
the mean over a voxel of sides s is, to second order, again a logistic, of the width
sqrt(w^2 + sum((n_i s_i)^2) / (2 pi)^2): variances add, and the logistic's is (pi w)^2 / 3. So
anti-aliasing costs nothing, down to a hard edge. Only where the surface bends within one voxel
(small lesions, thick slices) are voxels divided and averaged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.shapes import Axes, Shape

__all__ = ["Levels", "evaluate", "refinement"]

_VOXELS_ACROSS = 6.0
_MOST_PARTS = 8
_SATURATED = np.float32(60)

Field = NDArray[np.float32]


def refinement(shape: Shape, spacing: Triple, flat: int | None = None) -> tuple[int, int, int]:
    """Parts into which voxels are divided along each axis, so that enough lie across a lesion."""
    across = shape.reach(0.0).sum(axis=1)
    z, y, x = (
        1
        if axis == flat
        else min(max(int(np.ceil(_VOXELS_ACROSS * step / across[axis])), 1), _MOST_PARTS)
        for axis, step in enumerate(spacing)
    )
    return z, y, x


@dataclass(frozen=True, eq=False)
class Levels:
    """A shape's level on a grid of voxels, some of them divided.

    Parameters
    ----------
    level : ndarray of float32
        mm, on the divided grid.
    blur2 : float or ndarray of float32
        Square of the logistic width in mm that the averaging over a part of a voxel adds.
    parts : tuple of int
        Parts of a voxel along (z, y, x).
    """

    level: Field
    blur2: float | Field
    parts: tuple[int, int, int]

    def step(self, edge_mm: float, depth_mm: float = 0.0) -> Field:
        """Sigmoid of the depth below a surface `depth_mm` inside the shape's, in voxels.

        Parameters
        ----------
        edge_mm : float
            Width of the logistic before the voxels' own blur.
        depth_mm : float
            Where the sigmoid is 0.5.

        Returns
        -------
        ndarray of float32
            0 far outside to 1 deep inside, a value a voxel.
        """
        rate = -1 / np.sqrt(np.float32(edge_mm**2) + self.blur2)
        out = self.level - np.float32(depth_mm) if depth_mm else self.level.copy()
        out *= np.asarray(rate, np.float32)
        np.minimum(out, _SATURATED, out=out)
        np.exp(out, out=out)
        out += np.float32(1)
        np.reciprocal(out, out=out)
        return _block_mean(out, self.parts)

    def depth(self) -> Field:
        """Level of each voxel in mm: its mean over the voxel."""
        return _block_mean(self.level, self.parts)

    def fraction(self) -> Field:
        """Fraction of each voxel that lies inside the shape."""
        width = np.asarray(2 * np.pi * np.sqrt(self.blur2), np.float32)
        out: Field = np.divide(self.level, np.maximum(width, np.float32(1e-6)))
        out += np.float32(0.5)
        np.clip(out, 0, 1, out=out)
        return _block_mean(out, self.parts)

    def at_least_half(self) -> NDArray[np.bool_]:
        """Voxels of which at least half lies inside the shape."""
        if self.parts == (1, 1, 1):
            return self.level >= 0
        return self.fraction() >= np.float32(0.5)


def evaluate(
    shape: Shape, axes: Axes, spacing: Triple, parts: tuple[int, int, int], flat: int | None = None
) -> Levels:
    """Level of a shape on a grid.

    Parameters
    ----------
    shape : Shape
        The lesion's outline.
    axes : tuple of ndarray of float32
        Offsets in mm of the voxels' centres from the lesion's centre.
    spacing : tuple of float
        mm, (z, y, x).
    parts : tuple of int
        From `refinement`.
    flat : int, optional
        The axis of length 1 of a single slice: the lesion is a disc, not a ball.
    """
    z, y, x = (_divided(axis, step, n) for axis, step, n in zip(axes, spacing, parts, strict=True))
    sides = [
        0.0 if axis == flat else step / n
        for axis, (step, n) in enumerate(zip(spacing, parts, strict=True))
    ]
    return Levels(shape.level((z, y, x)), _blur2((z, y, x), sides, flat), parts)


def _divided(axis: Field, step: float, parts: int) -> Field:
    if parts == 1:
        return axis
    inside = ((np.arange(parts) + 0.5) / parts - 0.5) * step
    return (axis[:, None] + inside.astype(np.float32)).ravel()


def _blur2(axes: Axes, sides: list[float], flat: int | None) -> float | Field:
    """Variance-matched width of a voxel along the surface's normal, taken as radial."""
    used = [side for axis, side in enumerate(sides) if axis != flat]
    if max(used) <= 1.001 * min(used):
        return float(np.mean(used) ** 2 / (2 * np.pi) ** 2)
    z, y, x = (a * a for a in axes)
    weight = [np.float32(side**2 / (2 * np.pi) ** 2) for side in sides]
    out = (z * weight[0])[:, None, None] + ((y * weight[1])[:, None] + x * weight[2])
    squared = z[:, None, None] + (y[:, None] + x)
    if flat is not None:
        plane = [a if axis != flat else 0 * a for axis, a in enumerate((z, y, x))]
        squared = plane[0][:, None, None] + (plane[1][:, None] + plane[2])
    out /= np.maximum(squared, np.float32(1e-6))
    return np.asarray(out, np.float32)


def _block_mean(values: Field, parts: tuple[int, int, int]) -> Field:
    if parts == (1, 1, 1):
        return values
    sizes = [n // p for n, p in zip(values.shape, parts, strict=True)]
    blocks = values.reshape(sizes[0], parts[0], sizes[1], parts[1], sizes[2], parts[2])
    return np.asarray(blocks.mean(axis=(1, 3, 5), dtype=np.float32))
