"""What is known when the next question is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from napari_lesion_synth.perception.design.order import recently
from napari_lesion_synth.perception.design.questions import question
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.slots import Slot
from napari_lesion_synth.perception.design.trials import KIND_OF, Answer, Response, Trial, TrialKind
from napari_lesion_synth.perception.ledger.generator import generator_of, trial_generator
from napari_lesion_synth.perception.ledger.replay import ParticipantState
from napari_lesion_synth.perception.stimuli.photos import StimulusSet

__all__ = ["Situation"]


@dataclass(frozen=True)
class Situation:
    """A participant before their next question.

    Parameters
    ----------
    state : ParticipantState
        What happened so far.
    stimuli : StimulusSet
        The study's photos.
    slots : tuple of Slot
        The places of all trials.
    """

    state: ParticipantState
    stimuli: StimulusSet
    slots: tuple[Slot, ...]

    @property
    def design(self) -> StudyDesign:
        """The participant's design."""
        return self.state.design

    @property
    def number(self) -> int:
        """Number of the trial that is to be chosen."""
        return len(self.state.trials)

    @property
    def slot(self) -> Slot | None:
        """Its place; None when there is none left."""
        return self.slots[self.number] if self.number < len(self.slots) else None

    @property
    def pool(self) -> tuple[str, ...]:
        """Ids of the photos that may come at this place at all."""
        if self.slot is None:
            return ()
        if self.slot.category is None:
            return self.stimuli.ids
        return self.stimuli.categories[self.slot.category]

    @property
    def recent(self) -> frozenset[str]:
        """Photos that were shown too recently to be shown now."""
        return recently(self.state.shown, self.design.order.spacing)

    @property
    def exposures(self) -> Counter[str]:
        """How often the participant has judged each photo; practice and catch trials aside."""
        counted = (trial for trial in self.state.trials if trial.counts)
        return Counter(name for trial in counted for name in trial.stimuli)

    @property
    def allowed(self) -> tuple[str, ...]:
        """Photos of the pool that are neither too recent nor seen as often as they may be."""
        most, seen, recent = self.design.order.most_exposures, self.exposures, self.recent
        return tuple(
            name for name in self.pool if name not in recent and (most is None or seen[name] < most)
        )

    @property
    def leads(self) -> Counter[str]:
        """How much more often each photo was left than right in pairs."""
        pairs = [t.stimuli for t in self.state.trials if t.counts and len(t.stimuli) == 2]
        leads = Counter[str]()
        for left, right in pairs:
            leads[left] += 1
            leads[right] -= 1
        return leads

    @property
    def generator(self) -> dict[str, Any]:
        """Name of this trial's generator."""
        return trial_generator(self.design.seed, self.state.number, self.number)

    def rng(self) -> np.random.Generator:
        """The generator of this trial, at its beginning; every call gives the same numbers."""
        return generator_of(self.generator)

    def trial(
        self,
        stimuli: Sequence[str],
        chosen_by: str,
        facts: Mapping[str, Any] | None = None,
        kind: TrialKind | None = None,
    ) -> Trial:
        """A question for this place.

        Parameters
        ----------
        stimuli : sequence of str
            Ids of the photos, from left to right.
        chosen_by : str
            Who chose them.
        facts : mapping, optional
            What else belongs to the trial.
        kind : str, optional
            By default, the one of the study's judgement. Where kinds are mixed, it has to be
            said.

        Raises
        ------
        ValueError
            If no place is left.
        """
        if self.slot is None:
            raise ValueError("there is no place for another trial")
        viewing, judgement = self.design.viewing, self.design.judgement
        kind = kind or KIND_OF[judgement.kind]
        own: dict[str, Any] = {"points": judgement.points} if kind == "likert" else {}
        if kind in ("pair", "twoafc"):
            own["ties"] = judgement.ties
        return Trial(
            number=self.number,
            block=self.slot.block,
            kind=kind,
            stimuli=tuple(stimuli),
            question=question(self.design, self.state.language, kind),
            mode=viewing.mode,
            seconds=viewing.seconds if viewing.mode == "fixed" else None,
            practice=self.slot.practice,
            chosen_by=chosen_by,
            facts={**own, **(facts or {})},
        )

    def answered(self, trial: Trial, response: Response) -> Situation:
        """The situation after this trial, if it were answered so; to compute ahead with."""
        trials = self.state.trials if self.state.open_trial else (*self.state.trials, trial)
        answers = (*self.state.answers, Answer(trial.number, response, 0.0))
        return replace(self, state=replace(self.state, trials=trials, answers=answers))
