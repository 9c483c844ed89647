"""The next question of any kind: a pair, a rating, or looking alone, by bits a second.

One posterior takes in both kinds of answers (`shared`), and every kind of question is weighed by
what it is expected to tell of the utilities for each second that it costs (`actions`). The order
is that of pairs alone (`chooser`):

1. Photos that no pair connects are joined by pairs, so that the pairs say something by themselves.
   Then ratings are joined to the pairs by the first few of them, of photos at random: how much a
   rating tells, only ratings can say, and where it is expected to be little, none would come.
2. A share of trials is drawn at random, from both kinds.
3. Else the action with the highest rate. Photos rest, none is shown much more often than others,
   and sides are balanced, as there; trials that show a photo alone count as showings.

The prior is learnt again after 25 pairs, the rating scale after 8 ratings, and then whenever there
are half as many more. In between they stay, so that the next question follows from the answers
alone.

A mark on a line may be anywhere, so that nothing could be computed ahead for each answer. How much
a rating tells does not depend on where the mark is: the rating that was given last is taken as
given, and its value is read one trial later (`MixedState.unread`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.actions import (
    Action,
    ActionSettings,
    Judged,
    Possible,
    weigh_actions,
)
from napari_lesion_synth.perception.choice.chooser import By
from napari_lesion_synth.perception.choice.guards import (
    ChoiceState,
    allowed_pairs,
    allowed_photos,
    joining,
    sided,
)
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.choice.shared_model import FIRST_RATINGS, SharedModel
from napari_lesion_synth.perception.choice.stopping import Progress, progress
from napari_lesion_synth.perception.scaling.comparisons import Ratings
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["MixedChoice", "MixedChooser", "MixedState", "Question"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Question = Literal["pair", "rating", "view"]


@dataclass(frozen=True, eq=False)
class MixedState:
    """What the choice depends on.

    Parameters
    ----------
    pairs : ChoiceState
        Comparisons, and what was shown. Its `alone` is counted here.
    ratings : Ratings
        All ratings so far that count, of the same photos; without the unread one.
    viewers : ndarray of int64, shape (k,)
        Participants whose gaze on each photo was recorded.
    viewed : frozenset of int
        Photos on which there is this participant's gaze: looking again makes no viewer more.
    unread : int or None
        Photo of this participant's last rating, where that was the last question.
    """

    pairs: ChoiceState
    ratings: Ratings
    viewers: Ints
    viewed: frozenset[int] = frozenset()
    unread: int | None = None

    @property
    def rated(self) -> Ints:
        """How often each photo was rated, the unread rating among them, shape (k,)."""
        rated = np.bincount(self.ratings.item, minlength=len(self.ratings.items))
        if self.unread is not None:
            rated[self.unread] += 1
        return rated.astype(np.int64)

    @property
    def answers(self) -> int:
        """Pairs and ratings."""
        return len(self.pairs.comparisons) + int(self.rated.sum())


@dataclass(frozen=True, slots=True)
class MixedChoice:
    """A question to ask.

    Parameters
    ----------
    kind : "pair", "rating" or "view"
        What is asked.
    photos : tuple of int
        From left to right, as numbers among the comparisons' items.
    chosen_by : "connect", "random" or "gain"
        Why.
    action : Action or None
        What it is expected to tell and to cost, where that was why.
    rates : mapping of str to float
        Bits a second of the best action of each kind, where that was why.
    """

    kind: Question
    photos: tuple[int, ...]
    chosen_by: By
    action: Action | None = None
    rates: Mapping[str, float] = field(default_factory=dict)


@dataclass(eq=False)
class MixedChooser:
    """Chooses questions of several kinds for a study.

    Parameters
    ----------
    model : SharedModel
        Of the study.
    settings : ActionSettings
        What questions cost; fixed before the study.
    rules : ChooserRules
        Fixed before the study; pairs are weighed by information, whatever they say.
    gaze : bool
        Whether gaze is recorded, so that looking alone may be asked for.
    """

    model: SharedModel = field(default_factory=SharedModel)
    settings: ActionSettings = field(default_factory=ActionSettings)
    rules: ChooserRules = field(default_factory=ChooserRules)
    gaze: bool = False

    def next(self, state: MixedState, rng: np.random.Generator) -> MixedChoice:
        """The next question.

        Parameters
        ----------
        state : MixedState
            What was answered and seen.
        rng : numpy.random.Generator
            Of this trial.

        Raises
        ------
        ParameterError
            If no photo may be shown.
        """
        pairs = replace(state.pairs, alone=state.rated)
        state = replace(state, pairs=pairs)
        if not pairs.open.any():
            raise ParameterError(
                "no photo may be shown: there is no question",
                remedy="Add photos, or show each more often",
            )
        if self.rules.connect_first and (pair := joining(pairs, self.rules, rng)):
            return MixedChoice("pair", sided(pair, pairs.comparisons, rng), "connect")
        possible = self._possible(state)
        if self.rules.connect_first and state.rated.sum() < FIRST_RATINGS:
            return _random_rating(possible, rng, "connect")
        if rng.random() < self.rules.random_share:
            return self._random(state, possible, rng)
        found = self._weighed(state, possible, rng)
        best = found[0]
        rates: dict[str, float] = {each.kind: each.rate for each in found if each.bits > 0}
        if len(best.photos) == 2:
            low, high = best.photos
            return MixedChoice("pair", sided((low, high), pairs.comparisons, rng), "gain",
                               best, rates)  # fmt: skip
        kind: Question = "view" if best.kind == "gaze" else "rating"
        return MixedChoice(kind, best.photos, "gain", best, rates)

    def progress(self, state: MixedState) -> Progress:
        """Interval width, and what the best question of any kind would tell, for a stopping rule.

        Photos that rest count as possible: the rest is over soon.
        """
        now = progress(self._posterior(state)[0], state.answers)
        pairs = replace(state.pairs, alone=state.rated, recent=())
        state = replace(state, pairs=pairs)
        found = self._weighed(state, self._possible(state), None)
        return replace(now, bits=max((action.bits for action in found), default=0.0))

    def _posterior(self, state: MixedState) -> tuple[Posterior, float, float]:
        """Utilities, a rating's noise in their units, and the variance features leave over."""
        known = self.model.after(state.pairs.comparisons, state.ratings)
        posterior = known.posterior
        if state.unread is not None:
            posterior = _as_if_rated(posterior, state.unread, known.noise)
        return posterior, known.noise, known.left_over

    def _weighed(
        self, state: MixedState, possible: Possible, rng: np.random.Generator | None
    ) -> tuple[Action, ...]:
        posterior, noise, left_over = self._posterior(state)
        judged = Judged(state.pairs.shown, state.viewers, left_over)
        settings = self.settings.model_copy(update={"rating_noise": noise})
        return weigh_actions(posterior, judged, settings, possible, rng)

    def _possible(self, state: MixedState) -> Possible:
        """What the rules allow, and looking only where it is worth something."""
        k = len(state.ratings.items)
        first, second = np.triu_indices(k, 1)
        pairs = np.zeros(len(first), np.bool_)
        if np.count_nonzero(state.pairs.open) > 1:
            pairs = allowed_pairs(first, second, state.pairs, self.rules)
        alone = allowed_photos(state.pairs, self.rules)
        looks = np.zeros(k, np.bool_)
        if self.gaze and self.settings.gaze_share > 0:
            looks = alone.copy()
            looks[list(state.viewed)] = False
        return Possible(pairs, alone, looks)

    def _random(
        self, state: MixedState, possible: Possible, rng: np.random.Generator
    ) -> MixedChoice:
        """A pair or a rating, all as likely within each kind; the kinds are equally likely."""
        if rng.random() < 0.5 and possible.pairs.any():
            first, second = np.triu_indices(len(state.ratings.items), 1)
            row = int(rng.choice(np.flatnonzero(possible.pairs)))
            pair = int(first[row]), int(second[row])
            return MixedChoice("pair", sided(pair, state.pairs.comparisons, rng), "random")
        return _random_rating(possible, rng, "random")


def _random_rating(possible: Possible, rng: np.random.Generator, why: By) -> MixedChoice:
    return MixedChoice("rating", (int(rng.choice(np.flatnonzero(possible.ratings))),), why)


def _as_if_rated(posterior: Posterior, photo: int, noise: float) -> Posterior:
    """As sure as after a rating of a photo, which says how it differs from the average one."""
    k = len(posterior.items)
    towards = np.full(k, -1 / k)
    towards[photo] += 1
    pull = posterior.covariance @ towards
    told = np.outer(pull, pull) / (float(towards @ pull) + noise**2)
    return replace(posterior, covariance=posterior.covariance - told)
