"""The study's model: from the answers so far to the posterior that choices are made by.

The prior's constants are learnt again after 25 answers, and then whenever there are half as many
more. In between they stay, so that the posterior follows from the answers alone: a study that was
killed comes to the same next trial.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from napari_lesion_synth.perception.choice.feature_prior import (
    FeaturePriorSettings,
    Features,
    LearntPrior,
    learn_prior,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior, fit_utilities

__all__ = ["PosteriorModel", "StudyModel", "fingerprint", "last_learning"]

_FIRST, _GROWTH = 25, 1.5


def fingerprint(comparisons: Comparisons) -> bytes:
    """Equal for the same answers in the same order."""
    columns = (comparisons.first, comparisons.second, comparisons.outcome, comparisons.first_left)
    digest = blake2b(repr(comparisons.items).encode(), digest_size=16)
    for column in columns:
        digest.update(column.tobytes())
    return digest.digest()


class PosteriorModel(Protocol):
    """From answers to the posterior that choices are made by; `StudyModel` is one."""

    def posterior(self, comparisons: Comparisons) -> Posterior:
        """Utilities after these answers."""
        ...


@dataclass(eq=False)
class StudyModel:
    """Features and settings of a study, as a `PosteriorModel`.

    Parameters
    ----------
    scaling : ScalingSettings
        Model of the answers.
    prior : FeaturePriorSettings
        What is learnt of the prior.
    features : Features, optional
        Image features of the photos, in the order of the comparisons' items.
    """

    scaling: ScalingSettings = field(default_factory=ScalingSettings)
    prior: FeaturePriorSettings = field(default_factory=FeaturePriorSettings)
    features: Features | None = None
    _known: dict[bytes, LearntPrior] = field(default_factory=dict, init=False, repr=False)

    def learnt(self, comparisons: Comparisons) -> LearntPrior:
        """The prior that counts after these answers; learnt once for each state."""
        past = comparisons.only(slice(last_learning(len(comparisons))))
        key = fingerprint(past)
        if key not in self._known:
            # The state before stays, for a next trial that is prepared for several answers.
            while len(self._known) > 1:
                del self._known[next(iter(self._known))]
            self._known[key] = learn_prior(past, self.features, self.prior, self.scaling)
        return self._known[key]

    def posterior(self, comparisons: Comparisons) -> Posterior:
        """Utilities after these answers."""
        return fit_utilities(comparisons, self.learnt(comparisons).prior, self.scaling)


def last_learning(answers: int, first: int = _FIRST) -> int:
    """How many answers the constants are learnt from; before `first` of them, none."""
    last, due = 0, first
    while due <= answers:
        last, due = due, int(_GROWTH * due)
    return last
