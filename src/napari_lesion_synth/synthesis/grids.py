"""The grids of a multigrid solver and the equations on them.

A grid is padded by a ring of zeros and laid out flat, so that a neighbour is an offset and every
step is a sum or product of whole arrays.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.coarsening import Bool, Faces, Factors, Float, Shape

__all__ = ["Grid", "cell_grid", "padded", "voxel_grid"]

_ONE = np.float32(1)


class Stencil(Protocol):
    """How the cells of a grid hang together."""

    def sum(self, u: Float, out: Float) -> None:
        """Weighted sum over the neighbours of every cell of a flat padded grid, into `out`."""


class Voxels:
    """The finest grid: the weight of a face depends on its axis only, and is 1 along x."""

    def __init__(self, weights: tuple[float, float], strides: Shape) -> None:
        z, y = weights
        self.ratios = (np.float32(z / y), np.float32(y))
        self.strides = strides

    def sum(self, u: Float, out: Float) -> None:
        """See `Stencil`."""
        edge, n = self.strides[0], len(u)
        total = out[edge : n - edge]
        np.add(u[2 * edge :], u[: n - 2 * edge], out=total)
        for ratio, step in zip(self.ratios, self.strides[1:], strict=True):
            if ratio != 1:
                total *= ratio
            total += u[edge + step : n - edge + step]
            total += u[edge - step : n - edge - step]


class Cells:
    """A coarser grid: every face has its own weight."""

    def __init__(self, links: Float, temp: Float, strides: Shape) -> None:
        self.strides = strides
        self.links = [link[:-step] for link, step in zip(links, strides, strict=True)]
        self.temp = temp

    def sum(self, u: Float, out: Float) -> None:
        """See `Stencil`."""
        out[-self.strides[0] :] = 0
        np.multiply(self.links[0], u[self.strides[0] :], out=out[: -self.strides[0]])
        for axis, (link, step) in enumerate(zip(self.links, self.strides, strict=True)):
            part = self.temp[:-step]
            if axis > 0:
                np.multiply(link, u[step:], out=part)
                out[:-step] += part
            np.multiply(link, u[:-step], out=part)
            out[step:] += part


class Grid:
    """One grid, padded and laid out flat, so that a neighbour is an offset.

    `work` has a row for each of: the diagonal of the operator, its inverse (0 where there is no
    unknown), 1 where there is an unknown, scratch.
    """

    def __init__(self, shape: Shape, stencil: Stencil, work: Float) -> None:
        self.shape = shape
        self.stencil = stencil
        self.diagonal: Float = work[0]
        self.inverse: Float = work[1]
        self.active: Float = work[2]
        self.out: Float = work[3]
        self.join: Factors = (1, 1, 1)

    def inner(self, flat: Float) -> Float:
        """The grid without its ring."""
        return flat.reshape(padded(self.shape))[1:-1, 1:-1, 1:-1]

    def sweep(self, u: Float, b: Float, omega: np.float32) -> None:
        """One damped Jacobi sweep."""
        out = self.out
        self.stencil.sum(u, out)
        out += b
        out *= self.inverse
        out *= omega
        u *= _ONE - omega
        u += out

    def first_sweep(self, b: Float, omega: np.float32) -> Float:
        """The same, from 0."""
        u: Float = self.inverse * b
        u *= omega
        return u

    def residual(self, u: Float, b: Float) -> Float:
        """What is missing, b - A u."""
        out = self.out
        self.stencil.sum(u, out)
        out += b
        out *= self.inverse
        out -= u
        out *= self.diagonal
        return out


def padded(shape: Shape) -> Shape:
    """Shape with the ring."""
    return shape[0] + 2, shape[1] + 2, shape[2] + 2


def strides_of(shape: Shape) -> Shape:
    """Offsets of the next cell along each axis in the flat grid."""
    _, y, x = padded(shape)
    return y * x, x, 1


def voxel_grid(region: Bool, domain: Bool, weights: tuple[float, float], work: Float) -> Grid:
    """The finest grid; `weights` are those of faces along z and y, and `work` four rows."""
    z, y, x = (n - 2 for n in region.shape)
    stencil = Voxels(weights, strides_of((z, y, x)))
    diagonal, inverse, active, out = work
    out[:] = 0
    diagonal[:] = 0
    np.copyto(inverse, domain.ravel())
    stencil.sum(inverse, diagonal)
    np.copyto(active, region.ravel())
    diagonal *= active
    _invert(diagonal, active, inverse)
    return Grid((z, y, x), stencil, work)


def cell_grid(faces: Faces, total: Factors, weights: Triple) -> Grid:
    """A coarser grid, `total` voxels of the finest one in a cell along each axis.

    The sum of the voxels' faces is the face's area over one voxel's length. Divided by the
    distance of the two cells' centres, it is a link's weight; a given value lies half a cell
    and half a voxel from the centre, or nearer where it is given on a small part of the cell's
    side only.
    """
    z, y, x = faces.shape
    strides = strides_of((z, y, x))
    work = np.zeros((8, z + 2, y + 2, x + 2), np.float32)
    core = (slice(1, -1),) * 3
    for axis, t in enumerate(total):
        work[4 + axis][core] = faces.links[axis]
        work[4 + axis] *= np.float32(1 / t)
        given = faces.given[axis]
        side = np.prod(total) / t * weights[axis]
        covered = np.sqrt(np.minimum(given * np.float32(1 / side), _ONE))
        work[0][core] += given / (_ONE + covered * np.float32((t - 1) / 2))
    rows = work.reshape(8, -1)
    diagonal, inverse, active = rows[:3]
    for link, step in zip(rows[4:7], strides, strict=True):
        diagonal += link
        diagonal[step:] += link[:-step]
    np.greater(diagonal, 0, out=active, casting="unsafe")
    _invert(diagonal, active, inverse)
    return Grid((z, y, x), Cells(rows[4:7], rows[7], strides), rows[:4])


def _invert(diagonal: Float, active: Float, out: Float) -> None:
    """1 / diagonal, and 0 where there is no unknown."""
    np.subtract(_ONE, active, out=out)
    out += diagonal
    np.divide(active, out, out=out)
