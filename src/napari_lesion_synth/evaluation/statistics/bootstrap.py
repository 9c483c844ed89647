"""How sure a figure is: patients drawn again and again, each with all its CTs and lesions.

Lesions of one patient are alike, and so are the false alarms in them: drawing lesions one by one
would promise more than there is. So whole patients are drawn, with replacement, and two
detectors are compared on the same draws.

The interval is the expanded percentile interval [2]_: the percentile interval, whose levels are
those of a t distribution with a factor that makes up for the spread that a small sample lacks.
Of 400 simulated samples of 12 patients, for the sensitivity at 1/4, 1/2 and 1 false alarms per
CT, it held the truth in 95, 95 and 97 %, the plain percentile interval in 91, 92 and 93 %, and
BCa [1]_ in 91, 91 and 91 %, whose corrections are themselves noisy where a sensitivity jumps
from lesion to lesion. With 60 patients the three differ little. BCa is offered for figures that
are smooth and skewed.

A share that is 0 or 1 in every draw would have an interval without width. It gets Wilson's, as
if each patient were one trial, and a difference of two such shares Newcombe's [3]_ of these.

References
----------
.. [1] B. Efron, "Better bootstrap confidence intervals", J. Am. Stat. Assoc. 82, 1987.
.. [2] T. C. Hesterberg, "What teachers should know about the bootstrap", Am. Stat. 69, 2015.
.. [3] R. G. Newcombe, "Interval estimation for the difference between independent proportions",
   Stat. Med. 17, 1998, method 10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, draw_patients, wilson

__all__ = ["RESAMPLES", "Figure", "Method", "average", "bootstrap", "paired_difference"]

RESAMPLES = 2000
LEVEL = 0.95

Array = NDArray[np.float64]
Method = Literal["percentile", "expanded", "bca"]

_BLOCK = 200
"""Resamples worked out together; more would only take more memory."""

_FEWEST = 2
"""Patients without whom there is no interval."""


@dataclass(frozen=True, eq=False)
class Figure:
    """Something that can be worked out from any draw of the patients, or several such things.

    Parameters
    ----------
    patients : tuple of str
        Who is drawn from.
    of : callable
        From weights, shape (draws, patients), how often each patient was drawn, to the values,
        shape (draws, values); NaN where one does not exist.
    trials : int
        For shares: over how many patients, those without a lesion not counted. 0 for others.
    """

    patients: tuple[str, ...]
    of: Callable[[Array], Array]
    trials: int = 0

    @property
    def values(self) -> Array:
        """Over all patients once, shape (values,)."""
        first: Array = self.of(np.ones((1, len(self.patients))))[0]
        return first


def average(figures: Sequence[Figure]) -> Figure:
    """The mean of a figure over repeated trainings, on the same patients.

    Raises
    ------
    ParameterError
        If there is none, or they are not of the same patients.
    """
    if not figures:
        raise ParameterError("there is nothing to average", remedy="Give at least one figure")
    for other in figures[1:]:
        _same_patients(figures[0], other)

    def of(weights: Array) -> Array:
        mean: Array = np.mean([figure.of(weights) for figure in figures], axis=0)
        return mean

    return Figure(figures[0].patients, of, min(figure.trials for figure in figures))


def bootstrap(
    figure: Figure,
    rng: np.random.Generator,
    *,
    method: Method = "expanded",
    resamples: int = RESAMPLES,
) -> tuple[Interval, ...]:
    """95 % intervals of a figure's values, each by itself (not of all together).

    Parameters
    ----------
    figure : Figure
        What is asked for.
    rng : numpy.random.Generator
        Source of the draws.
    method : {"expanded", "percentile", "bca"}
        Kind of the interval.
    resamples : int
        How often the patients are drawn.

    Returns
    -------
    tuple of Interval
        One a value; without ends where there are fewer than 2 patients, or most draws have no
        value.
    """
    drawn = _drawn([figure], rng, resamples)
    found = _intervals(figure, drawn[0] if drawn else None, method)
    return tuple(
        _share(interval, figure.trials) if _flat(interval) and figure.trials else interval
        for interval in found
    )


def paired_difference(
    one: Figure,
    other: Figure,
    rng: np.random.Generator,
    *,
    method: Method = "expanded",
    resamples: int = RESAMPLES,
) -> tuple[Interval, ...]:
    """`one` less `other`, on the same draws of the same patients; parameters as in `bootstrap`.

    Raises
    ------
    ParameterError
        If the two are not of the same patients.
    """
    _same_patients(one, other)
    drawn = _drawn([one, other], rng, resamples)
    less = Figure(one.patients, lambda weights: one.of(weights) - other.of(weights))
    found = _intervals(less, drawn[0] - drawn[1] if drawn else None, method)
    if not (one.trials and other.trials):
        return found
    return tuple(
        _newcombe(float(a), float(b), one.trials, other.trials) if _flat(interval) else interval
        for interval, a, b in zip(found, one.values, other.values, strict=True)
    )


def _same_patients(one: Figure, other: Figure) -> None:
    if one.patients != other.patients:
        odd = sorted(set(one.patients) ^ set(other.patients))
        raise ParameterError(
            f"the two are not of the same patients ({', '.join(odd[:5])} only in one)",
            remedy="Compare detectors on the same CTs",
        )


def _drawn(figures: Sequence[Figure], rng: np.random.Generator, resamples: int) -> list[Array]:
    """Values of each figure in each draw; nothing where there are too few patients."""
    patients = len(figures[0].patients)
    if patients < _FEWEST:
        return []
    weights = draw_patients(patients, resamples, rng)
    blocks = [weights[first : first + _BLOCK] for first in range(0, resamples, _BLOCK)]
    return [np.concatenate([figure.of(block) for block in blocks]) for figure in figures]


def _intervals(figure: Figure, drawn: Array | None, method: Method) -> tuple[Interval, ...]:
    values = figure.values
    if drawn is None:
        return tuple(Interval(float(value)) for value in values)
    n = len(figure.patients)
    without = figure.of(1 - np.eye(n)) if method == "bca" else None
    found = []
    for column, value in enumerate(values):
        of_draws = drawn[:, column]
        of_draws = of_draws[np.isfinite(of_draws)]
        if len(of_draws) < len(drawn) / 2 or not np.isfinite(value):
            found.append(Interval(float(value)))
            continue
        if method == "bca" and without is not None:
            levels = _bca(float(value), of_draws, without[:, column])
        elif method == "expanded":
            levels = _expanded(n)
        else:
            levels = (1 - LEVEL) / 2, (1 + LEVEL) / 2
        low, high = np.quantile(of_draws, levels)
        found.append(Interval(float(value), float(low), float(high)))
    return tuple(found)


def _expanded(n: int) -> tuple[float, float]:
    """Levels for n patients."""
    t = float(special.stdtrit(n - 1, (1 + LEVEL) / 2))
    outer = float(special.ndtr(-np.sqrt(n / (n - 1)) * t))
    return outer, 1 - outer


def _bca(value: float, drawn: Array, without: Array) -> tuple[float, float]:
    """Levels corrected for bias and skewness; plain ones where the corrections do not exist."""
    plain = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    below = np.mean(drawn < value) + np.mean(drawn == value) / 2
    away = without[np.isfinite(without)]
    away = away.mean() - away if len(away) else away
    spread = float((away**2).sum())
    if not 0 < below < 1 or spread <= 0:
        return plain
    skew = float((away**3).sum()) / (6 * spread**1.5)
    bias = float(special.ndtri(below))
    z = bias + special.ndtri(np.array(plain))
    low, high = special.ndtr(bias + z / (1 - skew * z))
    return float(low), float(high)


def _flat(interval: Interval) -> bool:
    return interval.low is not None and interval.low == interval.high


def _share(interval: Interval, trials: int) -> Interval:
    known = wilson(round(interval.value * trials), trials)
    return Interval(interval.value, known.low, known.high)


def _newcombe(one: float, other: float, trials: int, other_trials: int) -> Interval:
    a, b = _share(Interval(one), trials), _share(Interval(other), other_trials)
    assert a.low is not None and a.high is not None  # noqa: PT018
    assert b.low is not None and b.high is not None  # noqa: PT018
    less = one - other
    low = less - float(np.hypot(one - a.low, b.high - other))
    high = less + float(np.hypot(a.high - one, other - b.low))
    return Interval(less, low, high)
