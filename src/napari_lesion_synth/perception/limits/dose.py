"""How a photo's attractiveness changes with the strength of a transform.

One signed curve for each transform, pooled over photos and raters:

    change(m) = arm(category, x) + x * (photo + rater),   x = |m| / reach of the arm

A two-sided transform has two arms, which meet at 0, where there is no change. An arm is a line
plus a cubic smoothing spline (an integrated Wiener process [1]_ on a few knots). Each category has
its own line and spline, drawn towards those of the average category; photos and raters differ in
slope, on each arm by their own. All of these are normal, with variances that are estimated
(see `shrinkage`): categories with few answers lean on the others. The spline's variance has a
floor, since a curve that is drawn too straight is wrong where it bends early, and says that it is
sure.

Answers of one rater go together. The raters' slopes say so in the standard errors, and the
intervals are Student's, with one degree of freedom less than there are raters: however many answers
each of them gives, people are what a study has few of.

Choices between original and changed photo are probit: the chance that the changed one is preferred
is F(change + side), with lapses; the change is in units of a comparison's noise, as utilities are
(Thurstone's case V). Ratings are normal, and the change is on their scale.

References
----------
.. [1] G. Wahba, "Improper priors, spline smoothing and the problem of guarding against model errors
   in regression", J. R. Stat. Soc. B 40, 1978.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.limits.answers import DoseAnswers
from napari_lesion_synth.perception.limits.dose_columns import DoseColumns, spline
from napari_lesion_synth.perception.limits.shrinkage import (
    Choices,
    Measured,
    Shrunk,
    fit_shrunk,
)
from napari_lesion_synth.perception.scaling.links import Link
from napari_lesion_synth.perception.scaling.utilities import Z95

__all__ = ["DoseCurve", "DoseFit", "Unit", "change_of_share", "fit_dose"]

Array = NDArray[np.float64]
Unit = Literal["utility", "rating"]

_FEWEST_RATERS = 2
_LAPSE = 0.02
_RATING_SCALE = 0.15
"""Typical size of changes in ratings, where it is 1 in utilities."""


def change_of_share(share: float) -> float:
    """The change in utility at which a changed photo is preferred in this share of choices."""
    return float(ndtri(share))


@dataclass(frozen=True, eq=False)
class DoseCurve:
    """Change of attractiveness against magnitude.

    Parameters
    ----------
    transform : str
        Name of the transform.
    category : str or None
        Of the photos; None for the average over the study's categories.
    unit : "utility" or "rating"
        Of the change.
    magnitudes : ndarray of float64, shape (k,)
        Rising; 0 is among them.
    mean, deviation : ndarray of float64, shape (k,)
        The change of an average photo for an average rater, and its standard error.
    photos : ndarray of float64, shape (k,)
        Standard deviation of the change between photos.
    freedom : float
        Degrees of freedom of the standard errors: raters less one.
    """

    transform: str
    category: str | None
    unit: Unit
    magnitudes: Array
    mean: Array
    deviation: Array
    photos: Array
    freedom: float = np.inf

    def interval(self, level: float = 0.9) -> tuple[Array, Array]:
        """Lower and upper end of the interval at each magnitude, each of shape (k,)."""
        reach = self._wide(level) * self.deviation
        return self.mean - reach, self.mean + reach

    def at(self, magnitude: float, level: float = 0.9) -> Interval:
        """The change at a magnitude within the curve's, with its interval."""
        value, sure = (
            float(np.interp(magnitude, self.magnitudes, each))
            for each in (self.mean, self.deviation)
        )
        reach = self._wide(level) * sure
        return Interval(value, value - reach, value + reach)

    def _wide(self, level: float) -> float:
        """Half an interval, in standard errors."""
        return float(stdtrit(self.freedom, (1 + level) / 2))

    def photos_within(self, magnitude: float, margin: float) -> float:
        """Share of photos whose own change at a magnitude is within the margin, for certain means.

        The curve is of the average photo; this says for how many it speaks.
        """
        value, apart = (
            float(np.interp(magnitude, self.magnitudes, each)) for each in (self.mean, self.photos)
        )
        if apart == 0:
            return float(abs(value) <= margin)
        return float(ndtr((margin - value) / apart) - ndtr((-margin - value) / apart))


