from __future__ import annotations

from datetime import UTC, datetime

import pytest

from napari_lesion_synth.perception.design.sections import Judgement, TrialCounts
from napari_lesion_synth.perception.ledger.replay import clock_jumps
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session


def test_a_simulated_participant_goes_through_consent_pauses_breaks_and_sittings(make_study):
    study = make_study(
        counts=TrialCounts(trials=40, practice=2, block_size=10, break_s=60, session_minutes=1),
        judgement=Judgement(kind="vas"),
    )
    observer = UtilityObserver(dict.fromkeys(study.stimuli.ids, 0.0), seed=1)
    clock = SimulatedClock(datetime(2026, 5, 1, 9, tzinfo=UTC))
    with Session.begin(study, NewParticipant("P1"), clock=clock.clock) as session:
        session.pause()
        answers = [answer for _, answer in take_part(session, observer, clock)]
        state = session.state
        records = session._ledger.records
    assert session.phase is Phase.DONE
    assert len(answers) == 42
    assert state.covariates is not None
    assert state.sittings > 1
    kinds = [record["kind"] for record in records]
    assert kinds.count("rested") == 3
    # Answers, breaks and times of the ledger tell the same story.
    spent = sum(answer.response_time_s for answer in answers) + 3 * 60
    assert records[-1]["mono"] - records[0]["mono"] == pytest.approx(spent, abs=1e-5)
    assert answers[0].onset_utc.startswith("2026-05-01T09:00:00")


def test_a_clock_that_somebody_sets_is_found_out(make_study):
    study, clock = make_study(), SimulatedClock()
    observer = UtilityObserver(dict.fromkeys(study.stimuli.ids, 0.0))
    with Session.begin(study, NewParticipant("P1"), clock=clock.clock) as session:
        for trial, _ in take_part(session, observer, clock):
            if trial.number == 5:
                clock.set_by(-3600)
        jumps = clock_jumps(session._ledger.records)
    assert [round(seconds) for _, seconds in jumps] == [-3600]
