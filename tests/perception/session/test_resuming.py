"""Whatever interrupts a session: the file says all, and the next question is the same."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_lesion_synth.perception.design.layout import CONSENT, participant_path
from napari_lesion_synth.perception.design.sections import Checks, Judgement, TrialCounts
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.ledger.replay import replay
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session


@pytest.fixture
def study(make_study):
    return make_study(
        counts=TrialCounts(trials=16, practice=2, block_size=6),
        checks=Checks(catch_share=0.1, repeat_share=0.2),
        judgement=Judgement(ties=True),
    )


@pytest.fixture
def elsewhere(study, tmp_path):
    """Maker of the same study in another folder, without participants."""
    made = iter(range(10**6))

    def make() -> Study:
        folder = tmp_path / f"twin{next(made)}"
        shutil.copytree(study.folder / CONSENT, folder / CONSENT)
        return Study(folder, study.design, study.stimuli)

    return make


def run(study, observer):
    """A participant whom nothing interrupts."""
    with Session.begin(study, NewParticipant("P1"), clock=SimulatedClock().clock) as session:
        for _ in take_part(session, observer):
            pass
        return session.state


def content(state):
    return state.trials, [(a.trial, a.response, a.response_time_s) for a in state.answers]


def test_cut_after_any_line_a_session_goes_on_with_the_same_questions(study, elsewhere, observe):
    observer = observe(study)
    whole = run(elsewhere(), observer)
    original = elsewhere()
    run(original, observer)
    lines = participant_path(original.folder, "P1").read_bytes().splitlines(keepends=True)
    rng = np.random.default_rng(0)
    for count in range(1, len(lines)):
        cut = elsewhere()
        torn = lines[count][: int(rng.integers(0, len(lines[count]) - 1))]
        path = participant_path(cut.folder, "P1")
        path.parent.mkdir(parents=True)
        path.write_bytes(b"".join(lines[:count]) + torn)
        before = replay(read_records(path))
        with Session.reopen(cut, "P1") as session:
            if before.open_trial is not None:
                assert session.next_trial() == before.open_trial
            for _ in take_part(session, observer):
                pass
            assert content(session.state) == content(whole)


actions = st.lists(
    st.sampled_from(["go", "go", "go", "ask", "pause", "reopen", "wait", "note"]), max_size=60
)


@pytest.fixture
def whole(elsewhere, observe, study):
    """The state of a participant whom nothing interrupted."""
    return run(elsewhere(), observe(study))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(actions=actions)
def test_whatever_happens_the_file_gives_the_state_and_the_questions_stay_the_same(
    study, elsewhere, observe, whole, actions
):
    observer = observe(study)
    here, clock = elsewhere(), SimulatedClock()
    path = participant_path(here.folder, "P1")
    session = Session.begin(here, NewParticipant("P1"), clock=clock.clock)
    for action in actions:
        session = step(session, observer, action, clock)
        assert replay(read_records(path)) == session.state
    for _ in take_part(session, observer, clock):
        pass
    assert session.phase is Phase.DONE
    assert content(session.state) == content(whole)
    assert replay(read_records(path)) == session.state
    session.close()


def step(session, observer, action, clock):
    """One thing that a participant, an operator or fate may do."""
    if action == "go":
        for _ in take_part(session, observer, clock):
            break
    elif action == "ask":
        assert session.next_trial() == session.next_trial()
    elif action == "pause":
        session.pause()
    elif action == "wait":
        clock.pass_by(700)
        clock.set_by(-3600)
    elif action == "note":
        session.note("the phone rang")
    elif action == "reopen":
        session.close()
        return Session.reopen(session.study, "P1", clock=clock.clock)
    return session


def test_the_answer_to_a_question_from_before_a_crash_is_marked(study, observe):
    with Session.begin(study, NewParticipant("P1")) as session:
        session.agree(session.consent_text())
        session.tell(observe(study).covariates(study.design))
        trial = session.next_trial()
    with Session.reopen(study, "P1") as again:
        assert again.next_trial() == trial
        again.answer(observe(study).answer(trial))
        assert again.state.answers[0].marks == ("reopened",)
        assert again.state.sittings == 2
