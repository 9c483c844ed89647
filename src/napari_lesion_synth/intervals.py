"""Confidence intervals of shares, and of figures over patients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "draw_patients", "over_patients", "patient_numbers", "wilson"]

RESAMPLES = 1000
_Z = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""

_FEWEST_PATIENTS = 2


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % confidence interval.

    Parameters
    ----------
    value : float
        The figure.
    low, high : float or None
        Ends of the interval; None where too few patients were there for one.
    """

    value: float
    low: float | None = None
    high: float | None = None


def wilson(successes: int, n: int) -> Interval:
    """Wilson's 95 % interval of a share.

    In closed form: SciPy's takes its module of statistics to be loaded, longer than a window
    may wait.

    Parameters
    ----------
    successes, n : int
        At least one trial.

    References
    ----------
    .. [1] E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
       J. Am. Stat. Assoc. 22, 1927.
    """
    share, spread = successes / n, _Z**2 / n
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z / (1 + spread) * float(np.sqrt(share * (1 - share) / n + spread / (4 * n)))
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def patient_numbers(patients: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct patients, sorted, and the number of each item's patient among them."""
    names = sorted(set(patients))
    number = {name: index for index, name in enumerate(names)}
    return names, np.array([number[name] for name in patients], np.int64)


def draw_patients(patients: int, resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How often each patient is drawn, with replacement, in each resample.

    Returns
    -------
    ndarray of float64, shape (resamples, patients)
    """
    shares = np.full(patients, 1 / patients)
    return rng.multinomial(patients, shares, size=resamples).astype(np.float64)


def over_patients(
    value: float,
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    patients: int,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Interval:
    """Percentile bootstrap in which whole patients are drawn, with all their lesions.

    Parameters
    ----------
    value : float
        The figure itself.
    statistic : callable
        From weights, shape (resamples, patients), how often each patient was drawn, to the
        figure of each resample; NaN where it does not exist.
    patients : int
        How many there are.
    rng : numpy.random.Generator
        Source of randomness.
    resamples : int
        How many times patients are drawn.

    Returns
    -------
    Interval
        Without ends where there are fewer than 2 patients, or most resamples have no figure.
    """
    if patients < _FEWEST_PATIENTS:
        return Interval(value)
    found = statistic(draw_patients(patients, resamples, rng))
    found = found[np.isfinite(found)]
    if len(found) < resamples / 2:
        return Interval(value)
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(value, float(low), float(high))
