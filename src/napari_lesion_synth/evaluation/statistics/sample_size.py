"""How often a gain would be seen, and how many lesions it takes.

A gain is seen when the test is significant to two sides and the better one comes out better.

Paired: both detectors look for the same lesions, and McNemar's exact test (or its mid-p form)
compares them. Its power is worked out exactly [1]_: over all numbers of lesions on which the
two may disagree, and all ways in which these may fall. It depends on the two sensitivities and
on `lost`, the share of the lesions that the worse one finds and the better one misses. Where
`lost` is 0, the better one finds all that the other does, and the gain is seen most easily; it
can be no more than ``min(worse, 1 - better)``.

Unpaired: each looks for lesions of its own, as where a result is held against a published one.
The normal approximation with the pooled variance under no difference [2]_.

References
----------
.. [1] J. Connett, J. Smith, R. McHugh, "Sample size and power for pair-matched case-control
   studies", Stat. Med. 6, 1987; the normal approximation, by which the search for the number of
   lesions begins: R. J. Connor, Biometrics 43, 1987.
.. [2] J. L. Fleiss, "Statistical methods for rates and proportions", 2nd ed., 1981, section 3.2,
   without the correction for continuity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = [
    "PairedTest",
    "Test",
    "most_lost",
    "paired_lesions",
    "paired_power",
    "unpaired_lesions",
    "unpaired_power",
]

Array = NDArray[np.float64]
Test = Literal["exact", "mid-p"]

_EXACT_UP_TO = 1000
"""Lesions up to which their number is searched exactly; beyond, exact and normal agree."""


@dataclass(frozen=True, eq=False)
class PairedTest:
    """McNemar's test for every number of discordant lesions.

    Parameters
    ----------
    level : float
        Two-sided.
    critical : ndarray, shape (most + 1,)
        For each number of discordant lesions, how many at most may fall to the worse side for
        the test to be significant; -1 where it cannot be.
    """

    level: float
    critical: Array

    @classmethod
    def of(cls, level: float, most: int, test: Test = "exact") -> PairedTest:
        """Prepare the test.

        Parameters
        ----------
        level : float
            Two-sided.
        most : int
            Lesions.
        test : {"exact", "mid-p"}
            Which p-value is held against the level.
        """
        n = np.arange(most + 1)
        worse = np.floor(np.nan_to_num(special.bdtrik(level / 2, n, 0.5), nan=-1.0))
        # The quantile is a solution in real numbers: one to either side may be the right one,
        # and the mid-p value allows one more.
        best = np.full(most + 1, -1.0)
        for candidate in (worse - 1, worse, worse + 1, worse + 2):
            possible = (candidate >= 0) & (2 * candidate < n)
            k = np.where(possible, candidate, 0)
            p = 2 * special.bdtr(k, n, 0.5)
            if test == "mid-p":
                p = p - _binomial(k, n, 0.5)
            best = np.where(possible & (p <= level), np.maximum(best, candidate), best)
        return cls(level, best)


def most_lost(worse: float, better: float) -> float:
    """Largest share of the lesions that only the worse one can find."""
    return min(worse, 1 - better)


def paired_power(n: int, worse: float, better: float, lost: float, test: PairedTest) -> float:
    """How often the gain is seen on the same n lesions.

    Parameters
    ----------
    n : int
        Lesions, no more than the test was prepared for.
    worse, better : float
        Sensitivities.
    lost : float
        Share of the lesions that only the worse one finds, at most `most_lost`.
    test : PairedTest
        What is to be significant.
    """
    won = better - worse + lost
    disagree = won + lost
    if disagree <= 0:
        return 0.0
    discordant = np.arange(n + 1)
    critical = test.critical[: n + 1]
    possible = critical >= 0
    # Of the discordant ones, `lost / disagree` fall to the worse side on average.
    seen = np.where(
        possible, special.bdtr(np.where(possible, critical, 0), discordant, lost / disagree), 0.0
    )
    return float((_binomial(discordant, n, min(1.0, disagree)) * seen).sum())


def paired_lesions(
    worse: float, better: float, lost: float, level: float, power: float, test: Test = "exact"
) -> int:
    """How many lesions it takes for the gain to be seen so often; from there on always."""
    gain, disagree = better - worse, better - worse + 2 * lost
    a, b = special.ndtri(1 - level / 2), special.ndtri(power)
    root = a * math.sqrt(disagree) + b * math.sqrt(max(0.0, disagree - gain**2))
    normal = math.ceil((root / gain) ** 2)
    if normal > _EXACT_UP_TO:
        return normal
    # The power goes up and down by a step with each lesion more, so it is searched from above.
    n = 2 * normal + 50
    prepared = PairedTest.of(level, n, test)
    while n > 1 and paired_power(n - 1, worse, better, lost, prepared) >= power:
        n -= 1
    return n


def unpaired_power(n: float, worse: float, better: float, level: float) -> float:
    """How often the gain is seen on n lesions of either detector's own."""
    pooled, apart = _spreads(worse, better)
    z = (better - worse) * math.sqrt(n) - float(special.ndtri(1 - level / 2)) * pooled
    return float(special.ndtr(z / apart)) if apart > 0 else float(z >= 0)


def unpaired_lesions(worse: float, better: float, level: float, power: float) -> int:
    """How many lesions of its own each detector must have for the gain to be seen so often."""
    pooled, apart = _spreads(worse, better)
    a, b = float(special.ndtri(1 - level / 2)), float(special.ndtri(power))
    return math.ceil(((a * pooled + b * apart) / (better - worse)) ** 2)


def _spreads(worse: float, better: float) -> tuple[float, float]:
    """Standard deviation of the difference for one lesion: if there is none, and as it is."""
    mean = (worse + better) / 2
    pooled = math.sqrt(2 * mean * (1 - mean))
    return pooled, math.sqrt(worse * (1 - worse) + better * (1 - better))


def _binomial(k: Array | NDArray[np.int64], n: Array | NDArray[np.int64] | int, p: float) -> Array:
    """Probability of k successes in n trials."""
    rest = np.subtract(n, k)
    ways = special.gammaln(np.add(n, 1)) - special.gammaln(k + 1) - special.gammaln(rest + 1)
    logarithm: Array = ways + special.xlogy(k, p) + special.xlog1py(rest, -p)
    return np.exp(logarithm)
