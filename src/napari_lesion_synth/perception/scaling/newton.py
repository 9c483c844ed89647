"""Newton's method on the posterior of utilities, and its curvature at the peak."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from napari_lesion_synth.perception.scaling.links import Link

__all__ = ["Answers", "Peak", "find_peak"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEPS = 100
_SETTLED = 1e-8
_ROUNDING = 1e-10
_SMALLEST_SHARE = 1e-4
"""A step is halved while it lowers the posterior, down to this share of it."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What Newton's method sees: answers, and a normal prior of k unknowns, or k + 1.

    An answer's difference is scale * (u_first - u_second + side * b) + offset, where b, the side
    bias, is the last unknown.

    Parameters
    ----------
    first, second : ndarray of int64, shape (n,)
    outcome : ndarray of float64, shape (n,)
        1, 0 or 0.5.
    side : ndarray of float64, shape (n,), or None
        1 where the first was on the left, else -1; None where there is no side bias.
    scale, offset : ndarray of float64, shape (n,)
        Of each answer.
    mean : ndarray of float64, shape (k,) or (k + 1,)
        Of the prior.
    precision : ndarray of float64, square
        Inverse covariance of the prior.
    log_det : float
        Logarithm of the determinant of `precision`.
    """

    first: Ints
    second: Ints
    outcome: Array
    side: Array | None
    scale: Array
    offset: Array
    mean: Array
    precision: Array
    log_det: float

    def differences(self, unknowns: Array) -> Array:
        """What each answer's chance depends on, shape (n,)."""
        apart = unknowns[self.first] - unknowns[self.second]
        if self.side is not None:
            apart = apart + self.side * unknowns[-1]
        return np.asarray(self.scale * apart + self.offset)

    def gathered(self, slopes: Array) -> Array:
        """From slopes by the differences to those by the unknowns."""
        slopes, size = slopes * self.scale, len(self.mean)
        total = np.bincount(self.first, slopes, size) - np.bincount(self.second, slopes, size)
        if self.side is not None:
            total[-1] = slopes @ self.side
        return np.asarray(total, np.float64)

    def information(self, bends: Array) -> Array:
        """From curvatures by the differences to those by the unknowns."""
        bends, size = bends * self.scale**2, len(self.mean)
        between = np.bincount(self.first * size + self.second, bends, size * size)
        between = between.reshape(size, size)
        between = between + between.T
        total = np.diag(between.sum(axis=1)) - between
        if self.side is not None:
            weights = bends * self.side
            cross = np.bincount(self.first, weights, size) - np.bincount(self.second, weights, size)
            cross[-1] = bends.sum()
            total[-1], total[:, -1] = cross, cross
        return np.asarray(total, np.float64)


@dataclass(frozen=True, eq=False)
class Peak:
    """The posterior around its peak.

    Parameters
    ----------
    mean : ndarray of float64, shape of the unknowns
    covariance : ndarray of float64, square
        Inverse of the curvature.
    evidence : float
        Logarithm of the likelihood with the unknowns integrated out.
    settled : bool
        Whether the steps came to rest.
    """

    mean: Array
    covariance: Array
    evidence: float
    settled: bool


def find_peak(answers: Answers, link: Link) -> Peak:
    """The most probable unknowns.

    Answers that are best explained as lapses bend the posterior upwards; they are taken as flat,
    so that every step climbs, and the covariance counts them as saying nothing.
    """
    unknowns = answers.mean.copy()
    height, slopes, bends = _posterior(answers, link, unknowns)
    settled = False
    for _ in range(_STEPS):
        factor = cho_factor(answers.precision + answers.information(bends), lower=True)
        step = cho_solve(factor, slopes)
        settled = bool(np.abs(step).max(initial=0.0) < _SETTLED)
        if settled:
            break
        share = 1.0
        while True:
            tried = unknowns + share * step
            found = _posterior(answers, link, tried)
            if found[0] >= height - _ROUNDING or share < _SMALLEST_SHARE:
                break
            share /= 2
        if share < _SMALLEST_SHARE:  # nothing is left to climb but rounding
            settled = True
            break
        unknowns, (height, slopes, bends) = tried, found
    log_det = 2 * float(np.log(np.diag(factor[0])).sum())
    evidence = height + (answers.log_det - log_det) / 2
    return Peak(unknowns, cho_solve(factor, np.eye(len(unknowns))), evidence, settled)


def _posterior(answers: Answers, link: Link, unknowns: Array) -> tuple[float, Array, Array]:
    """Logarithm of the posterior, its slopes, and the answers' curvatures."""
    value, slope, bend = link.terms(answers.differences(unknowns), answers.outcome)
    away = unknowns - answers.mean
    pull = answers.precision @ away
    height = float(value.sum() - away @ pull / 2)
    return height, answers.gathered(slope) - pull, np.maximum(bend, 0.0)
