"""The model of a study that mixes pairs and ratings: from all answers to one posterior."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from napari_lesion_synth.perception.choice.model import StudyModel, fingerprint, last_learning
from napari_lesion_synth.perception.choice.shared import (
    RatingScale,
    fitted_scale,
    shared_posterior,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["FIRST_RATINGS", "SharedModel", "SharedState"]

_SLOPE = 0.15
"""Of a rating by the utility, before ratings have told."""

FIRST_RATINGS = 8
"""Ratings that the scale is learnt from first."""


@dataclass(frozen=True, eq=False)
class SharedState:
    """What is known after some answers.

    Parameters
    ----------
    posterior : Posterior
        Utilities after pairs and ratings.
    noise : float
        Standard deviation of a rating, in units of utility.
    left_over : float
        Variance of utilities that image features leave over, a priori.
    """

    posterior: Posterior
    noise: float
    left_over: float


@dataclass(eq=False)
class SharedModel:
    """Features and settings of a study whose pairs and ratings share a posterior.

    Parameters
    ----------
    study : StudyModel
        Prior and model of the pairs. The prior is learnt from pairs alone.
    noise : float
        Of a rating in units of utility, as expected before ratings have told.
    """

    study: StudyModel = field(default_factory=StudyModel)
    noise: float = 1.0
    _known: dict[bytes, RatingScale] = field(default_factory=dict, init=False, repr=False)

    def after(self, comparisons: Comparisons, ratings: Ratings) -> SharedState:
        """What is known after these answers."""
        learnt = self.study.learnt(comparisons)
        scale = self._scale(comparisons, ratings)
        found = shared_posterior(learnt.prior, comparisons, ratings, self.study.scaling, scale)
        left_over = learnt.spread**2 * (1 - learnt.share)
        return SharedState(found.posterior, scale.noise / scale.slope, left_over)

    def _scale(self, comparisons: Comparisons, ratings: Ratings) -> RatingScale:
        """Slope and noise that count after these answers; learnt once for each state."""
        rated = ratings.only(slice(last_learning(len(ratings), FIRST_RATINGS)))
        if not len(rated):
            return RatingScale(_SLOPE, _SLOPE * self.noise)
        compared = comparisons.only(slice(last_learning(len(comparisons))))
        key = _fingerprint(compared, rated)
        if key not in self._known:
            # The states before stay, for a next trial that is prepared for several answers.
            while len(self._known) > 2:
                del self._known[next(iter(self._known))]
            prior = self.study.learnt(compared).prior
            self._known[key] = fitted_scale(prior, compared, rated, self.study.scaling)
        return self._known[key]


def _fingerprint(comparisons: Comparisons, ratings: Ratings) -> bytes:
    digest = blake2b(fingerprint(comparisons), digest_size=16)
    for column in (ratings.item, ratings.value, ratings.rater):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.digest()
