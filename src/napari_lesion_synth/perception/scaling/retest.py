"""How far raters agree with themselves: hidden repeats, rated or compared twice.

References
----------
.. [1] R. A. Fisher, "On the probable error of a coefficient of correlation", Metron 1, 1921.
.. [2] J. Cohen, "A coefficient of agreement for nominal scales", Educ. Psychol. Meas. 20, 1960.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, over_patients, wilson
from napari_lesion_synth.perception.scaling.utilities import Z95

__all__ = ["RepeatedPairs", "retest_correlation", "retest_pairs"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RepeatedPairs:
    """Pairs asked twice.

    Parameters
    ----------
    same : Interval
        Share answered alike, with Wilson's interval.
    kappa : Interval
        Cohen's kappa: the same with chance taken out; NaN where all answers are one. Where all
        pairs were answered alike, none of them can be drawn otherwise: its lower end is then that
        of `same`, with the same chance taken out.
    n : int
        Pairs asked twice.
    """

    same: Interval
    kappa: Interval
    n: int


def retest_correlation(first: Array, second: Array) -> Interval:
    """Pearson's r of ratings given twice, with Fisher's 95 % interval [1]_.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Ratings of the same photo by the same rater; at least 3 pairs, and 4 for an interval.

    Raises
    ------
    ParameterError
        If there are fewer than 3, or one side does not vary.
    """
    n = len(first)
    if n < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        raise ParameterError(
            "a correlation needs 3 repeated ratings that differ", remedy="Ask more hidden repeats"
        )
    r = float(np.corrcoef(first, second)[0, 1])
    if n < 4 or abs(r) >= 1:
        return Interval(r)
    middle, reach = np.arctanh(r), Z95 / np.sqrt(n - 3)
    return Interval(r, float(np.tanh(middle - reach)), float(np.tanh(middle + reach)))


def retest_pairs(first: Array, second: Array, rng: np.random.Generator) -> RepeatedPairs:
    """Agreement of answers to pairs asked twice.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Outcomes 1, 0 or 0.5 for the same photo as the first one, however the sides were.
    rng : numpy.random.Generator
        For kappa's interval, by bootstrap over pairs.

    Raises
    ------
    ParameterError
        Without any.
    """
    n = len(first)
    if n == 0:
        raise ParameterError("no pair was asked twice", remedy="Ask some hidden repeats")
    kinds = np.array([0.0, 0.5, 1.0])
    same = (first == second).astype(np.float64)
    one, two = (first[:, None] == kinds).astype(float), (second[:, None] == kinds).astype(float)

    def kappa(weights: Array) -> Array:
        total = weights.sum(axis=1)
        chance = ((weights @ one) * (weights @ two)).sum(axis=1) / total**2
        found = np.full(len(weights), np.nan)
        np.divide(weights @ same / total - chance, 1 - chance, out=found, where=chance < 1)
        return found

    value = float(kappa(np.ones((1, n)))[0])
    alike = wilson(int(same.sum()), n)
    if not np.isfinite(value):
        return RepeatedPairs(alike, Interval(value), n)
    if same.all():
        chance = float((one.mean(axis=0) * two.mean(axis=0)).sum())
        low = (float(alike.low or 0.0) - chance) / (1 - chance)
        return RepeatedPairs(alike, Interval(value, low, 1.0), n)
    return RepeatedPairs(alike, over_patients(value, kappa, n, rng), n)