@dataclass(frozen=True, eq=False)
class DoseFit:
    """The curves of a transform.

    Parameters
    ----------
    answers : DoseAnswers
        What it was fitted to.
    unit : "utility" or "rating"
        Of the change.
    side : Interval
        What the left side gains, with its 95 % interval.
    deviations : dict of str to float
        Standard deviations between categories, photos and raters, at the end of an arm.
    notes : tuple of str
        What a reader has to know, as sentences.
    """

    answers: DoseAnswers
    unit: Unit
    side: Interval
    deviations: dict[str, float]
    notes: tuple[str, ...]
    _columns: DoseColumns
    _fit: Shrunk

    @property
    def reaches(self) -> tuple[float, ...]:
        """The strongest magnitude of each arm that was asked."""
        return self._columns.reaches

    def curve(self, category: str | None = None, points: int = 401) -> DoseCurve:
        """The curve of a category, or of the average category.

        Parameters
        ----------
        category : str, optional
            One of the study's. Default: the average over them.
        points : int
            Magnitudes, from end to end and with 0 among them.

        Raises
        ------
        ParameterError
            If the study has no such category.
        """
        names = self._columns.categories
        if category is not None and category not in names:
            raise ParameterError(
                f"{self.answers.transform} was not measured on photos of {category!r}",
                remedy=f"Choose one of: {', '.join(names)}",
            )
        chosen = [category] if category is not None else list(names)
        shares = np.array([float(name in chosen) / len(chosen) for name in names])
        return self._curve(category, shares, points, other=False)

    def curve_elsewhere(self, points: int = 401) -> DoseCurve:
        """The curve of a category that was not in the study: as wide as categories differ.

        Raises
        ------
        ParameterError
            If the study has one category only, which says nothing about others.
        """
        names = self._columns.categories
        if len(names) < 2:
            raise ParameterError(
                "one category says nothing about others", remedy="Measure more categories"
            )
        return self._curve("*", np.zeros(len(names)), points, other=True)

    def _curve(self, category: str | None, shares: Array, points: int, *, other: bool) -> DoseCurve:
        columns, fit = self._columns, self._fit
        magnitudes = _grid(columns.reaches, points)
        design = columns.curve(magnitudes, np.tile(shares, (len(magnitudes), 1)))
        variance = np.einsum("kq,qr,kr->k", design, fit.covariance, design)
        _, x = columns.arm(magnitudes)
        if other:
            line, bend = (fit.deviations[f"category {name}"] for name in ("line", "bend"))
            variance += (line * x) ** 2 + ((bend * spline(x)) ** 2).sum(axis=1)
        return DoseCurve(
            self.answers.transform,
            category,
            self.unit,
            magnitudes,
            design @ fit.mean,
            np.sqrt(np.maximum(variance, 0)),
            fit.deviations["photo"] * x,
            len(self.answers.raters) - 1.0,
        )


def fit_dose(answers: DoseAnswers, lapse: float = _LAPSE) -> DoseFit:
    """Fit the curves of a transform.

    Parameters
    ----------
    answers : DoseAnswers
        About this transform. Answers at magnitude 0 say nothing of the curve, and tell the side
        bias.
    lapse : float
        Share of choices that are made without looking; not used for ratings.

    Raises
    ------
    ParameterError
        If there is no answer about a changed photo, or there are fewer than 2 raters.
    """
    strongest = answers.magnitude.min(initial=0), answers.magnitude.max(initial=0)
    reaches = tuple(float(magnitude) for magnitude in strongest if magnitude != 0)
    if not reaches:
        raise ParameterError(
            "there is no answer about a changed photo", remedy="Ask for comparisons with originals"
        )
    if len(answers.raters) < _FEWEST_RATERS:
        raise ParameterError(
            "one rater says nothing about people", remedy="Ask at least 2, better 12"
        )
    choices = answers.kind == "choice"
    scale = 1.0 if choices else _RATING_SCALE
    columns = DoseColumns(
        reaches, answers.category_names, len(answers.photos), len(answers.raters), scale
    )
    likelihood = (
        Choices(Link("thurstone", lapse), answers.value)
        if choices
        else Measured(answers.value, max(float(answers.value.var()), scale**2 / 100))
    )
    fit = fit_shrunk(columns.whole(answers), columns.groups, likelihood)
    place = columns.where("side").start
    side, sure = float(fit.mean[place]), Z95 * float(np.sqrt(fit.covariance[place, place]))
    return DoseFit(
        answers,
        "utility" if choices else "rating",
        Interval(side, side - sure, side + sure),
        {name: each for name, each in fit.deviations.items() if name not in ("line", "side")},
        _notes(answers, fit),
        columns,
        fit,
    )


def _notes(answers: DoseAnswers, fit: Shrunk) -> tuple[str, ...]:
    notes = []
    if (answers.value == 0.5).any() and answers.kind == "choice":
        notes.append("A tie counts as half a choice for each.")
    if len(answers.raters) < 5 or len(answers.photos) < 5:
        notes.append("With fewer than 5 raters or photos, how they differ is mostly assumed.")
    if not fit.settled:
        notes.append("The variances did not come to rest; the intervals are approximate.")
    return tuple(notes)


def _grid(reaches: Sequence[float], points: int) -> Array:
    low, high = min(*reaches, 0.0), max(*reaches, 0.0)
    if low == 0 or high == 0:
        return np.linspace(low, high, points)
    below = max(round(points * -low / (high - low)), 2)
    below = min(below, points - 2)
    return np.concatenate(
        [np.linspace(low, 0, below, endpoint=False), np.linspace(0, high, points - below)]
    )
