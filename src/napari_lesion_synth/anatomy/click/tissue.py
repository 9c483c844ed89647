"""The HU of one tissue: what is usual, and how much it varies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.click.measures import Cell, Field, Mask
from napari_lesion_synth.ct.volume import Triple

__all__ = ["SOFT_HU", "Tissue", "tissue_around", "tissue_of"]

SOFT_HU = (-30.0, 300.0)
"""Mean HU of cells that can be an organ: below lie fat and gas, above bone and metal."""

_LEAST_SPREAD_HU = 8.0
"""Perfusion and vessels too fine to see make every organ vary this much; noise adds to it."""

_BIN_HU = 2.0
_KERNEL_HU = 8.0
_NEIGHBOURHOOD_HU = 40.0
"""Values farther from the mode than this are another tissue."""


@dataclass(frozen=True)
class Tissue:
    """Robust mean and standard deviation, in HU."""

    mean: float
    spread: float

    def like(self, hu: Field, tolerance: float) -> Mask:
        """Where the values differ by less than so many standard deviations."""
        result: Mask = np.abs(hu - np.float32(self.mean)) < tolerance * self.spread
        return result


def tissue_of(values: NDArray[np.floating]) -> Tissue:
    """Median, and scaled median absolute deviation but not below 8 HU."""
    median = float(np.median(values))
    spread = 1.4826 * float(np.median(np.abs(values - median)))
    return Tissue(median, max(spread, _LEAST_SPREAD_HU))


def tissue_around(
    hu: Field, cell: Cell, spacing: Triple, sigma_mm: float, where: Mask | None = None
) -> Tissue | None:
    """The commonest tissue round a point, so that a click on a vessel finds what surrounds it.

    Parameters
    ----------
    hu : ndarray of float32, shape (z, y, x)
        Smoothed HU.
    cell : tuple of int
        The point.
    spacing : tuple of float
        mm, (z, y, x).
    sigma_mm : float
        Cells count with a Gaussian weight of this standard deviation.
    where : ndarray of bool, optional
        Cells that count; default: all.

    Returns
    -------
    Tissue or None
        Mode of the weighted histogram of the soft-tissue values, and the median deviation of
        those near it; None where there are no such values.
    """
    box = tuple(
        slice(max(0, i - round(3 * sigma_mm / size)), i + round(3 * sigma_mm / size) + 1)
        for i, size in zip(cell, spacing, strict=True)
    )
    values = hu[box]
    steps = np.indices(values.shape, np.float32)
    squares = np.zeros(values.shape, np.float32)
    for step, side, i, size in zip(steps, box, cell, spacing, strict=True):
        squares += ((step + (side.start - i)) * size) ** 2
    weight = np.exp(-squares / (2 * sigma_mm**2))
    counts = (values > SOFT_HU[0]) & (values < SOFT_HU[1])
    if where is not None:
        counts &= where[box]
    if not counts.any():
        return None
    return _mode(values[counts], weight[counts])


def _mode(values: NDArray[np.float32], weight: NDArray[np.float32]) -> Tissue:
    edges = np.arange(SOFT_HU[0], SOFT_HU[1] + _BIN_HU, _BIN_HU)
    counts, _ = np.histogram(values, edges, weights=weight)
    offsets = np.arange(-3 * _KERNEL_HU, 3 * _KERNEL_HU + 1, _BIN_HU)
    smooth = np.convolve(counts, np.exp(-0.5 * (offsets / _KERNEL_HU) ** 2), mode="same")
    mode = float(edges[smooth.argmax()] + _BIN_HU / 2)
    apart = np.abs(values - mode)
    near = apart < _NEIGHBOURHOOD_HU
    order = np.argsort(apart[near])
    shares = np.cumsum(weight[near][order])
    half = apart[near][order][np.searchsorted(shares, shares[-1] / 2)]
    return Tissue(mode, max(1.4826 * float(half), _LEAST_SPREAD_HU))
