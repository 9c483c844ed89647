from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from napari_lesion_synth.errors import InputError, ParameterError, StorageError
from napari_lesion_synth.perception.design.freeze import freeze
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.order import recently
from napari_lesion_synth.perception.design.random_design import is_connected
from napari_lesion_synth.perception.design.sections import (
    Checks,
    Covariates,
    Judgement,
    Order,
    TrialCounts,
    Viewing,
)
from napari_lesion_synth.perception.design.trials import Answer
from napari_lesion_synth.perception.ledger.ledger import Ledger, LedgerBusy, read_records
from napari_lesion_synth.perception.ledger.replay import replay
from napari_lesion_synth.perception.ledger.study_log import amend
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session

KINDS = ("paired", "vas", "likert", "best-worst", "view")


def finish(session, observer, clock=None):
    """All that is left."""
    return list(take_part(session, observer, clock))


def test_a_participant_goes_from_consent_to_the_last_question(make_study, observe):
    study = make_study(counts=TrialCounts(trials=20, practice=2, block_size=8))
    observer, phases = observe(study), []
    with Session.begin(study, NewParticipant("P1", "en")) as session:
        phases.append(session.phase)
        session.agree(session.consent_text())
        phases.append(session.phase)
        session.tell({"hunger": 40, "minutes_since_meal": 120})
        while session.phase is not Phase.DONE:
            phases.append(session.phase)
            trial = session.next_trial()
            if trial is None:
                session.end_break()
            else:
                session.answer(observer.answer(trial))
        state = session.state
    assert [p.value for p in dict.fromkeys(phases)] == [
        "consent",
        "covariates",
        "practice",
        "trials",
        "break",
    ]
    assert phases.count(Phase.PRACTICE) == 2
    assert phases.count(Phase.BREAK) == 2
    assert len(state.answers) == 22
    assert state.consent["language"] == "en"
    assert state.covariates == {"hunger": 40, "minutes_since_meal": 120}
    assert session.progress == (22, 22)


def test_a_question_stays_until_it_is_answered(make_study, observe, ready):
    session = ready(make_study())
    first = session.next_trial()
    lines = len(session._ledger.records)
    assert session.next_trial() is first
    assert len(session._ledger.records) == lines
    session.answer(observe(session.study).answer(first))
    assert session.next_trial().number == 1


def test_an_answer_is_taken_once_and_only_for_the_question_on_the_screen(
    make_study, observe, ready
):
    session = ready(make_study())
    observer = observe(session.study)
    with pytest.raises(ParameterError, match="does not wait"):
        session.answer(Answer(0, "left", 1.0))
    trial = session.next_trial()
    answer = observer.answer(trial)
    with pytest.raises(ParameterError, match="no answer to trial 0"):
        session.answer(replace(answer, response="up"))
    session.answer(answer)
    for number in (0, 1):
        with pytest.raises(ParameterError, match="does not wait"):
            session.answer(replace(answer, trial=number))
    assert len(session.state.answers) == 1


def test_a_paused_question_waits_and_its_answer_is_marked(make_study, observe, ready):
    session = ready(make_study())
    trial = session.next_trial()
    session.pause()
    session.pause()
    assert session.phase is Phase.PAUSED
    assert session.next_trial() is None
    with pytest.raises(ParameterError, match="does not wait"):
        session.answer(observe(session.study).answer(trial))
    session.resume()
    assert session.next_trial() == trial
    session.answer(replace(observe(session.study).answer(trial), marks=("tracker lost",)))
    assert session.state.answers[0].marks == ("paused", "tracker lost")
    following = session.next_trial()
    session.answer(observe(session.study).answer(following))
    assert session.state.answers[1].marks == ()


def test_a_participant_who_declines_or_withdraws_is_asked_nothing(
    make_study, observe, begin, ready
):
    study = make_study()
    declined = begin(study)
    declined.decline()
    assert (declined.phase, declined.next_trial()) == (Phase.DECLINED, None)
    withdrawn = ready(study, "P2")
    withdrawn.next_trial()
    withdrawn.withdraw()
    assert (withdrawn.phase, withdrawn.next_trial()) == (Phase.WITHDRAWN, None)
    declined.close()
    withdrawn.close()
    with Session.reopen(study, "P2") as again:
        assert finish(again, observe(study)) == []


