"""The dial: how attractive a dish is predicted to be from each angle, and from where best.

Predictions of a dish's views differ by what the model knows, and err by what it does not. The
error that matters is that within a dish, since all views share the rest: its deviation is taken
from cross-validation, each dish's mean error taken off. Views are drawn with it, and how often
each comes out best is the chance that it is.

Most of what tells photos apart is what tells dishes apart, and is of no use here. How a view
differs from the dish's other views is therefore learnt as such: from columns and judgements less
their average over the dish. Photos of all views are there before anybody has judged them, so that
this gives away nothing of a dish that is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import patient_numbers
from napari_lesion_synth.perception.regression.crossval import OutOfFold, cross_validated
from napari_lesion_synth.perception.regression.folds import Plan
from napari_lesion_synth.perception.regression.models.protocol import Regressor
from napari_lesion_synth.perception.regression.table import Array, Block, Table
from napari_lesion_synth.perception.scaling.utilities import Z95
from napari_lesion_synth.perception.stimuli.views import View

__all__ = ["Dial", "DialPoint", "make_dial", "views_apart", "within_dish_error"]

_DRAWS = 4000
_ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class DialPoint:
    """One view of a dish.

    Parameters
    ----------
    view : View
        Azimuth (the angle of a polar plot) and elevation (its radius).
    value : float
        Predicted attractiveness.
    low, high : float
        Ends of the 95 % interval, as against the dish's other views.
    chance : float
        That it is the best of them, 0 to 1.
    """

    view: View
    value: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True)
class Dial:
    """The views of a dish, as they were given.

    Parameters
    ----------
    points : tuple of DialPoint
    error : float
        Standard deviation of the predictions' errors within a dish.
    """

    points: tuple[DialPoint, ...]
    error: float

    @property
    def best(self) -> DialPoint:
        """The view predicted best."""
        return max(self.points, key=lambda point: point.value)

    @property
    def candidates(self) -> tuple[DialPoint, ...]:
        """Fewest views that hold the best one with a chance of 95 %, likeliest first."""
        ordered = sorted(self.points, key=lambda point: (-point.chance, -point.value))
        reached = np.cumsum([point.chance for point in ordered])
        n = int(np.searchsorted(reached, _ENOUGH - 1e-12)) + 1
        return tuple(ordered[:n])

    @property
    def sentence(self) -> str:
        """The predicted best view in words."""
        n, of = len(self.candidates), len(self.points)
        best = self.best
        return (
            f"Predicted best: {best.view.name}, {best.value:.2f} "
            f"({best.low:.2f} to {best.high:.2f}), the best with a chance of {best.chance:.0%}; "
            f"{n} of {of} views may be."
        )


def views_apart(
    found: OutOfFold, model: Regressor, table: Table, plan: Plan, *, seed: int = 0
) -> OutOfFold:
    """Predictions whose differences within a dish are learnt as such; levels stay.

    Parameters
    ----------
    found : OutOfFold
        A cross-validation, which says how attractive each dish is on average.
    model : Regressor
        Learns how views differ.
    table : Table
        The rows of `found`, and what is known of them.
    plan : Plan
        Who is tested by whom: dishes that were not learnt from.
    seed : int
        Of what chance decides.

    Returns
    -------
    OutOfFold
        Without prediction intervals.

    Raises
    ------
    ParameterError
        If something has to be learnt for columns: they have no average over a dish.
    """
    blocks = []
    for source in table.inputs:
        if not isinstance(source, Block):
            raise ParameterError(f"the columns '{source.name}' cannot be taken within dishes")
        blocks.append(source.within(table.dishes))
    apart = replace(
        table, target=table.target - _levels(table.target, table.dishes), inputs=tuple(blocks)
    )
    differences = cross_validated(model, apart, plan, seed=seed).predicted
    dishes = found.dishes
    predicted = _levels(found.predicted, dishes) + differences - _levels(differences, dishes)
    nowhere = np.full(len(predicted), np.nan)
    return replace(found, predicted=predicted, half_width=nowhere)


def within_dish_error(found: OutOfFold) -> float:
    """Standard deviation of the errors within dishes, from predictions out of fold.

    Parameters
    ----------
    found : OutOfFold
        Of dishes with several photos each.

    Raises
    ------
    ParameterError
        If no dish has 2 photos.
    """
    off = found.predicted - found.target
    free = len(off) - len(set(found.dishes))
    if free < 1:
        raise ParameterError(
            "no dish has two photos: how a dish's views differ is not known",
            remedy="Use photos of the same dish from several angles",
        )
    return float(np.sqrt(((off - _levels(off, found.dishes)) ** 2).sum() / free))


def make_dial(
    views: Sequence[View], predicted: Array, error: float, rng: np.random.Generator
) -> Dial:
    """The dial of a dish.

    Parameters
    ----------
    views : sequence of View
        The angles.
    predicted : ndarray, shape (n,)
        Attractiveness from each, by a model that has not seen the dish, or has: as `error`.
    error : float
        Standard deviation of errors within a dish, as `within_dish_error` has it.
    rng : numpy.random.Generator
        For the draws.

    Raises
    ------
    ParameterError
        If there are no views, they are not as many as the predictions, or one is there twice.
    """
    if not len(views) or len(views) != len(predicted):
        raise ParameterError("a dial needs a prediction for each of its views")
    if len(set(views)) < len(views):
        raise ParameterError("a view is there twice", remedy="Average the photos of a view")
    drawn = predicted + error * rng.standard_normal((_DRAWS, len(views)))
    if error > 0:
        winners = np.bincount(drawn.argmax(axis=1), minlength=len(views)) / _DRAWS
    else:
        top = predicted == predicted.max()
        winners = top / top.sum()
    reach = Z95 * error
    rows = zip(views, predicted.tolist(), winners.tolist(), strict=True)
    points = tuple(DialPoint(v, p, p - reach, p + reach, w) for v, p, w in rows)
    return Dial(points, error)


def _levels(values: Array, dishes: Sequence[str]) -> Array:
    """Of each row, the average of its dish."""
    number = patient_numbers(dishes)[1]
    return np.asarray((np.bincount(number, values) / np.bincount(number))[number])
