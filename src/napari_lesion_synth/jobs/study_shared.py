"""Pairs and ratings of a mixed study on one posterior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.jobs.study_answers import Group, comparisons_of, ratings_of
from napari_lesion_synth.perception.choice.feature_prior import Features
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.shared import RatingScale, shared_posterior
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["SharedAnswers", "agreement_of", "shared_answers"]

_SAY = "ratings and the prior say"


@dataclass(frozen=True, eq=False)
class SharedAnswers:
    """What pairs and ratings of a group tell together.

    Parameters
    ----------
    posterior : Posterior
        Of the utilities.
    scale : RatingScale
        How ratings follow utilities.
    pairs, ratings : int
        How many there are of each.
    shown : ndarray of int64, shape (k,)
        Answers about each photo.
    """

    posterior: Posterior
    scale: RatingScale
    pairs: int
    ratings: int
    shown: NDArray[np.int64]

    @property
    def noise(self) -> float:
        """Standard deviation of a rating in units of utility."""
        return self.scale.noise / self.scale.slope

    @property
    def note(self) -> str:
        """What a reader has to know."""
        return (
            f"One posterior took in {self.pairs} pairs and {self.ratings} ratings on a line. A "
            "rating is taken as intercept + slope x utility + the rater's bias + noise; slope "
            f"{self.scale.slope:.3f} and noise {self.scale.noise:.3f} were estimated with the "
            "values, so that a rating tells a utility with a standard deviation of "
            f"{self.noise:.2f}."
        )


def agreement_of(groups: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Figures of agreement as JSON types: those of the first group.

    Where pairs and ratings share a posterior, agreement is told of each by itself, and the figures
    say of which.

    Parameters
    ----------
    groups : sequence of mapping
        Results of the scaling, of at least one group.
    """
    if groups[0]["kind"] != "mixed":
        yield from groups[0]["figures"]
        return
    for kind, name in (("pair", "pairs"), ("vas", "ratings")):
        group = next((each for each in groups if each["kind"] == kind), None)
        for figure in group["figures"] if group is not None else ():
            yield {**figure, "name": f"{name}: {figure['name']}"}


def shared_answers(
    group: Group, scaling: ScalingSettings, features: NDArray[np.float64] | None = None
) -> SharedAnswers:
    """One posterior of a group's pairs and ratings; hidden repeats take no part.

    Parameters
    ----------
    group : Group
        With pairs and ratings.
    scaling : ScalingSettings
        Model of the pairs.
    features : ndarray, shape (k, p), optional
        Image features of the group's photos.
    """
    comparisons = comparisons_of(group.first, group.items, group.raters)
    ratings = ratings_of(group.first, group.items, group.raters)
    model = StudyModel(scaling, features=None if features is None else Features.of(features))
    found = shared_posterior(model.learnt(comparisons).prior, comparisons, ratings, scaling)
    assert found.scale is not None  # there are ratings
    told = (note.replace("the prior says", _SAY) for note in found.posterior.notes)
    posterior = replace(found.posterior, notes=tuple(told))
    shown = comparisons.shown + np.bincount(ratings.item, minlength=len(group.items))
    return SharedAnswers(posterior, found.scale, len(comparisons), len(ratings), shown)
