"""The next question where kinds are mixed, as a session asks for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_lesion_synth.jobs.study_answers import Asked, comparisons_of, ratings_of
from napari_lesion_synth.jobs.study_gain import (
    MOST_REST,
    FeaturesOf,
    closed_photos,
    features_of,
    pools,
    recent_trials,
    stopping_rule,
)
from napari_lesion_synth.perception.choice.guards import ChoiceState
from napari_lesion_synth.perception.choice.mixed import (
    MixedChoice,
    MixedChooser,
    MixedState,
    Question,
)
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.choice.shared_model import SharedModel
from napari_lesion_synth.perception.choice.stopping import stop
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import Trial, TrialKind
from napari_lesion_synth.perception.gaze.quality import POINTED
from napari_lesion_synth.perception.session.situation import Situation

__all__ = ["COST", "GAIN", "RATES", "MixedByGain"]

GAIN, COST, RATES = "gain", "cost_s", "bits_per_s"
"""Among a trial's facts: bits that it is expected to tell, the seconds that it is taken to cost,
and bits a second of the best question of each kind, itself among them."""

_KINDS: dict[Question, TrialKind] = {"pair": "pair", "rating": "vas", "view": "view"}


class MixedByGain:
    """Pairs, ratings and looking by bits a second, until the stopping rule says that it is enough.

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
        self._choosers: dict[tuple[str, ...], MixedChooser] = {}

    def next(self, situation: Situation) -> Trial | None:
        """The next question; None where it is enough, or no photo may be shown."""
        items, closed = situation.pool, closed_photos(situation)
        if len(items) == len(closed) or self._enough(situation):
            return None
        state = self._state(situation, items, closed)
        choice = self._chooser(items).next(state, situation.rng())
        names = [items[k] for k in choice.photos]
        return situation.trial(names, choice.chosen_by, _facts(choice), _KINDS[choice.kind])

    def _state(
        self, situation: Situation, items: tuple[str, ...], closed: frozenset[int] = frozenset()
    ) -> MixedState:
        """All answers that count: the others', then one's own; hidden repeats left out."""
        own: list[Asked] = [(self._me, *asked) for asked in situation.state.judged]
        answers = [asked for asked in (*self._earlier, *own) if asked[1].repeat_of is None]
        raters = tuple(dict.fromkeys([*(rater for rater, _, _ in self._earlier), self._me]))
        number = {name: k for k, name in enumerate(items)}
        unread = self._unread(situation, number)
        read = answers[:-1] if unread is not None else answers
        seen = _seen((*self._earlier, *own), number)
        viewers = np.zeros(len(items), np.int64)
        for photos in seen.values():
            viewers[list(photos)] += 1
        return MixedState(
            ChoiceState(comparisons_of(read, items, raters), recent_trials(situation), closed),
            ratings_of(read, items, raters),
            viewers,
            frozenset(seen.get(self._me, ())),
            unread,
        )

    def _unread(self, situation: Situation, number: dict[str, int]) -> int | None:
        """The photo of the last answer, where that is a rating which counts."""
        answers = situation.state.answers
        if not answers:
            return None
        last = situation.state.trials[len(answers) - 1]
        if last.kind != "vas" or not last.counts or last.repeat_of is not None:
            return None
        return number.get(last.stimuli[0])

    def _chooser(self, items: tuple[str, ...]) -> MixedChooser:
        if items not in self._choosers:
            design = self._design
            rules = ChooserRules(
                by="information",
                random_share=design.selection.random_share,
                rest=min(design.order.spacing, MOST_REST),
            )
            study = StudyModel(features=features_of(self._features, items))
            model = SharedModel(study, design.actions.rating_noise)
            gaze = design.viewing.gaze_source
            looks = gaze != "none" and gaze not in POINTED
            self._choosers[items] = MixedChooser(model, design.actions, rules, looks)
        return self._choosers[items]

    def _enough(self, situation: Situation) -> bool:
        """Whether every category has what the rule asks for."""
        if self._design.selection.stop_at == "trials":
            return False
        return all(self._has_enough(situation, items) for items in pools(situation))

    def _has_enough(self, situation: Situation, items: tuple[str, ...]) -> bool:
        state = self._state(situation, items)
        rule = stopping_rule(self._design, len(items))
        if state.answers < rule.at_least:
            return False
        return stop(rule, self._chooser(items).progress(state)) is not None


def _seen(answers: tuple[Asked, ...], number: dict[str, int]) -> dict[str, set[int]]:
    """Photos on which there is somebody's gaze; what was pointed at is no gaze."""
    seen: dict[str, set[int]] = {}
    for rater, trial, answer in answers:
        if answer.gaze_source != "none" and answer.gaze_source not in POINTED:
            photos = (number[name] for name in trial.stimuli if name in number)
            seen.setdefault(rater, set()).update(photos)
    return seen


def _facts(choice: MixedChoice) -> dict[str, Any]:
    """Why it was chosen."""
    if choice.action is None:
        return {}
    return {GAIN: choice.action.bits, COST: choice.action.seconds, RATES: dict(choice.rates)}
