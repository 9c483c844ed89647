"""From the answers of a group to attractiveness from 0 to 1, with intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.study_agreement import (
    RaterRow,
    pair_figures,
    rater_rows,
    rating_figures,
)
from napari_lesion_synth.jobs.study_answers import (
    Group,
    best_worst_of,
    comparisons_of,
    ratings_of,
)
from napari_lesion_synth.jobs.study_shared import shared_answers
from napari_lesion_synth.perception.choice.feature_prior import Features
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.scaling.best_worst import fit_best_worst
from napari_lesion_synth.perception.scaling.comparisons import Ratings
from napari_lesion_synth.perception.scaling.raters import fit_raters
from napari_lesion_synth.perception.scaling.ratings import mean_ratings
from napari_lesion_synth.perception.scaling.scale01 import (
    Anchors,
    Attractiveness,
    attractiveness,
)
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior, Prior
from napari_lesion_synth.wording import counted

__all__ = ["ScaleSettings", "Scaled", "scale_group"]

Array = NDArray[np.float64]

_DRAWS, _ENOUGH = 4000, 0.95
_APART = "Pairs by themselves, and ratings by themselves, are groups of their own."
_RATED = "0 and 1: the ends of the rating scale."


class ScaleSettings(BaseModel):
    """How answers become values; recorded with them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scaling: ScalingSettings = Field(ScalingSettings(), description="model of the answers")
    anchors: Anchors = Field(Anchors(), description="what 0 and 1 stand for")
    features: bool = Field(
        False,
        title="Prior from features",
        description="Let photos that look alike have alike values. Not for labels that a "
        "regression is to learn or be judged by.",
    )
    pooled: bool = Field(
        False,
        title="Pool",
        description="Take viewing modes and sources of gaze together, which the result says.",
    )
    seed: int = Field(0, ge=0, title="Seed", description="Of the draws that make intervals.")


@dataclass(frozen=True, eq=False)
class Scaled:
    """A group's photos on a scale from 0 to 1.

    Parameters
    ----------
    group : Group
        The answers.
    values : Attractiveness
        With intervals.
    posterior : Posterior or None
        Of the utilities; None for ratings, which are on a scale of their own.
    compared : ndarray of int, shape (k,)
        Answers about each photo.
    figures : tuple of Figure
        Agreement.
    raters : tuple of RaterRow
        Each rater beside the others.
    best : tuple of str
        Fewest photos that hold the best one with a chance of 95 %, likeliest first.
    rating_noise : float or None
        Standard deviation of a rating in units of utility, where ratings took part in these.
    """

    group: Group
    values: Attractiveness
    posterior: Posterior | None
    compared: NDArray[np.int64]
    figures: tuple[Figure, ...]
    raters: tuple[RaterRow, ...]
    best: tuple[str, ...]
    rating_noise: float | None = None

    @cached_property
    def order(self) -> list[int]:
        """Numbers of the photos, the most attractive first."""
        return [int(k) for k in np.argsort(-self.values.value, kind="stable")]


def scale_group(group: Group, settings: ScaleSettings, features: Array | None = None) -> Scaled:
    """Scale a group.

    Parameters
    ----------
    group : Group
        Answers that belong together.
    settings : ScaleSettings
        How.
    features : ndarray, shape (k, p), optional
        Image features of the group's photos.

    Raises
    ------
    ParameterError
        If there are too few photos or answers, or the anchors are not among them.
    """
    rng = np.random.default_rng([settings.seed, 0x5CA1])
    if group.way.kind in ("vas", "likert"):
        return _rated(group, settings, rng)
    if group.way.kind == "mixed":
        return _mixed(group, settings, features)
    if group.way.kind == "best_worst":
        answers = best_worst_of(group.first, group.items, group.raters)
        shown = np.bincount(answers.shown.ravel(), minlength=len(group.items))
        return _compared(group, fit_best_worst(answers), shown, (), settings)
    comparisons = comparisons_of(group.first, group.items, group.raters)
    model = StudyModel(
        settings.scaling, features=None if features is None else Features.of(features)
    )
    posterior = model.posterior(comparisons)
    figures = pair_figures(group, posterior, settings.scaling, rng)
    return _compared(
        group, posterior, comparisons.shown, figures, settings, model.learnt(comparisons).prior
    )


