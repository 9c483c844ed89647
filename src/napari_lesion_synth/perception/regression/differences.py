"""Intervals of figures and of their differences, from whole dishes drawn again.

Photos of one dish are alike, and so are the errors on them: dishes are drawn, with all their
photos. With few dishes the plain percentile interval is too narrow; here its ends are moved
outwards as Student's t would have it [1]_.

References
----------
.. [1] T. C. Hesterberg, "What teachers should know about the bootstrap", The American Statistician
   69, 2015: the expanded percentile interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, draw_patients, patient_numbers
from napari_lesion_synth.perception.regression.table import Array, Ints

__all__ = ["FEW_DISHES", "RESAMPLES", "any_figure", "mean_interval", "paired_difference"]

RESAMPLES = 2000
FEW_DISHES = 20
"""Below it, an interval is a rough one whatever is done; results say so."""

_LEAST_DISHES = 3


def mean_interval(values: Array, dishes: Sequence[str], rng: np.random.Generator) -> Interval:
    """The mean of a column, such as absolute errors.

    Parameters
    ----------
    values : ndarray, shape (n,)
    dishes : sequence of str
        The dish of each.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Interval
        Without ends where there are fewer than 3 dishes.

    Raises
    ------
    ParameterError
        If there is nothing to average.
    """
    if not len(values):
        raise ParameterError("nothing was predicted")
    names, number = patient_numbers(dishes)
    mean = float(values.mean())
    if len(names) < _LEAST_DISHES:
        return Interval(mean)
    drawn = draw_patients(len(names), RESAMPLES, rng)
    sums, counts = np.bincount(number, values), np.bincount(number)
    return _interval(mean, (drawn @ sums) / (drawn @ counts), len(names))


def paired_difference(
    one: Array, other: Array, dishes: Sequence[str], rng: np.random.Generator
) -> Interval:
    """Mean of `one` less mean of `other`, of the same rows; for errors, below 0: `one` is better.

    Parameters
    ----------
    one, other : ndarray, shape (n,)
        Absolute errors of two models on the same rows.
    dishes : sequence of str
        The dish of each row.
    rng : numpy.random.Generator
        Source of randomness.
    """
    return mean_interval(one - other, dishes, rng)


def any_figure(
    figure: Callable[[Ints], float],
    dishes: Sequence[str],
    rng: np.random.Generator,
    resamples: int = 400,
) -> Interval:
    """A figure that is no mean, such as a rank correlation.

    Parameters
    ----------
    figure : callable
        From the numbers of rows, which may repeat, to the figure; NaN where it does not exist.
    dishes : sequence of str
        The dish of each row.
    rng : numpy.random.Generator
        Source of randomness.
    resamples : int
        How often dishes are drawn.
    """
    names, number = patient_numbers(dishes)
    value = figure(np.arange(len(number)))
    if len(names) < _LEAST_DISHES:
        return Interval(value)
    members = [np.flatnonzero(number == k) for k in range(len(names))]
    found = []
    for counts in draw_patients(len(names), resamples, rng).astype(np.int64):
        rows = np.concatenate([np.tile(members[k], n) for k, n in enumerate(counts) if n])
        found.append(figure(rows))
    drawn = np.array(found)
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < resamples / 2:
        return Interval(value)
    return _interval(value, drawn, len(names))


def _interval(value: float, drawn: Array, clusters: int) -> Interval:
    from scipy.special import ndtr, stdtrit

    # Wider by Student's t instead of the normal, and by n / (n - 1), which resampling leaves out.
    reach = stdtrit(clusters - 1, 0.975) * np.sqrt(clusters / (clusters - 1))
    tail = float(ndtr(-reach))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(value, float(low), float(high))
