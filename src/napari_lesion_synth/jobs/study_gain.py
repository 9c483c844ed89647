"""The next pair or photo by expected gain, as a session asks for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.jobs.study_answers import Asked, comparisons_of
from napari_lesion_synth.jobs.study_raters import RatersKnown
from napari_lesion_synth.perception.choice.chooser import ChoiceState
from napari_lesion_synth.perception.choice.chooser import Chooser as PairChooser
from napari_lesion_synth.perception.choice.feature_prior import Features
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.choice.stopping import StoppingRule, progress, stop
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.session.chooser import random_trial
from napari_lesion_synth.perception.session.situation import Situation

__all__ = [
    "MOST_REST",
    "FeaturesOf",
    "PairsByGain",
    "RatingsByGain",
    "closed_photos",
    "features_of",
    "pools",
    "recent_trials",
    "stopping_rule",
]

FeaturesOf = Mapping[str, NDArray[np.float64]]
"""Image features of each photo, by id."""

MOST_REST = 20
"""Trials that the rules of the choice look back at most."""

_ROUNDED = 9
"""Digits of a gain; what differs beyond is rounding."""


def stopping_rule(design: StudyDesign, photos: int) -> StoppingRule:
    """The rule for answers about so many photos: not before each photo could be compared once."""
    selection, counts = design.selection, design.counts
    value = selection.stop_value or None
    return StoppingRule(
        trials=counts.participants * counts.trials,
        at_least=photos,
        width=value if selection.stop_at == "width" else None,
        bits=value if selection.stop_at == "gain" else None,
    )


def pools(situation: Situation) -> list[tuple[str, ...]]:
    """The photos that are judged together: all of them, or those of each category."""
    if situation.slot is not None and situation.slot.category is not None:
        return list(situation.stimuli.categories.values())
    return [situation.pool]


def closed_photos(situation: Situation) -> frozenset[int]:
    """Numbers of the pool's photos that may not come, for what this participant has seen."""
    items = situation.pool
    most, seen = situation.design.order.most_exposures, situation.exposures
    closed = {k for k, name in enumerate(items) if most is not None and seen[name] >= most}
    if situation.design.order.spacing > MOST_REST:  # farther than the rules can look
        recent = {k for k, name in enumerate(items) if name in situation.recent}
        if len(items) - len(closed | recent) > 1:
            closed |= recent
    return frozenset(closed)


def recent_trials(situation: Situation) -> tuple[tuple[int, ...], ...]:
    """Numbers of the pool's photos in each trial of this participant so far."""
    number = {name: k for k, name in enumerate(situation.pool)}
    return tuple(
        tuple(dict.fromkeys(number[name] for name in names if name in number))
        for names in situation.state.shown
    )


def features_of(features: FeaturesOf | None, items: tuple[str, ...]) -> Features | None:
    """Image features of some photos, in their order."""
    if features is None:
        return None
    return Features.of(np.stack([features[name] for name in items]))


class PairsByGain:
    """Pairs by expected gain, until the stopping rule says that it is enough.

    Parameters
    ----------
    design : StudyDesign
        The participant's.
    features : mapping of str to ndarray, or None
        Image features, where they are part of the prior.
    earlier : tuple of (str, Trial, Answer)
        The others' answers.
    code : str
        The participant's, to tell them from the others.
    """

    def __init__(
        self,
        design: StudyDesign,
        features: FeaturesOf | None,
        earlier: tuple[Asked, ...],
        code: str,
    ) -> None:
        self._design, self._features = design, features
        self._earlier, self._me = earlier, f"participant {code}"
        self._choosers: dict[tuple[str, ...], PairChooser] = {}

    def next(self, situation: Situation) -> Trial | None:
        """The next pair; None where it is enough, or no two photos may be shown."""
        items = situation.pool
        closed = closed_photos(situation)
        if len(items) - len(closed) < 2 or self._enough(situation):
            return None
        state = ChoiceState(self._known(situation, items), recent_trials(situation), closed)
        choice = self._chooser(items).next(state, situation.rng())
        facts: dict[str, Any] = {} if choice.gain is None else {"gain": choice.gain}
        pair = (items[choice.left], items[choice.right])
        return situation.trial(pair, choice.chosen_by, facts)

    def _known(self, situation: Situation, items: tuple[str, ...]) -> Comparisons:
        """All answers that count: the others', then one's own; hidden repeats left out."""
        own = [(self._me, *asked) for asked in situation.state.judged]
        answers = [asked for asked in (*self._earlier, *own) if asked[1].repeat_of is None]
        raters = dict.fromkeys([*(rater for rater, _, _ in self._earlier), self._me])
        return comparisons_of(answers, items, tuple(raters))

    def _chooser(self, items: tuple[str, ...]) -> PairChooser:
        if items not in self._choosers:
            features = features_of(self._features, items)
            selection, spacing = self._design.selection, self._design.order.spacing
            rules = ChooserRules(
                by="values", random_share=selection.random_share, rest=min(spacing, MOST_REST)
            )
            self._choosers[items] = PairChooser(StudyModel(features=features), rules)
        return self._choosers[items]

    def _enough(self, situation: Situation) -> bool:
        """Whether every category has what the rule asks for."""
        if self._design.selection.stop_at == "trials":
            return False
        return all(self._has_enough(situation, items) for items in pools(situation))

    def _has_enough(self, situation: Situation, items: tuple[str, ...]) -> bool:
        comparisons = self._known(situation, items)
        rule = stopping_rule(self._design, len(items))
        if len(comparisons) < rule.at_least:
            return False
        posterior = self._chooser(items).model.posterior(comparisons)
        return stop(rule, progress(posterior, len(comparisons))) is not None


class RatingsByGain:
    """Ratings by expected gain: the photo whose value is least sure.

    How sure a value is follows from who rated the photo: a rating counts by how consistent its
    rater is, as the ratings of all others have shown. Where nothing is known of that, all
    ratings are alike, and the photo is one that was rated least often.

    Parameters
    ----------
    earlier : tuple of (str, Trial, Answer)
        The others' answers.
    """

    def __init__(self, earlier: tuple[Asked, ...]) -> None:
        self._consistency = RatersKnown.of(earlier)
        self._told = defaultdict[str, float](float)
        for rater, trial, _ in earlier:
            self._told[trial.stimuli[0]] += self._consistency.told_by(rater)

    def next(self, situation: Situation) -> Trial | None:
        """The next photo; None where none may be shown."""
        names = situation.allowed
        rng = situation.rng()
        if not names or rng.random() < situation.design.selection.random_share:
            return random_trial(situation, "random")
        own = situation.exposures
        mine = self._consistency.told_by(None)
        told = [self._told[name] + own[name] * mine for name in names]
        gains = self._consistency.gains(np.array(told))
        seen = np.array([own[name] for name in names])
        order = np.lexsort((rng.random(len(names)), seen, -gains.round(_ROUNDED)))
        best = int(order[0])
        return situation.trial((names[best],), "gain", {"gain": float(gains[best])})
