"""From one grid of a multigrid solver to the next: summing faces, spreading corrections.

Cells of a coarser grid are blocks of one or two cells along each axis, beginning at index 0.
Arrays called padded have a ring of one cell around the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple

__all__ = ["Bool", "Faces", "Factors", "Float", "Shape", "along", "block_sum", "factors", "spread"]

Float = NDArray[np.float32]
Bool = NDArray[np.bool_]
Shape = tuple[int, int, int]
Factors = tuple[int, int, int]

_ALIKE = 1.5
_NEAR, _FAR = np.float32(0.75), np.float32(0.25)


@cache
def along(axis: int, start: int | None, stop: int | None, step: int = 1) -> tuple[Any, ...]:
    """Index of a part of an array along one of its last three axes."""
    part = slice(start, stop, step)
    return (..., *(part if i == axis else slice(None) for i in range(3)))


def factors(shape: Shape, spacing: Triple) -> Factors:
    """How many cells to join along each axis.

    Only axes with spacings up to 1.5 times the smallest are coarsened: relaxation smooths
    errors along no others.
    """
    least = min((s for s, n in zip(spacing, shape, strict=True) if n > 1), default=1.0)
    z, y, x = (
        2 if n > 1 and s < _ALIKE * least else 1 for s, n in zip(spacing, shape, strict=True)
    )
    return z, y, x


def block_sum(x: NDArray[Any], join: Factors) -> NDArray[Any]:
    """Sum over the blocks of the last three axes; beyond the end of an odd axis is 0."""
    for axis, factor in enumerate(join):
        if factor == 2:
            first, second = x[along(axis, 0, None, 2)], x[along(axis, 1, None, 2)]
            if first.shape == second.shape:
                x = first + second
            else:
                x = first.copy()
                x[along(axis, 0, second.shape[axis - 3])] += second
    return x


def spread(x: Float, join: Factors, out: Float) -> None:
    """Linear interpolation from a padded coarser grid to the cells `out` of the finer one."""
    for axis in (2, 1, 0):  # the strided axis while the array is still small
        n = out.shape[axis]
        if join[axis] == 1:
            fine = x[along(axis, 1, -1)]
            if axis == 0:
                out[...] = fine
        else:
            size = [*x.shape]
            size[axis] = n
            fine = out if axis == 0 else np.empty(size, np.float32)
            half = n // 2
            near, far = x * _NEAR, x * _FAR
            first, second = fine[along(axis, 0, None, 2)], fine[along(axis, 1, None, 2)]
            np.add(near[along(axis, 1, -1)], far[along(axis, 0, -2)], out=first)
            np.add(near[along(axis, 1, half + 1)], far[along(axis, 2, half + 2)], out=second)
        x = fine


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of a grid's cells.

    Parameters
    ----------
    links : list of ndarray, shape (z, y, x)
        ``links[a][i]``: sum over the voxel faces between cell i and the next along axis a.
    given : ndarray, shape (3, z, y, x)
        ``given[a][i]``: sum over the voxel faces across axis a of the voxels in cell i beyond
        which the value is given.
    """

    links: list[NDArray[Any]]
    given: NDArray[Any]

    @property
    def shape(self) -> Shape:
        """Number of cells along (z, y, x)."""
        z, y, x = self.links[0].shape
        return z, y, x

    @classmethod
    def of_voxels(cls, region: Bool, domain: Bool) -> Faces:
        """Count the faces of voxels. Both arrays are padded; the ring is not in the region."""
        inner = region[1:-1, 1:-1, 1:-1]
        wall = (domain & ~region).view(np.uint8)
        links = []
        given = np.empty((3, *inner.shape), np.uint8)
        for axis in range(3):
            ahead = tuple(slice(2, None) if i == axis else slice(1, -1) for i in range(3))
            behind = tuple(slice(None, -2) if i == axis else slice(1, -1) for i in range(3))
            links.append((inner & region[ahead]).view(np.uint8))
            np.add(wall[ahead], wall[behind], out=given[axis])
        given *= inner.view(np.uint8)
        return cls(links, given)

    def joined(self, join: Factors) -> Faces:
        """The faces of the next coarser grid."""
        links = []
        for axis, link in enumerate(self.links):
            outer = link
            if join[axis] == 2:  # of two joined cells, the second one's face is the block's
                outer = link[along(axis, 1, None, 2)]
                if link.shape[axis] % 2:
                    outer = np.concatenate([outer, 0 * link[along(axis, 0, 1)]], axis)
            z, y, x = (1 if i == axis else f for i, f in enumerate(join))
            links.append(block_sum(outer, (z, y, x)))
        return Faces(links, block_sum(self.given, join))

    def weighted(self, weights: Triple) -> Faces:
        """Every face multiplied by the weight of its axis."""
        factor = np.array(weights, np.float32)
        links = [link * w for link, w in zip(self.links, factor, strict=True)]
        return Faces(links, self.given * factor[:, None, None, None])
