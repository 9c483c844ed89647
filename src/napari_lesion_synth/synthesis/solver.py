"""The correction that makes a donor fit its host: Poisson's equation on the exact region.

Poisson blending seeks the image whose gradients are the donor's and whose boundary is the
host's [1]_. Its difference to the donor, the correction, is smooth: it solves Laplace's equation
with the boundary values host - donor. Solving for it leaves the donor's texture and noise as
they are and the host outside the region untouched.

At the organ's capsule the neighbour is fat or lung, and its value says nothing about the tissue
inside. Faces of the region that leave the organ, or the volume, therefore carry no flux
(Neumann); only faces with an organ voxel beyond them have boundary values (Dirichlet).

References
----------
.. [1] P. Perez, M. Gangnet, A. Blake, "Poisson image editing", SIGGRAPH 2003.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.multigrid import Multigrid

__all__ = ["Correction", "bounding_box", "solve_correction"]

_T = TypeVar("_T", bound=np.generic)
_CORE = (slice(1, -1),) * 3


@dataclass(frozen=True, eq=False)
class Correction:
    """What to add to the donor.

    Parameters
    ----------
    field : ndarray of float32, shape (z, y, x)
        HU; 0 outside the region.
    isolated : tuple of ndarray of bool
        Parts of the region with no organ voxel beside them, which got one offset each.
    cycles : int
        Multigrid cycles on the voxels' own grid.
    """

    field: NDArray[np.float32]
    isolated: tuple[NDArray[np.bool_], ...]
    cycles: int


def solve_correction(
    region: NDArray[np.bool_],
    organ: NDArray[np.bool_],
    difference: NDArray[np.float32],
    spacing: Triple,
    *,
    source: NDArray[np.float32] | None = None,
    offset: float | None = None,
    tolerance: float = 0.5,
) -> Correction:
    """Solve for the correction on a region inside an organ.

    In every voxel p of the region, with q its neighbours across faces that are not left out:
    ``sum over q of (h[p] - h[q]) / distance^2 = source[p]``. Beyond the region, h[q] is
    `difference` in organ voxels; faces to voxels outside the organ, or outside the array, are
    left out.

    Parameters
    ----------
    region : ndarray of bool, shape (z, y, x)
        Where the donor replaces the host; inside the organ. One slice makes a 2-D problem.
    organ : ndarray of bool, shape (z, y, x)
        The organ. The box must reach one voxel beyond the region wherever the volume does.
    difference : ndarray of float32, shape (z, y, x)
        Host - donor in HU. Read in organ voxels beside the region only, and in isolated parts.
    spacing : tuple of float
        mm, (z, y, x).
    source : ndarray of float32, shape (z, y, x), optional
        HU per mm squared, for guidance other than the donor's own gradients; default 0.
    offset : float, optional
        HU to add to parts of the region that no organ voxel borders on, where the equation has
        no unique solution. Default: the mean of `difference` over the part.
    tolerance : float
        Largest error in HU.

    Returns
    -------
    Correction

    Raises
    ------
    ParameterError
        If the region is empty or reaches out of the organ.
    """
    box = bounding_box(region)
    if np.any(region & ~organ):
        raise ParameterError("the region to blend reaches out of the organ")
    inner, domain = _with_ring(region, box), _with_ring(organ, box)
    values = _with_ring(difference, box)
    field = np.zeros(region.shape, np.float32)
    parts = _isolated(inner, domain)
    for part in parts:
        constant = values[part].mean(dtype=np.float64) if offset is None else offset
        field[box][part[_CORE]] = constant
        inner &= ~part
        domain &= ~part
    cycles = 0
    if inner.any():
        given = domain & ~inner
        # Most of the correction is one offset, which the equation passes on as it is.
        middle = np.float32(round(float(values[_beside(inner) & given].mean(dtype=np.float64))))
        values -= middle
        values *= given
        load = None if source is None else _with_ring(source, box)
        h, cycles = Multigrid(inner, domain, spacing).solve(values, load, tolerance)
        h += middle
        h *= inner
        field[box] += h[_CORE]
    isolated = []
    for part in parts:
        isolated.append(np.zeros(region.shape, bool))
        isolated[-1][box] = part[_CORE]
    return Correction(field, tuple(isolated), cycles)


def bounding_box(mask: NDArray[np.bool_]) -> Box:
    """The smallest box around a mask that is not empty."""
    slices = []
    for axis in range(3):
        found = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if not len(found):
            raise ParameterError("the region to blend is empty")
        slices.append(slice(int(found[0]), int(found[-1]) + 1))
    z, y, x = slices
    return z, y, x


def _with_ring(array: NDArray[_T], box: Box) -> NDArray[_T]:
    """A copy of the box and of the voxels around it, 0 beyond the array."""
    out = np.zeros([s.stop - s.start + 2 for s in box], array.dtype)
    source, target = [], []
    for s, n in zip(box, array.shape, strict=True):
        low, high = max(s.start - 1, 0), min(s.stop + 1, n)
        source.append(slice(low, high))
        target.append(slice(low - s.start + 1, high - s.start + 1))
    out[tuple(target)] = array[tuple(source)]
    return out


def _beside(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels that share a face with the region, whose array has an empty ring."""
    flat = region.ravel()
    out = np.zeros_like(flat)
    _, y, x = region.shape
    for step in (y * x, x, 1):
        out[step:] |= flat[:-step]
        out[:-step] |= flat[step:]
    return out.reshape(region.shape)


def _isolated(region: NDArray[np.bool_], domain: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Connected parts of the region that have no given value beside them."""
    if domain.all():
        return []
    labels, count = ndimage.label(region)
    bordering = np.bincount(labels[_beside(domain & ~region)], minlength=count + 1)
    return [labels == part for part in range(1, count + 1) if not bordering[part]]
