"""Where a participant is in their run: a function of the ledger's state alone."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from napari_lesion_synth.perception.design.answers_before import asked_before
from napari_lesion_synth.perception.design.slots import Slot
from napari_lesion_synth.perception.ledger.records import DECLINED, WITHDRAWN
from napari_lesion_synth.perception.ledger.replay import ParticipantState

__all__ = ["Phase", "phase_of"]


class Phase(StrEnum):
    """What the participant has before them."""

    CONSENT = "consent"
    COVARIATES = "covariates"
    PRACTICE = "practice"
    TRIALS = "trials"
    BREAK = "break"
    PAUSED = "paused"
    TIME_UP = "time up"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"

    @property
    def asks(self) -> bool:
        """Whether a question is on the screen."""
        return self in (Phase.PRACTICE, Phase.TRIALS)


_ENDS = {DECLINED: Phase.DECLINED, WITHDRAWN: Phase.WITHDRAWN}


def phase_of(state: ParticipantState, slots: Sequence[Slot]) -> Phase:
    """The phase of a participant.

    Parameters
    ----------
    state : ParticipantState
        From the ledger.
    slots : sequence of Slot
        The places of all trials.
    """
    if state.ended:
        return _ENDS.get(state.ended, Phase.DONE)
    if len(state.answers) >= len(slots):
        return Phase.DONE
    if state.paused:
        return Phase.PAUSED
    if state.consent is None:
        return Phase.CONSENT
    if state.covariates is None and asked_before(state.design):
        return Phase.COVARIATES
    return _asking(state, slots[len(state.answers)])


def _asking(state: ParticipantState, slot: Slot) -> Phase:
    if state.open_trial is None:  # what is on the screen is finished first
        if state.sitting_s >= state.design.counts.session_minutes * 60:
            return Phase.TIME_UP
        if slot.rest_before and state.rested_before < slot.number:
            return Phase.BREAK
    return Phase.PRACTICE if slot.practice else Phase.TRIALS