def test_after_the_longest_sitting_a_participant_is_asked_to_come_back(make_study, observe, ready):
    counts = TrialCounts(trials=12, practice=0, block_size=99, session_minutes=1)
    study, clock = make_study(counts=counts), SimulatedClock()
    session = ready(study, clock=clock.clock)
    observer = observe(study)
    trial = session.next_trial()
    clock.pass_by(61)
    assert session.next_trial() is trial  # what is on the screen is finished first
    session.answer(observer.answer(trial))
    assert (session.phase, session.next_trial()) == (Phase.TIME_UP, None)
    session.new_sitting()
    assert session.next_trial().number == 1
    session.answer(observer.answer(session.next_trial()))
    session.pause()
    clock.pass_by(3600)
    session.resume()
    assert session.phase is Phase.TRIALS  # a pause is no work


def test_covariates_are_only_asked_where_the_design_wants_them(make_study, begin):
    study = make_study(covariates=Covariates(hunger=False, minutes_since_meal=False))
    session = begin(study)
    session.agree(session.consent_text())
    assert session.phase is Phase.PRACTICE


def test_steps_out_of_turn_are_refused(make_study, begin):
    session = begin(make_study())
    with pytest.raises(ParameterError, match="at consent, not at covariates"):
        session.tell({})
    with pytest.raises(ParameterError, match="not at break"):
        session.end_break()
    with pytest.raises(ParameterError, match="not at paused"):
        session.resume()
    assert session.next_trial() is None


@pytest.mark.parametrize("code", ["", "a b", "Yamada Taro", "../x", "ä", "x" * 33, "CON", "-a"])
def test_codes_that_could_be_names_or_paths_are_refused(make_study, code):
    with pytest.raises(ParameterError, match="cannot be a participant's code"):
        Session.begin(make_study(), NewParticipant(code))


def test_a_code_that_is_in_use_is_refused_and_can_be_resumed(make_study, observe, ready):
    study = make_study()
    ready(study).close()
    for code in ("P1", "p1"):
        with pytest.raises(ParameterError, match=r"'P1' is in use.*Resume"):
            Session.begin(study, NewParticipant(code))
    with pytest.raises(ParameterError, match=r"no participant 'P9'.*P1"):
        Session.reopen(study, "P9")
    with Session.reopen(study, "P1") as session:
        assert session.phase is Phase.PRACTICE
        with pytest.raises(LedgerBusy):
            Session.reopen(study, "P1")
        finish(session, observe(study))


def test_a_language_without_texts_is_refused(make_study):
    study = make_study(languages=("ja",))
    with pytest.raises(ParameterError, match="no texts in 'en'"):
        Session.begin(study, NewParticipant("P1", "en"))
    with Session.begin(study, NewParticipant("P1")) as session:
        assert session.state.language == "ja"


def test_participants_who_come_again_keep_the_design_they_began_with(make_study, observe, ready):
    study = make_study(counts=TrialCounts(trials=10, practice=0))
    frozen = freeze(study)
    session = ready(study)
    assert session.state.header["frozen_sha256"] == frozen.sha256
    session.answer(observe(study).answer(session.next_trial()))
    session.close()
    more = study.design.model_copy(update={"counts": TrialCounts(trials=15, practice=0)})
    study = amend(study, more, "more power")
    with Session.reopen(study, "P1") as again:
        assert len(again.slots) == 10
    with Session.begin(study, NewParticipant("P2")) as other:
        assert len(other.slots) == 15


@pytest.mark.parametrize("frozen", [False, True])
def test_a_changed_photo_is_refused_by_name_at_the_beginning_and_in_between(
    make_study, write_photo, frozen, ready
):
    study = make_study()
    if frozen:
        freeze(study)
    ready(study).close()
    write_photo(study.stimuli.by_id("p05.png").path, 99)
    with pytest.raises(InputError, match=r"p05\.png changed"):
        Session.begin(study, NewParticipant("P2"))
    with pytest.raises(InputError, match=r"p05\.png changed"):
        Session.reopen(study, "P1")
    assert study.codes == ("P1",)


def test_the_same_participant_number_and_seed_give_the_same_questions(make_study, observe, ready):
    studies = [make_study(name=name) for name in ("a", "b")]
    stories = []
    for study in studies:
        with ready(study) as session:
            stories.append([trial for trial, _ in finish(session, observe(study))])
    assert stories[0] == stories[1]
    with ready(studies[0], "P2") as session:
        assert [t.stimuli for t, _ in finish(session, observe(studies[0]))] != [
            t.stimuli for t in stories[0]
        ]