def _compared(
    group: Group,
    posterior: Posterior,
    shown: NDArray[np.int64],
    figures: list[Figure] | tuple[Figure, ...],
    settings: ScaleSettings,
    prior: Prior | None = None,
) -> Scaled:
    rng = np.random.default_rng([settings.seed, 0x01])
    values = attractiveness(posterior, rng, settings.anchors)
    drawn = posterior.draws(_DRAWS, rng)
    raters = rater_rows(group, prior, settings.scaling)
    return Scaled(
        group, values, posterior, shown, tuple(figures), raters, _best(group.items, drawn)
    )


def _mixed(group: Group, settings: ScaleSettings, features: Array | None) -> Scaled:
    """Pairs and ratings together; how they agree, their own groups tell."""
    found = shared_answers(group, settings.scaling, features)
    scaled = _compared(group, found.posterior, found.shown, (), settings)
    values = replace(scaled.values, notes=(found.note, _APART, *scaled.values.notes))
    return replace(scaled, values=values, rating_noise=found.noise)


def _rated(group: Group, settings: ScaleSettings, rng: np.random.Generator) -> Scaled:
    """Ratings have a scale of their own, and stay on it."""
    ratings = ratings_of(group.first, group.items, group.raters)
    if settings.anchors.rule == "reference":
        raise ParameterError(
            "ratings are on the scale that raters saw, and have no other anchors",
            remedy="Leave the anchors out",
        )
    shown = np.bincount(ratings.item, minlength=len(group.items)).astype(np.int64)
    intervals, drawn, notes = _estimated(ratings, rng)
    if unseen := int((shown == 0).sum()):
        notes += (f"{counted(unseen, 'photo')} not rated: the value is that of the average photo.",)
    ends = np.array([_ends(each) for each in intervals])
    value = np.where(np.isfinite(ends[:, 0]), ends[:, 0], np.nanmean(ends[:, 0]))
    values = Attractiveness(
        group.items, value, ends[:, 1], ends[:, 2], _RATED, 1.0, float(value.mean()), notes
    )
    figures = tuple(rating_figures(group, rng))
    raters = rater_rows(group, None, settings.scaling)
    return Scaled(group, values, None, shown, figures, raters, _best(group.items, drawn))


def _estimated(
    ratings: Ratings, rng: np.random.Generator
) -> tuple[tuple[Interval, ...], Array, tuple[str, ...]]:
    """Values with intervals, draws of them, and what a reader has to know."""
    try:
        fitted = fit_raters(ratings)
    except ParameterError as error:
        means = mean_ratings(ratings)
        drawn = np.nan_to_num(means.mean, nan=-1.0)[None, :]
        return means.value, drawn, (f"Plain means: {error.what}.",)
    drawn = rng.multivariate_normal(fitted.mean, fitted.covariance, _DRAWS, method="eigh")
    return fitted.intervals, drawn, ("Raters' biases and inconsistencies are taken out.",)


def _ends(interval: Interval) -> tuple[float, float, float]:
    """Value and ends; the whole scale where there are none."""
    low = 0.0 if interval.low is None else interval.low
    high = 1.0 if interval.high is None else interval.high
    return interval.value, low, high


def _best(items: tuple[str, ...], drawn: Array) -> tuple[str, ...]:
    chance = np.bincount(drawn.argmax(axis=1), minlength=len(items)) / len(drawn)
    order = np.argsort(-chance, kind="stable")
    n = int(np.searchsorted(np.cumsum(chance[order]), _ENOUGH - 1e-12)) + 1
    return tuple(items[k] for k in order[:n])
