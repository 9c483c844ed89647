"""Showing that two things are as good as equal: equivalence tests and their sample sizes.

That a difference is not significant says nothing: perhaps too few were asked. Two one-sided tests
(TOST) [1]_ ask whether the difference is significantly above -margin and significantly below
+margin; that is so at level a exactly where the 1 - 2a interval lies between the margins. A share
of choices is compared with one half, exactly by the binomial distribution (Clopper and Pearson's
interval) or by its normal approximation (Wilson's).

References
----------
.. [1] D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach
   for assessing the equivalence of average bioavailability", J. Pharmacokinet. Biopharm. 15, 1987.
.. [2] K. F. Phillips, "Power of the two one-sided tests procedure in bioequivalence", J.
   Pharmacokinet. Biopharm. 18, 1990.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.wording import counted

__all__ = [
    "Equivalence",
    "judgements_needed",
    "paired_power",
    "pairs_needed",
    "share_power",
    "tost_paired",
    "tost_share",
]

Array = NDArray[np.float64]
Method = Literal["exact", "normal"]

ALPHA, POWER = 0.05, 0.8
_DRAWS = 2000
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Equivalence:
    """What two one-sided tests say.

    Parameters
    ----------
    difference : Interval
        From equality, with its interval at 1 - 2 alpha.
    margin : float
        Largest difference that still counts as none.
    p : float
        The larger of the two one-sided p-values.
    alpha : float
        Level of the tests.
    n : int
        Differences, or choices.
    noun : str
        What one of them is called.
    """

    difference: Interval
    margin: float
    p: float
    alpha: float
    n: int
    noun: str

    @property
    def equivalent(self) -> bool:
        """Whether the difference is shown to be within the margin."""
        return self.p < self.alpha

    @property
    def words(self) -> str:
        """The result as a sentence."""
        found = self.difference
        shown = "is shown" if self.equivalent else "is not shown"
        return (
            f"That the difference is within ±{self.margin:g} {shown}: {found.value:+.3f} "
            f"({100 * (1 - 2 * self.alpha):g} % interval {found.low:+.3f} to {found.high:+.3f}), "
            f"TOST p = {self.p:.2g}, {counted(self.n, self.noun)}."
        )


def tost_paired(
    differences: Sequence[float] | Array, margin: float, alpha: float = ALPHA
) -> Equivalence:
    """Whether paired ratings are as good as equal, by Student's t.

    Parameters
    ----------
    differences : sequence of float
        Of each pair: one for every photo and rater, or better, one mean for every independent
        unit. Differences of one rater go together, which this test does not know.
    margin : float
        Above 0, in the ratings' unit.
    alpha : float
        Level of each test.

    Raises
    ------
    ParameterError
        If there are fewer than 2 differences, or the margin is not above 0.
    """
    _check(margin, alpha, math.inf)
    values = np.asarray(differences, np.float64)
    n = len(values)
    if n < 2:
        raise ParameterError("fewer than 2 differences say nothing of their spread")
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)
    reach = float(special.stdtrit(n - 1, 1 - alpha)) * error
    if error == 0:
        p = 0.0 if abs(mean) < margin else 1.0
    else:
        p = float(special.stdtr(n - 1, -(margin - abs(mean)) / error))
    return Equivalence(Interval(mean, mean - reach, mean + reach), margin, p, alpha, n, "pair")


def tost_share(
    chosen: int, n: int, margin: float, alpha: float = ALPHA, method: Method = "exact"
) -> Equivalence:
    """Whether two photos are chosen as good as equally often.

    Parameters
    ----------
    chosen, n : int
        How often the one was chosen, of how many independent choices. Choices of one rater go
        together, which this test does not know; how strong a transform may be is asked of the
        curve instead (see `safe_range`).
    margin : float
        Above 0 and below 0.5: a share of 0.4 to 0.6 counts as equal at 0.1.
    alpha : float
        Level of each test.
    method : "exact" or "normal"
        Binomial, or normal approximation (score tests).

    Raises
    ------
    ParameterError
        If the counts or the margin cannot be.
    """
    _check(margin, alpha, 0.5)
    if not 0 <= chosen <= n or n < 1:
        raise ParameterError(f"{chosen} of {n} choices cannot be")
    share = chosen / n
    if method == "exact":
        p = max(_at_least(chosen, n, 0.5 - margin), _at_least(n - chosen, n, 0.5 - margin))
        low = float(special.betaincinv(chosen, n - chosen + 1, alpha)) if chosen else 0.0
        high = float(special.betaincinv(chosen + 1, n - chosen, 1 - alpha)) if chosen < n else 1.0
    else:
        spread = math.sqrt((0.25 - margin**2) / n)
        p = float(special.ndtr(-(margin - abs(share - 0.5)) / spread))
        low, high = _wilson(share, n, float(special.ndtri(1 - alpha)))
    difference = Interval(share - 0.5, low - 0.5, high - 0.5)
    return Equivalence(difference, margin, p, alpha, n, "choice")


def judgements_needed(
    margin: float, alpha: float = ALPHA, power: float = POWER, method: Method = "normal"
) -> int:
    """Choices that show a share of one half to be within the margin.

    Parameters
    ----------
    margin : float
        Above 0 and below 0.5.
    alpha, power : float
        Level of each test, and chance to succeed if the share is one half. The choices are taken
        as independent: of raters who differ, more are needed.
    method : "normal" or "exact"
        Approximation, or the number from which on the exact test has that power, whatever the
        remainder.
    """
    _check(margin, alpha, 0.5)
    approximate = _normal_size(0.5 / margin, alpha, power)
    if method == "normal":
        return approximate
    return _smallest(lambda n: share_power(n, margin, alpha), power, 4 * approximate + 50)


def pairs_needed(
    margin: float,
    deviation: float,
    alpha: float = ALPHA,
    power: float = POWER,
    method: Method = "normal",
) -> int:
    """Pairs of ratings that show a difference of 0 to be within the margin.

    Parameters
    ----------
    margin, deviation : float
        The margin, and the standard deviation of the differences.
    alpha, power : float
        Level of each test, and chance to succeed if there is no difference.
    method : "normal" or "exact"
        Approximation, or by Student's t.
    """
    _check(margin, alpha, math.inf)
    approximate = _normal_size(deviation / margin, alpha, power)
    if method == "normal":
        return approximate
    return _smallest(
        lambda n: paired_power(n, margin, deviation, alpha), power, 2 * approximate + 50
    )


def share_power(n: int, margin: float, alpha: float = ALPHA, share: float = 0.5) -> float:
    """Chance that the exact test shows a share to be within the margin, if it is `share`."""
    chosen = np.arange(n + 1)
    shown = (special.bdtrc(chosen - 1.0, n, 0.5 - margin) < alpha) & (
        special.bdtr(chosen, n, 0.5 + margin) < alpha
    )
    if not shown.any():
        return 0.0
    low, high = np.flatnonzero(shown)[[0, -1]]
    below = special.bdtr(low - 1.0, n, share) if low else 0.0
    return float(special.bdtr(high, n, share) - below)


def paired_power(
    n: int, margin: float, deviation: float, alpha: float = ALPHA, difference: float = 0.0
) -> float:
    """Chance that the paired test shows a difference to be within the margin [2]_ of `equivalence`.

    Parameters
    ----------
    n : int
        Pairs, at least 2.
    margin, deviation : float
        The margin, and the standard deviation of the differences.
    alpha : float
        Level of each test.
    difference : float
        The true mean.
    """
    # Over the distribution of the standard deviation that is found.
    levels = (np.arange(_DRAWS) + 0.5) / _DRAWS
    found = np.sqrt(2 * special.gammaincinv((n - 1) / 2, levels) / (n - 1)) * deviation
    error = deviation / math.sqrt(n)
    room = margin - float(special.stdtrit(n - 1, 1 - alpha)) * found / math.sqrt(n)
    within = special.ndtr((room - difference) / error) - special.ndtr((-room - difference) / error)
    return float(np.where(room > 0, within, 0).mean())


def _check(margin: float, alpha: float, most: float) -> None:
    if not 0 < margin < most:
        raise ParameterError(f"a margin of {margin:g} cannot be", remedy="Give one above 0")
    if not 0 < alpha < 0.5:
        raise ParameterError(
            f"a level of {alpha:g} cannot be", remedy="Give one above 0, below 0.5"
        )


def _normal_size(ratio: float, alpha: float, power: float) -> int:
    """Both tests succeed with this power where there is no difference."""
    z = float(special.ndtri(1 - alpha) + special.ndtri((1 + power) / 2))
    return math.ceil((z * ratio) ** 2)


def _smallest(power_of: Callable[[int], float], power: float, most: int) -> int:
    """The number from which on the power suffices; it rises, but not at every step."""
    if most > _MOST:
        raise ParameterError("so small a margin takes more than can be asked")
    short = 1
    for n in range(most, 1, -1):
        if power_of(n) < power:
            short = n
            break
    return short + 1


def _at_least(k: int, n: int, share: float) -> float:
    """P(k or more of n)."""
    return 1.0 if k == 0 else float(special.bdtrc(k - 1, n, share))


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    spread = z**2 / n
    middle = (share + spread / 2) / (1 + spread)
    reach = z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return middle - reach, middle + reach