@pytest.mark.parametrize("blocks", ["mixed", "category"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_judgement_keeps_the_rules_of_its_order(make_study, observe, kind, blocks, ready):
    study = make_study(
        photos=24,
        categories=("curry", "eel"),
        judgement=Judgement(kind=kind, ties=True),
        order=Order(spacing=2, blocks=blocks),
        counts=TrialCounts(trials=40, practice=2, block_size=15),
        checks=Checks(catch_share=0.1, repeat_share=0.15, mirrored_share=0.5),
    )
    with ready(study) as session:
        story = finish(session, observe(study))
        slots = session.slots
    trials = [trial for trial, _ in story]
    assert len(trials) == 42
    for place, trial in enumerate(trials):
        near = recently([t.stimuli for t in trials[:place]], 2)
        assert near.isdisjoint(trial.stimuli)
        if trial.catch is None:
            assert len(set(trial.stimuli)) == {"paired": 2, "best-worst": 4}.get(kind, 1)
        if blocks == "category":
            assert {study.stimuli.by_id(n).category for n in trial.stimuli} == {
                slots[place].category
            }
    if kind == "paired":
        own = [t.stimuli for t in trials if t.counts and t.repeat_of is None]
        left, right = Counter(a for a, _ in own), Counter(b for _, b in own)
        assert all(abs(left[n] - right[n]) <= 2 for n in study.stimuli.ids)
    assert sum(t.catch is not None for t in trials) == (0 if kind == "view" else 4)


def test_repeats_ask_the_same_again_or_with_swapped_sides(make_study, observe, ready):
    study = make_study(
        counts=TrialCounts(trials=40, practice=2),
        checks=Checks(repeat_share=0.2, mirrored_share=0.5, catch_share=0),
    )
    with ready(study) as session:
        trials = [trial for trial, _ in finish(session, observe(study))]
    again = [trial for trial in trials if trial.repeat_of is not None]
    assert len(again) == 8
    for trial in again:
        first = trials[trial.repeat_of]
        mirrored = trial.stimuli == first.stimuli[::-1]
        assert mirrored or trial.stimuli == first.stimuli
        assert first.counts
        assert first.repeat_of is None
        assert trial.number - first.number > 2
    assert sum(t.stimuli != trials[t.repeat_of].stimuli for t in again) == 4
    assert len({trial.repeat_of for trial in again}) == 8


def test_where_kinds_are_mixed_repeats_are_of_both_and_only_pairs_swap_sides(
    make_study, observe, ready
):
    study = make_study(
        judgement=Judgement(kind="mixed"),
        counts=TrialCounts(trials=60, practice=4),
        checks=Checks(repeat_share=0.2, mirrored_share=0.5, catch_share=0),
    )
    with ready(study) as session:
        trials = [trial for trial, _ in finish(session, observe(study))]
    assert [trial.kind for trial in trials if trial.practice] == ["pair", "vas"] * 2
    again = [trial for trial in trials if trial.repeat_of is not None]
    assert {trial.kind for trial in again} == {"pair", "vas"}
    for trial in again:
        first = trials[trial.repeat_of]
        assert (trial.kind, trial.question) == (first.kind, first.question)
    assert sum(t.stimuli != trials[t.repeat_of].stimuli for t in again) == 6
    questions = {(trial.kind, trial.question) for trial in trials}
    assert len(questions) == 2


def test_no_photo_is_seen_more_often_than_allowed(make_study, observe, ready):
    study = make_study(
        order=Order(spacing=1, most_exposures=4), counts=TrialCounts(trials=22, practice=3)
    )
    with ready(study) as session:
        finish(session, observe(study))
        assert max(session.situation.exposures.values()) <= 4
        assert session.phase is Phase.DONE


def test_all_participants_together_compare_evenly_and_connect_everything(
    make_study, observe, ready
):
    study = make_study(
        photos=20,
        counts=TrialCounts(trials=10, practice=0),
        checks=Checks(catch_share=0, repeat_share=0),
        order=Order(spacing=0),
    )
    seen: list[tuple[str, ...]] = []
    for number in range(19):
        with ready(study, f"P{number}") as session:
            seen += [trial.stimuli for trial, _ in finish(session, observe(study))]
        if number == 1:
            assert is_connected(seen, study.stimuli.ids)
    assert len({frozenset(pair) for pair in seen}) == 190  # every pair once
    assert set(Counter(name for pair in seen for name in pair).values()) == {19}


def test_the_viewing_mode_stays_with_each_trial(make_study, observe, ready):
    study = make_study(viewing=Viewing(mode="fixed", seconds=1.5))
    with ready(study) as session:
        trials = [trial for trial, _ in finish(session, observe(study))]
    assert {(t.mode, t.seconds) for t in trials} == {("fixed", 1.5)}


def test_notes_and_calibrations_are_kept_and_change_nothing_else(make_study, ready):
    session = ready(make_study())
    before = replace(session.state, last_mono=0, sitting_s=0)
    session.note("tracker unplugged", {"trial": 3})
    session.calibrated({"accuracy_deg": 0.6})
    assert replace(session.state, last_mono=0, sitting_s=0) == before
    kinds = [record["kind"] for record in session._ledger.records]
    assert kinds[-2:] == ["noted", "calibrated"]


def test_with_a_full_disk_every_step_can_be_made_again_and_nothing_is_doubled(
    make_study, observe, monkeypatch
):
    """Every single line is refused once."""
    study, twin = make_study(name="full"), make_study(name="whole")
    session = Session.begin(study, NewParticipant("P1"))
    append, refused = session._ledger.append, []

    def sometimes(kind, facts=None):
        key = len(session._ledger.records)
        if key not in refused:
            refused.append(key)
            raise StorageError("the disk is full")
        return append(kind, facts)

    monkeypatch.setattr(session._ledger, "append", sometimes)
    observer, shown = observe(study), []
    while session.phase is not Phase.DONE:
        try:
            for trial, _ in take_part(session, observer):
                shown.append(trial)
        except StorageError:
            continue
    session.close()
    with Session.begin(twin, NewParticipant("P1")) as whole:
        expected = finish(whole, observe(twin))
        assert session.state.trials == whole.state.trials
    assert [a.response for a in session.state.answers] == [a.response for _, a in expected]
    assert len(refused) > 40
    assert replay(read_records(participant_path(study.folder, "P1"))) == session.state


def test_a_clock_that_jumps_does_not_disturb_the_order(make_study, observe, ready):
    study, clock = make_study(), SimulatedClock()
    session = ready(study, clock=clock.clock)
    observer = observe(study)
    for jump in (7200, -86400, 0, 3600):
        clock.set_by(jump)
        session.answer(observer.answer(session.next_trial()))
    records = session._ledger.records
    assert [record["n"] for record in records] == list(range(len(records)))
    assert [answer.trial for answer in session.state.answers] == [0, 1, 2, 3]
    assert session.state.sitting_s == 0


def test_a_beginning_that_was_cut_short_can_be_made_again(make_study):
    study = make_study()
    path = participant_path(study.folder, "P1")
    for content in (b"", b'{"n": 0, "t": "20'):
        path.write_bytes(content)
        with pytest.raises(ParameterError, match="has not begun"):
            Session.reopen(study, "P1")
        with Session.begin(study, NewParticipant("P1")) as session:
            assert session.phase is Phase.CONSENT
        path.unlink()


def test_the_first_line_says_all_that_a_later_reader_needs(make_study):
    study = make_study()
    with Session.begin(study, NewParticipant("P1", "en", simulated=True)):
        pass
    first = json.loads(
        participant_path(study.folder, "P1").read_text(encoding="utf-8").splitlines()[0]
    )
    assert first["kind"] == "begun"
    assert first["design"] == study.design.content
    assert first["design_sha256"] == study.design.sha256
    assert (first["number"], first["language"], first["simulated"]) == (0, "en", True)


@pytest.mark.parametrize("line", ["begun", "opened"])
def test_a_beginning_without_room_can_be_made_again(make_study, monkeypatch, line):
    study, append = make_study(), Ledger.append

    def full(ledger, kind, facts=None):
        if kind == line:
            raise StorageError("the disk is full")
        return append(ledger, kind, facts)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append", full)
        with pytest.raises(StorageError):
            Session.begin(study, NewParticipant("P1"))
    if line == "begun":
        again = Session.begin(study, NewParticipant("P1"))
    else:
        again = Session.reopen(study, "P1")
    with again:
        assert again.phase is Phase.CONSENT
        assert [record["kind"] for record in again._ledger.records] == ["begun", "opened"]
