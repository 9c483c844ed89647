"""The most likely surfaces of many draws at once: damped Fisher scoring.

Parameters are those of `limit_fit.Surface`, made free of bounds: the slopes are squares, the lapse
half a logistic function. Every draw has its own damping (Levenberg and Marquardt), so that none
holds up the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = [
    "LAPSE_PRIOR",
    "MOST_LAPSE",
    "OFFSET_SD",
    "SLOPE_SD",
    "Counts",
    "expected",
    "most_likely",
]

Array = NDArray[np.float64]

OFFSET_SD = 5.0
SLOPE_SD = 3.0
"""Logits, and logits a doubling of diameter or contrast: spreads of the priors around 0."""

BEND_SD = 2.0
"""Logits a doubling: spread of the prior of the slope at the largest diameter less that at the
smallest."""

LAPSE_PRIOR = 10.0
"""Second parameter of the lapse's beta prior, whose first is 1: half of it lies below 0.07."""

MOST_LAPSE = 0.5

_STEPS = 60
_START = 1.0
_LARGEST_STEP = 3.0
_EDGE = 1e-7


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of one method in all its cells.

    Parameters
    ----------
    band : ndarray of int, shape (cells,)
        Depth of each cell.
    x, y : ndarray, shape (cells,)
        Doublings of diameter and contrast from the middle of the grid.
    made, found : ndarray, shape (draws, cells)
        Lesions, and those found.
    chance : ndarray, shape (draws, cells)
        Share of the places at which a finding lies without them.
    """

    band: NDArray[np.int64]
    x: Array
    y: Array
    made: Array
    found: Array
    chance: Array

    @property
    def bands(self) -> int:
        """How many depths."""
        return int(self.band.max()) + 1

    @property
    def rises(self) -> Array:
        """What each slope adds in each cell, shape (3, cells).

        The slopes are those at the smallest and at the largest diameter, between which it
        changes evenly, and that of the contrast.
        """
        bend = self.x**2 / (4 * float(np.abs(self.x).max()))
        return np.stack([self.x / 2 - bend, self.x / 2 + bend, self.y])


def most_likely(counts: Counts) -> tuple[Array, Array, Array]:
    """Offsets, slopes and lapses.

    Returns
    -------
    offsets : ndarray, shape (draws, bands)
    slopes : ndarray, shape (draws, 3)
        At the smallest diameter, at the largest, and of the contrast.
    lapse : ndarray, shape (draws,)
    """
    draws, bands = len(counts.made), counts.bands
    theta = np.zeros((draws, bands + 4))
    theta[:, bands : bands + 3] = _START
    theta[:, -1] = -3.0
    damping = np.ones(draws)
    loss, slope, curve = _look(counts, theta)
    steps = np.eye(bands + 4)
    for _ in range(_STEPS):
        stiff = curve + (damping[:, None, None] + _EDGE) * steps
        step = -np.linalg.solve(stiff, slope[..., None])[..., 0]
        tried = theta + np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        found, new_slope, new_curve = _look(counts, tried)
        better = found < loss
        theta[better], loss[better] = tried[better], found[better]
        slope[better], curve[better] = new_slope[better], new_curve[better]
        damping = np.clip(np.where(better, damping / 4, damping * 3), 1e-9, 1e9)
    return (
        theta[:, :bands],
        theta[:, bands : bands + 3] ** 2,
        MOST_LAPSE * special.expit(theta[:, -1]),
    )


def expected(counts: Counts, offsets: Array, slopes: Array, lapse: Array) -> Array:
    """Share found in each cell, chance included, shape (draws, cells)."""
    logit = offsets[:, counts.band] + slopes @ counts.rises
    seen = (1 - lapse)[:, None] * special.expit(logit)
    return np.asarray(counts.chance + (1 - counts.chance) * seen, np.float64)


def _look(counts: Counts, theta: Array) -> tuple[Array, Array, Array]:
    """Penalty and minus log-likelihood of each draw, their slope, and Fisher's information."""
    bands, rises = counts.bands, counts.rises
    roots, free = theta[:, bands : bands + 3], theta[:, -1]
    offsets, slopes = theta[:, :bands], roots**2
    half = special.expit(free)
    lapse = MOST_LAPSE * half
    logit = offsets[:, counts.band] + slopes @ rises
    curve = special.expit(logit)
    missed = 1 - counts.chance
    share = np.clip(counts.chance + missed * (1 - lapse)[:, None] * curve, _EDGE, 1 - _EDGE)

    rise = missed * (1 - lapse)[:, None] * curve * (1 - curve)
    parts = np.zeros((*share.shape, theta.shape[1]))
    parts[:, np.arange(len(counts.band)), counts.band] = rise
    parts[:, :, bands : bands + 3] = rise[..., None] * rises.T[None] * (2 * roots)[:, None]
    parts[:, :, -1] = -missed * curve * (lapse * (1 - half))[:, None]

    lost = counts.made - counts.found
    loss = -(counts.found * np.log(share) + lost * np.log1p(-share)).sum(axis=1)
    pull = -(counts.found / share - lost / (1 - share))
    slope = (pull[..., None] * parts).sum(axis=1)
    weight = counts.made / (share * (1 - share))
    information = np.einsum("dc,dcp,dcq->dpq", weight, parts, parts, optimize=True)

    bend = slopes[:, 1] - slopes[:, 0]
    loss += (offsets**2).sum(axis=1) / (2 * OFFSET_SD**2)
    loss += (slopes**2).sum(axis=1) / (2 * SLOPE_SD**2) + bend**2 / (2 * BEND_SD**2)
    loss -= (LAPSE_PRIOR - 1) * np.log1p(-lapse)
    pushed = slopes / SLOPE_SD**2
    pushed[:, 0] -= bend / BEND_SD**2
    pushed[:, 1] += bend / BEND_SD**2
    slope[:, :bands] += offsets / OFFSET_SD**2
    slope[:, bands : bands + 3] += pushed * 2 * roots
    slope[:, -1] += (LAPSE_PRIOR - 1) / (1 - lapse) * lapse * (1 - half)
    diagonal = np.arange(theta.shape[1])
    stiff = np.zeros_like(theta)
    stiff[:, :bands] = 1 / OFFSET_SD**2
    stiff[:, bands : bands + 3] = 4 * roots**2 * (1 / SLOPE_SD**2 + 1 / BEND_SD**2)
    information[:, diagonal, diagonal] += stiff
    return loss, slope, information
