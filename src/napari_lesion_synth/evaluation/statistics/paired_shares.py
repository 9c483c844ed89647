"""Two shares of the same trials: whether their difference is chance, and how large it may be.

Only trials in which one of the two succeeded and the other did not tell them apart.

References
----------
.. [1] Q. McNemar, "Note on the sampling error of the difference between correlated proportions
   or percentages", Psychometrika 12, 1947.
.. [2] M. W. Fagerland, S. Lydersen, P. Laake, "The McNemar test for binary matched-pairs data:
   mid-p and asymptotic are better than exact conditional", BMC Med. Res. Methodol. 13, 2013.
.. [3] T. Tango, "Equivalence test and confidence interval for the difference in proportions for
   the paired-sample design", Stat. Med. 17, 1998.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from napari_lesion_synth.intervals import Interval

__all__ = ["exact_p", "mid_p", "signs_p", "tango"]

_Z = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""

_HALVINGS = 60
_AWAY = 1e-10
"""Where the search for an end begins, beside the difference itself, at which all is 0."""


def exact_p(only_one: int, only_other: int) -> float:
    """Two-sided p of McNemar's exact test [1]_; 1 where the two never disagree."""
    return min(1.0, 2 * _at_most(only_one, only_other))


def mid_p(only_one: int, only_other: int) -> float:
    """Two-sided mid-p value [2]_ of the same test; 1 where both sides are alike."""
    if only_one == only_other:
        return 1.0
    n, k = int(only_one + only_other), int(min(only_one, only_other))
    return 2 * _at_most(only_one, only_other) - math.comb(n, k) / (1 << n)


def _at_most(only_one: int, only_other: int) -> float:
    return float(special.bdtr(min(only_one, only_other), only_one + only_other, 0.5))


def tango(only_one: int, only_other: int, n: int) -> Interval:
    """Tango's 95 % score interval [3]_ of the difference of two paired shares.

    It holds all differences that a score test, with the share of discordant pairs most likely
    under the difference, does not reject.

    Parameters
    ----------
    only_one, only_other : int
        Pairs in which the first alone, and the other alone, had success.
    n : int
        All pairs; at least one.
    """
    b, c = only_one, only_other
    difference = (b - c) / n

    def beyond(delta: float, side: int) -> bool:
        """Whether a difference is rejected."""
        middle = -b - c + (2 * n - b + c) * delta
        last = -c * delta * (1 - delta)
        root = math.sqrt(max(0.0, middle**2 - 8 * n * last))
        likely = (root - middle) / (4 * n)  # share found by the other alone, given delta
        variance = n * max(0.0, 2 * likely + delta * (1 - delta))
        return side * (n * delta - b + c) > _Z * math.sqrt(variance)

    low = -1.0 if difference == -1 else _end(beyond, difference, -1)
    high = 1.0 if difference == 1 else _end(beyond, difference, 1)
    return Interval(difference, low, high)


def signs_p(advantages: Sequence[int]) -> float:
    """Two-sided p of a sum of whole numbers, were the sign of each a coin's.

    Exact: the distribution of the sum is built up part by part. Parts of 1 make it that of
    `exact_p`.

    Parameters
    ----------
    advantages : sequence of int
        Of each patient: how many lesions the first alone found, less those of the other alone.
    """
    parts = [abs(part) for part in advantages if part]
    distribution = np.ones(1)
    for part in parts:
        coin = np.zeros(2 * part + 1)
        coin[[0, -1]] = 0.5
        distribution = np.convolve(distribution, coin)
    sums = np.arange(len(distribution)) - sum(parts)
    return min(1.0, float(distribution[np.abs(sums) >= abs(sum(advantages))].sum()))


def _end(beyond: Callable[[float, int], bool], inside: float, side: int) -> float:
    """Where differences begin to be rejected; by halving, for want of light root finders."""
    near, far = inside + side * _AWAY, float(side)
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        near, far = (near, middle) if beyond(middle, side) else (middle, far)
    return (near + far) / 2
