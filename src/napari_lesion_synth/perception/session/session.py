"""A participant's run over their ledger: killed at any moment, it goes on where it was.

The session keeps nothing that the ledger does not: after each call the state is the one that a
replay of the file gives. A question is written down before it is shown, its answer before the
next question is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from napari_lesion_synth.errors import ParameterError, StorageError
from napari_lesion_synth.perception.design.answers_before import check_covariates
from napari_lesion_synth.perception.design.consent import ConsentText, read_consent
from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.design.slots import Slot, plan_slots
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.design.trials import (
    Answer,
    Trial,
    check_response,
    possible_responses,
)
from napari_lesion_synth.perception.ledger import records as kinds
from napari_lesion_synth.perception.ledger.clock import SYSTEM_CLOCK, Clock
from napari_lesion_synth.perception.ledger.ledger import Ledger
from napari_lesion_synth.perception.ledger.replay import ParticipantState, advance, replay
from napari_lesion_synth.perception.session.catch import catch_trial
from napari_lesion_synth.perception.session.chooser import Chooser, RandomChooser, random_trial
from napari_lesion_synth.perception.session.enrolment import (
    NewParticipant,
    begin_ledger,
    open_ledger,
)
from napari_lesion_synth.perception.session.phases import Phase, phase_of
from napari_lesion_synth.perception.session.repeats import repeat_trial
from napari_lesion_synth.perception.session.situation import Situation

__all__ = ["Session"]

_ALL_ASKED, _ENOUGH = "all trials", "nothing left to ask"


class Session:
    """One participant, from consent to the last question; made by `begin` or `reopen`.

    Attributes
    ----------
    study : Study
        The study.
    state : ParticipantState
        Where the participant stands.
    slots : tuple of Slot
        The places of all trials, practice first.
    """

    def __init__(self, study: Study, ledger: Ledger, chooser: Chooser | None) -> None:
        self.study = study
        self._ledger = ledger
        self._chooser: Chooser = chooser or RandomChooser()
        try:
            self.state: ParticipantState = replay(ledger.records)
            self.slots: tuple[Slot, ...] = plan_slots(
                self.state.design, study.stimuli.categories, self.state.number
            )
            self._write(kinds.OPENED, {"program": PROGRAM})
        except BaseException:
            ledger.close()
            raise

    @classmethod
    def begin(
        cls,
        study: Study,
        participant: NewParticipant,
        chooser: Chooser | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> Self:
        """Enrol a participant.

        Parameters
        ----------
        study : Study
            Its photos are looked at once more.
        participant : NewParticipant
            Code and language.
        chooser : Chooser, optional
            Who chooses the photos; by default chance.
        clock : Clock, optional
            Where times come from.

        Raises
        ------
        ParameterError
            If the code cannot be used, or is in use: `reopen` goes on with it.
        InputError
            If photos or the frozen design have changed.
        StorageError
            If nothing can be written.
        """
        return cls(study, begin_ledger(study, participant, clock), chooser)

    @classmethod
    def reopen(
        cls,
        study: Study,
        code: str,
        chooser: Chooser | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> Self:
        """Go on with a participant, who keeps the design that they began with.

        Raises
        ------
        ParameterError
            If there is no such participant.
        InputError
            If photos have changed, the ledger is damaged, or it is open in another program.
        StorageError
            If nothing can be written.
        """
        return cls(study, open_ledger(study, code, clock), chooser)

    @property
    def phase(self) -> Phase:
        """What the participant has before them."""
        return phase_of(self.state, self.slots)

    @property
    def situation(self) -> Situation:
        """What is known for the choice of the next question."""
        return Situation(self.state, self.study.stimuli, self.slots)

    @property
    def progress(self) -> tuple[int, int]:
        """Number of answered trials, and of all; practice counts."""
        return len(self.state.answers), len(self.slots)

    def consent_text(self) -> ConsentText:
        """What the participant is to agree to.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        return read_consent(self.study.folder, self.state.language)

    def agree(self, text: ConsentText) -> None:
        """The participant agreed to this text."""
        self._require(Phase.CONSENT)
        self._write(kinds.CONSENTED, text.record())

    def decline(self) -> None:
        """The participant did not agree."""
        self._require(Phase.CONSENT)
        self._write(kinds.DECLINED)

    def tell(self, covariates: Mapping[str, Any]) -> None:
        """What the participant said beforehand.

        Raises
        ------
        ParameterError
            If a value is missing or cannot be.
        StorageError
            If it cannot be written; call it again when there is room.
        """
        self._require(Phase.COVARIATES)
        self._write(kinds.COVARIATES, {"values": check_covariates(self.state.design, covariates)})

    def next_trial(self) -> Trial | None:
        """The question to show; the same one until it is answered.

        Returns
        -------
        Trial or None
            None where no question is due; `phase` says what is.

        Raises
        ------
        StorageError
            If it cannot be written; the next call gives the same question.
        """
        if not self.phase.asks:
            return None
        if self.state.open_trial is None:
            situation = self.situation
            trial = self._chosen(situation)
            if trial is None:
                self._write(kinds.FINISHED, {"reason": _ENOUGH})
                return None
            line = {"trial": trial.to_json(), "generator": situation.generator}
            self._write(kinds.TRIAL, line)
        return self.state.open_trial

    def prepare(self) -> None:
        """Compute ahead for all possible answers; may be called in another thread."""
        situation, trial = self.situation, self.state.open_trial
        if trial is not None:
            self._chooser.prepare(situation, trial, possible_responses(trial))

    def upcoming(self) -> tuple[Trial, ...]:
        """The questions that may come next, for photos to be made ready; in another thread too.

        One for each answer that can be given, the likely ones where there is a continuum. It is
        quick after `prepare`.
        """
        situation, trial = self.situation, self.state.open_trial
        if trial is None:
            return ()
        responses = possible_responses(trial) or (0.5,)
        found = [self._chosen(situation.answered(trial, response)) for response in responses]
        return tuple(one for one in found if one is not None)

    def answer(self, answer: Answer) -> None:
        """Keep the answer to the question that is on the screen.

        Raises
        ------
        ParameterError
            If it answers another question, one that has its answer already, or none.
        StorageError
            If it cannot be written; give the same answer again when there is room.
        """
        trial = self.state.open_trial
        if trial is None or answer.trial != trial.number or not self.phase.asks:
            raise ParameterError(
                f"trial {answer.trial} does not wait for an answer",
                where=self._ledger.path,
                remedy="Answer what next_trial gives, once",
            )
        check_response(trial, answer.response)
        marks = tuple(dict.fromkeys((*self.state.open_marks, *answer.marks)))
        self._write(kinds.ANSWERED, {"answer": replace(answer, marks=marks).to_json()})
        if len(self.state.answers) == len(self.slots):
            # The run is done without this line, too.
            with suppress(StorageError):
                self._write(kinds.FINISHED, {"reason": _ALL_ASKED})

    def end_break(self) -> None:
        """The break is over."""
        self._require(Phase.BREAK)
        self._write(kinds.RESTED, {"before": len(self.state.trials)})

    def pause(self) -> None:
        """The participant pauses; the open question waits, and its answer will be marked."""
        if self.phase in (Phase.PAUSED, Phase.DONE, Phase.DECLINED, Phase.WITHDRAWN):
            return
        trial = self.state.open_trial
        self._write(kinds.PAUSED, {"trial": None if trial is None else trial.number})

    def resume(self) -> None:
        """The participant goes on after a pause."""
        self._require(Phase.PAUSED)
        self._write(kinds.RESUMED)

    def new_sitting(self) -> None:
        """The participant came back after the longest sitting."""
        self._require(Phase.TIME_UP)
        self._write(kinds.OPENED, {"program": PROGRAM})

    def withdraw(self) -> None:
        """The participant stops for good. The data stay unless they are deleted."""
        self._write(kinds.WITHDRAWN)

    def note(self, text: str, facts: Mapping[str, Any] | None = None) -> None:
        """Something that a reader of the data should know."""
        self._write(kinds.NOTED, {"text": text, "facts": dict(facts or {})})

    def calibrated(self, facts: Mapping[str, Any]) -> None:
        """Result of a calibration or validation of the gaze."""
        self._write(kinds.CALIBRATED, {"facts": dict(facts)})

    def close(self) -> None:
        """Let other programs write to the ledger."""
        self._ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _chosen(self, situation: Situation) -> Trial | None:
        slot = situation.slot
        role = None if slot is None else slot.role
        trial = None
        if role == "practice":
            return random_trial(situation, "practice")
        if role == "catch":
            trial = catch_trial(situation)
        elif role in ("repeat", "mirror"):
            trial = repeat_trial(situation, mirrored=role == "mirror")
        if trial is None:
            trial = self._chooser.next(situation)
        if trial is not None:
            self._check(trial)
        return trial

    def _check(self, trial: Trial) -> None:
        """A chooser from elsewhere may err; a wrong line in the ledger could not be mended."""
        for name in trial.stimuli:
            self.study.stimuli.by_id(name)
        if trial.number != len(self.state.trials):
            raise ValueError(f"the chooser made trial {trial.number} out of turn")

    def _require(self, phase: Phase) -> None:
        if self.phase is not phase:
            raise ParameterError(
                f"the participant is at {self.phase.value}, not at {phase.value}",
                where=self._ledger.path,
            )

    def _write(self, kind: str, facts: Mapping[str, Any] | None = None) -> None:
        self.state = advance(self.state, self._ledger.append(kind, facts))
