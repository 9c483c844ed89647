"""Cross-validation in which all that is chosen is chosen on the training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, patient_numbers
from napari_lesion_synth.perception.regression.conformal import half_width
from napari_lesion_synth.perception.regression.differences import (
    FEW_DISHES,
    any_figure,
    mean_interval,
    paired_difference,
)
from napari_lesion_synth.perception.regression.folds import Plan
from napari_lesion_synth.perception.regression.models.protocol import Regressor, Training
from napari_lesion_synth.perception.regression.scores import pairwise_accuracy, scores, spearman
from napari_lesion_synth.perception.regression.table import Array, Ints, Table

__all__ = ["LEVEL", "OutOfFold", "Summary", "compared", "cross_validated", "summary"]

LEVEL = 0.9
"""Share of the photos that prediction intervals are meant to hold."""

_FEWEST_CLUSTERS = 3


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Predictions of rows by models that have seen nothing of their group.

    Parameters
    ----------
    model : str
        What predicted.
    rows : ndarray of int, shape (m,)
        Which rows of the table; each once, ascending.
    predicted, target : ndarray of float64, shape (m,)
    half_width : ndarray of float64, shape (m,)
        Of the prediction intervals; NaN where they were not asked for.
    items, dishes, clusters : tuple of str
        Of the rows; clusters are what is drawn again for intervals: dishes, or photos where
        there are fewer than 3 dishes.
    chosen : tuple of str
        What the model of each fold chose.
    """

    model: str
    rows: Ints
    predicted: Array
    target: Array
    half_width: Array
    items: tuple[str, ...]
    dishes: tuple[str, ...]
    clusters: tuple[str, ...]
    chosen: tuple[str, ...] = ()

    @property
    def errors(self) -> Array:
        """Absolute errors."""
        return np.abs(self.predicted - self.target)


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures with 95 % intervals, dishes drawn again.

    Parameters
    ----------
    mae, rmse, spearman, pairwise, pairwise_within : Interval
        As in `Scores`.
    coverage : Interval or None
        Share of the rows within their prediction intervals, meant to be `LEVEL`.
    width : float or None
        Mean width of the prediction intervals.
    note : str
        What the intervals rest on.
    """

    mae: Interval
    rmse: Interval
    spearman: Interval
    pairwise: Interval
    pairwise_within: Interval
    coverage: Interval | None
    width: float | None
    note: str


def cross_validated(
    model: Regressor, table: Table, plan: Plan, *, seed: int = 0, intervals: bool = False
) -> OutOfFold:
    """Predict every judged row by a model that has learnt from the others.

    Parameters
    ----------
    model : Regressor
        Tunes itself within the training rows of each fold.
    table : Table
        The rows, and what is known of them.
    plan : Plan
        Who is tested by whom.
    seed : int
        Of what chance decides.
    intervals : bool
        Make prediction intervals too; it takes twice as long.

    Raises
    ------
    ParameterError
        If the table has no inputs.
    """
    if not table.inputs:
        raise ParameterError("nothing is known of the photos to predict from")
    predicted = np.full(len(table), np.nan)
    widths = np.full(len(table), np.nan)
    chosen = []
    for number, fold in enumerate(plan.folds):
        blocks = [source.values(fold.train) for source in table.inputs]
        data = Training(
            tuple(block[fold.train] for block in blocks),
            table.target[fold.train],
            plan.groups[fold.train],
            table.judged[fold.train],
            seed + number,
        )
        fitted = model.fit(data)
        predicted[fold.test] = fitted.predict([block[fold.test] for block in blocks])
        chosen.append(fitted.chosen)
        if intervals:
            widths[fold.test] = half_width(model, data, LEVEL)
    rows = np.flatnonzero(np.isfinite(predicted))
    items = tuple(table.items[k] for k in rows)
    dishes = tuple(table.dishes[k] for k in rows)
    clusters = dishes if len(set(dishes)) >= _FEWEST_CLUSTERS else items
    return OutOfFold(
        model.name,
        rows,
        predicted[rows],
        table.target[rows],
        widths[rows],
        items,
        dishes,
        clusters,
        tuple(chosen),
    )


def summary(found: OutOfFold, rng: np.random.Generator) -> Summary:
    """The figures of a cross-validation, with intervals.

    Parameters
    ----------
    found : OutOfFold
        Its predictions.
    rng : numpy.random.Generator
        Draws dishes again.
    """
    p, y, clusters = found.predicted, found.target, found.clusters
    dishes = patient_numbers(found.dishes)[1]
    once = scores(p, y, dishes)
    covered, width = None, None
    if np.isfinite(found.half_width).any():
        covered = mean_interval(
            (found.errors <= found.half_width).astype(np.float64), clusters, rng
        )
        width = float(2 * found.half_width.mean())
    return Summary(
        mae=mean_interval(found.errors, clusters, rng),
        rmse=any_figure(lambda r: float(np.sqrt(((p - y)[r] ** 2).mean())), clusters, rng),
        spearman=any_figure(lambda r: spearman(p[r], y[r]), clusters, rng),
        pairwise=any_figure(lambda r: pairwise_accuracy(p[r], y[r]), clusters, rng),
        pairwise_within=_within(found, once.pairwise_within, rng),
        coverage=covered,
        width=width,
        note=_note(found),
    )


def compared(one: OutOfFold, other: OutOfFold, rng: np.random.Generator) -> Interval:
    """Mean absolute error of `one` less that of `other`: below 0, `one` is better.

    Parameters
    ----------
    one, other : OutOfFold
        Of the same rows.
    rng : numpy.random.Generator
        Draws dishes again.

    Raises
    ------
    ParameterError
        If the rows are not the same.
    """
    same = np.array_equal(one.rows, other.rows) and np.array_equal(one.target, other.target)
    if not same:
        raise ParameterError("models are compared on the same photos")
    return paired_difference(one.errors, other.errors, one.clusters, rng)


def _within(found: OutOfFold, value: float, rng: np.random.Generator) -> Interval:
    """Pairs within dishes: a mean over dishes, weighted by their pairs."""
    names, number = patient_numbers(found.dishes)
    if found.clusters is not found.dishes or not np.isfinite(value):
        return Interval(value)
    right, pairs = np.zeros(len(names)), np.zeros(len(names))
    for k in range(len(names)):
        y, p = found.target[number == k], found.predicted[number == k]
        pairs[k] = np.triu(y[:, None] != y[None, :], 1).sum()
        right[k] = pairs[k] * pairwise_accuracy(p, y) if pairs[k] else 0.0
    return any_figure(lambda rows: float(right[rows].sum() / max(pairs[rows].sum(), 1)), names, rng)


def _note(found: OutOfFold) -> str:
    n = len(set(found.clusters))
    if found.clusters is not found.dishes:
        return f"Intervals: {n} photos drawn again, all of a kind that was learnt from."
    rough = ", few of them: the intervals are rough" if n < FEW_DISHES else ""
    return f"Intervals: {n} dishes drawn again with all their photos{rough}."
