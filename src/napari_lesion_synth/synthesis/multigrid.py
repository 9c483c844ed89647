"""Laplace's equation on a region of voxels of any shape, by full multigrid.

The unknowns are the voxels of a region. A face between two of them carries flux, a face to a
voxel with a given value has that value as its boundary condition (Dirichlet), and a face to
anything else carries none (Neumann). Each coarser grid sums the finer faces that lie on its own
faces, so that thin parts and clipped sides keep their weight. Every grid begins with the
interpolated solution of the next coarser one; on lesions two cycles then suffice, whatever the
size. Where cycles are slow or diverge, they go on as steps of conjugate gradients.

All steps on the grids are sums and products of voxels in a fixed order, so the result
does not depend on the machine or on the number of threads. No linear algebra library is called:
its threads would wait for each other wherever several processes share the cores.

References
----------
.. [1] U. Trottenberg, C. Oosterlee, A. Schueller, "Multigrid", Academic Press, 2001.
.. [2] A. McAdams, E. Sifakis, J. Teran, "A parallel multigrid Poisson solver for fluids
   simulation on large grids", Symposium on Computer Animation, 2010.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.coarsening import (
    Bool,
    Faces,
    Factors,
    Float,
    block_sum,
    factors,
    spread,
)
from napari_lesion_synth.synthesis.grids import Grid, cell_grid, padded, voxel_grid

__all__ = ["Multigrid"]


def _chebyshev(low: float, count: int) -> tuple[np.float32, ...]:
    """Weights of Jacobi sweeps that together damp errors with D^-1 A in [low, 2] best."""
    angles = (np.arange(count) + 0.5) * np.pi / count
    middle, half = (2 + low) / 2, (2 - low) / 2
    return tuple(np.float32(1 / (middle + half * np.cos(angle))) for angle in angles)


_BEFORE = np.float32(6 / 7)
_AFTER = _chebyshev(1 / 3, 2)  # the oscillating part of the spectrum, in 3-D
_BOTTOM = _chebyshev(0.15, 4)  # all of it, on a handful of cells
_COARSEST = 150
_SLOW = 0.7
_TINY = np.float32(1e-30)
_FIRST_RATE = 0.2
"""Part of the error that the second cycle leaves; measured on lesions, and seldom more."""


class Multigrid:
    """The grids of one region, from its voxels to a handful of cells.

    Parameters
    ----------
    region : ndarray of bool, shape (z, y, x)
        The unknowns. The outermost voxels of the array must not belong to it.
    domain : ndarray of bool, shape (z, y, x)
        The region and the voxels with given values. Every connected part of the region needs
        one of the latter beside it.
    spacing : tuple of float
        mm, (z, y, x).
    """

    def __init__(self, region: Bool, domain: Bool, spacing: Triple) -> None:
        # One large block: the system hands it over in large pages, many times faster.
        self._work = np.empty((7, region.size), np.float32)
        self._x2 = np.float32(spacing[2] ** 2)
        weights = ((spacing[2] / spacing[0]) ** 2, (spacing[2] / spacing[1]) ** 2, 1.0)
        self._grids = [voxel_grid(region, domain, weights[:2], self._work[:4])]
        self._coarsen(Faces.of_voxels(region, domain), spacing, weights)
        bottom = self._grids[-1]
        self._hold = bottom.residual(-bottom.active, np.zeros_like(bottom.active)).sum()

    def _coarsen(self, faces: Faces, spacing: Triple, weights: Triple) -> None:
        total: Factors = (1, 1, 1)
        while len(self._grids) == 1 or np.prod(self._grids[-1].shape) > _COARSEST:
            fine = self._grids[-1]
            z, y, x = (s * t for s, t in zip(spacing, total, strict=True))
            fine.join = factors(fine.shape, (z, y, x))
            faces = faces.joined(fine.join)
            if len(self._grids) == 1:
                faces = faces.weighted(weights)
            k, j, i = (f * t for f, t in zip(fine.join, total, strict=True))
            total = k, j, i
            self._grids.append(cell_grid(faces, total, weights))

    def solve(
        self, given: Float, source: Float | None, tolerance: float, limit: int = 100
    ) -> tuple[Float, int]:
        """Solve for boundary values and a source.

        Parameters
        ----------
        given : ndarray of float32, shape (z, y, x)
            The given values; 0 in voxels of the region and in those outside the domain.
        source : ndarray of float32, shape (z, y, x), optional
            What the sum over a voxel's faces of ``(u - u beyond) / distance^2`` shall be, per
            mm squared. Default 0: Laplace's equation.
        tolerance : float
            Largest error to be left, as judged by what the last cycle changed.
        limit : int
            Most cycles on the finest grid.

        Returns
        -------
        ndarray of float32, shape (z, y, x)
            The solution; 0 outside the region.
        int
            Cycles on the finest grid.
        """
        fine = self._grids[0]
        b: Float = self._work[4]
        u: Float = self._work[5]
        before: Float = self._work[6]
        b[:] = 0
        fine.stencil.sum(given.ravel(), b)
        if source is not None:
            b += source.ravel() * self._x2
        b *= fine.active
        self._begin(u, b)
        rate, change, count = _FIRST_RATE, np.inf, 1
        while change * rate / (1 - rate) > tolerance and count < limit:
            if rate > _SLOW:
                count += self._conjugate(u, b, tolerance, limit - count)
                break
            np.copyto(before, u)
            self._cycle(0, u, b)
            before -= u
            last, change = change, _largest(before)
            rate = _rate(change, last)
            count += 1
        return u.reshape(padded(fine.shape)), count

    def _begin(self, u: Float, b: Float) -> None:
        """From the coarsest grid to the finest, with one cycle on each."""
        loads = [b]
        for grid, coarse in pairwise(self._grids):
            loads.append(_restrict(grid, coarse, loads[-1]))
        start = self._bottom(loads[-1])
        for k in range(len(self._grids) - 2, -1, -1):
            target = np.empty_like(loads[k]) if k else u
            np.copyto(target, self._interpolate(k, start))
            self._cycle(k, target, loads[k])
            start = target

    def _conjugate(self, u: Float, b: Float, tolerance: float, limit: int) -> int:
        """Go on by conjugate gradients, each step of which is a cycle.

        For regions like rubble or sponge, on which the cycles alone are slow or diverge.
        """
        fine = self._grids[0]
        r = fine.residual(u, b).copy()
        nothing, p, q = np.zeros_like(r), np.zeros_like(r), np.zeros_like(r)
        changes = [np.inf]
        for count in range(1, limit + 1):
            z = np.zeros_like(r)
            self._cycle(0, z, r)
            if count > 1:
                z -= p * np.float32(_dot(z, q) / _dot(p, q))
            p = z
            q = -fine.residual(p, nothing)
            step = np.float32(_dot(p, r) / max(_dot(p, q), float(_TINY)))
            u += step * p
            r -= step * q
            changes.append(abs(float(step)) * _largest(p))
            # It does not go down evenly: three steps must agree that little is left.
            rate = _rate(changes[-1], max(changes[-4:-1]))
            if count > 3 and max(changes[-3:]) * rate / (1 - rate) <= tolerance:
                break
        return count

    def _cycle(self, k: int, u: Float, b: Float) -> None:
        """One V-cycle that begins on grid k."""
        self._grids[k].sweep(u, b, _BEFORE)
        self._correct(k, u, b)

    def _correct(self, k: int, u: Float, b: Float) -> None:
        """The rest of a cycle: correction from the coarser grids, sweeps after it."""
        fine, coarse = self._grids[k], self._grids[k + 1]
        load = _restrict(fine, coarse, fine.residual(u, b))
        if k + 2 == len(self._grids):
            correction = self._bottom(load)
        else:
            correction = coarse.first_sweep(load, _BEFORE)
            self._correct(k + 1, correction, load)
        u += self._interpolate(k, correction)
        for omega in _AFTER:
            fine.sweep(u, b, omega)

    def _bottom(self, b: Float) -> Float:
        """Solution on the coarsest grid, to about a tenth.

        Its mean first, which sweeps would find slowly where few values are given.
        """
        grid = self._grids[-1]
        u: Float = grid.active * (b.sum() / self._hold)
        for omega in _BOTTOM:
            grid.sweep(u, b, omega)
        return u

    def _interpolate(self, k: int, u: Float) -> Float:
        """From grid k + 1 to grid k, into the latter's scratch array."""
        fine, coarse = self._grids[k], self._grids[k + 1]
        spread(u.reshape(padded(coarse.shape)), fine.join, fine.inner(fine.out))
        fine.out *= fine.active
        return fine.out


def _restrict(fine: Grid, coarse: Grid, b: Float) -> Float:
    out = np.zeros_like(coarse.diagonal)
    coarse.inner(out)[...] = block_sum(fine.inner(b), fine.join)
    return out


def _largest(change: Float) -> float:
    return float(max(change.max(), -change.min()))


def _rate(change: float, last: float) -> float:
    """Part of the error that a cycle leaves, from what two cycles changed."""
    if not np.isfinite(last):
        return _FIRST_RATE
    return min(max(change / last, _FIRST_RATE), 0.99) if last > 0 else 0.0


def _dot(a: Float, b: Float) -> float:
    return float((a * b).sum(dtype=np.float64))
