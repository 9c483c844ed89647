"""The choice of questions: by gain, ahead of time, and the same after every kill."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from tests.jobs.studies import make, simulate, twin

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.study_answers import comparisons_of
from napari_lesion_synth.jobs.study_chooser import (
    OTHERS,
    check_choice,
    study_chooser,
)
from napari_lesion_synth.jobs.study_gain import RatingsByGain, stopping_rule
from napari_lesion_synth.jobs.study_new import design_of
from napari_lesion_synth.jobs.study_raters import RatersKnown
from napari_lesion_synth.perception.choice.chooser import ChoiceState, Chooser
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.trials import Answer, Trial, possible_responses
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.ledger.replay import replay
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.chooser import RandomChooser
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session

GAIN = {"selection.rule": "gain"}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Two simulated participants have taken part."""
    return simulate(make(tmp_path_factory.mktemp("choice") / "study", GAIN))


@pytest.fixture
def study(original, tmp_path):
    return twin(original, tmp_path / "study")


def observer_of(study):
    worth = np.linspace(-1.5, 1.5, len(study.stimuli))
    return UtilityObserver(dict(zip(study.stimuli.ids, worth.tolist(), strict=True)))


def begun(study, code="P1", chooser=None):
    who = NewParticipant(code, simulated=True)
    chooser = chooser or study_chooser(study, code)
    session = Session.begin(study, who, chooser, SimulatedClock().clock)
    session.agree(session.consent_text())
    session.tell(observer_of(study).covariates(study.design))
    return session


def go_through(session, observer):
    for _ in take_part(session, observer):
        pass
    return session.state.trials


def content(trials):
    return json.loads(json.dumps([trial.to_json() for trial in trials]))


def test_chance_needs_no_other_answers(tmp_path):
    study = make(tmp_path / "study")
    assert isinstance(study_chooser(study, "P1"), RandomChooser)


def test_the_choice_is_that_of_the_room_of_choices(study):
    """Pair by pair, what the session's adapter asks is what the chooser of comparisons asks."""
    with begun(study) as session:
        trials = go_through(session, observer_of(study))
        slots = session.slots
    people = gather(study)
    earlier = [
        (str(person.state.number), *asked)
        for person in people
        if person.code != "P1"
        for asked in person.state.judged
        if asked[0].repeat_of is None
    ]
    (me,) = (person for person in people if person.code == "P1")
    items = study.stimuli.ids
    number = {name: k for k, name in enumerate(items)}
    chooser = Chooser(StudyModel(), ChooserRules(rest=study.design.order.spacing))
    mains = [t for t in trials if slots[t.number].role == "main"]
    assert len(mains) >= 8
    assert {t.chosen_by for t in mains} <= {"gain", "random", "connect"}
    for trial in mains:
        own = [("me", t, a) for t, a in me.state.judged if t.number < trial.number]
        answers = [asked for asked in (*earlier, *own) if asked[1].repeat_of is None]
        raters = tuple(dict.fromkeys([*(asked[0] for asked in answers), "me"]))
        known = comparisons_of(answers, items, raters)
        before = tuple(
            tuple(dict.fromkeys(number[n] for n in t.stimuli)) for t in trials[: trial.number]
        )
        generator = np.random.default_rng(
            np.random.SeedSequence(study.design.seed, spawn_key=(2, me.state.number, trial.number))
        )
        choice = chooser.next(ChoiceState(known, before), generator)
        assert (items[choice.left], items[choice.right]) == trial.stimuli
        assert choice.chosen_by == trial.chosen_by


@pytest.mark.parametrize("ties", [False, True])
def test_computed_ahead_in_another_thread_the_questions_are_the_same(tmp_path, ties):
    stories = []
    for ahead in (False, True):
        study = simulate(make(tmp_path / f"study{ahead}", {**GAIN, "judgement.ties": ties}), 1)
        chooser = study_chooser(study, "P1")
        observer = observer_of(study)
        with begun(study, chooser=chooser) as session:
            while session.phase is not Phase.DONE:
                trial = session.next_trial()
                if trial is None:
                    session.end_break()
                    continue
                if ahead:
                    thread = threading.Thread(target=session.prepare)
                    thread.start()
                    thread.join()
                session.answer(observer.answer(trial))
            stories.append(content(session.state.trials))
    assert stories[0] == stories[1]


def test_what_was_computed_ahead_is_used(study, monkeypatch):
    chooser = study_chooser(study, "P1")
    calls = []
    original = type(chooser)._chosen
    monkeypatch.setattr(
        type(chooser), "_chosen", lambda self, s: calls.append(s.number) or original(self, s)
    )
    with begun(study, chooser=chooser) as session:
        while session.slots[len(session.state.answers)].role != "main":
            session.answer(observer_of(study).answer(session.next_trial()))
        trial = session.next_trial()
        following = session.slots[trial.number + 1]
        session.prepare()
        ready = calls.count(trial.number + 1)
        assert ready == (len(possible_responses(trial)) if following.role == "main" else 0)
        session.answer(observer_of(study).answer(trial))
        session.next_trial()
        assert calls.count(trial.number + 1) == ready


def test_cut_after_any_line_the_questions_are_the_same(study, tmp_path):
    """Also where others have answered meanwhile: what was known at the beginning stays known."""
    observer = observer_of(study)
    with begun(study) as session:
        whole = content(go_through(session, observer))
    path = participant_path(study.folder, "P1")
    lines = path.read_bytes().splitlines(keepends=True)
    # The first question by gain settles whose answers are taken into account.
    settled = next(k for k, line in enumerate(lines) if OTHERS.encode() in line) + 1
    with begun(study, "P2") as session:
        go_through(session, observer)
    for count in range(settled, len(lines), 3):
        again = twin(study, tmp_path / f"twin{count}")
        cut = participant_path(again.folder, "P1")
        cut.write_bytes(b"".join(lines[:count]) + lines[count][:-5])
        with Session.reopen(again, "P1", study_chooser(again, "P1")) as session:
            open_trial = replay(read_records(cut)).open_trial
            if open_trial is not None:
                assert session.next_trial() == open_trial
            assert content(go_through(session, observer)) == whole


def test_a_question_says_whose_answers_it_rests_on_by_number_alone(study):
    with begun(study) as session:
        trials = go_through(session, observer_of(study))
    stated = [trial.facts[OTHERS] for trial in trials if OTHERS in trial.facts]
    counts = {str(p.state.number): len(p.state.judged) for p in gather(study) if p.code != "P1"}
    assert stated
    assert all(each == counts for each in stated)
    assert "sim-" not in json.dumps(stated)


def test_people_and_simulations_do_not_learn_from_each_other(study):
    with Session.begin(study, NewParticipant("P9"), study_chooser(study, "P9")) as session:
        session.agree(session.consent_text())
        session.tell(observer_of(study).covariates(study.design))
        trials = go_through(session, observer_of(study))
    assert all(trial.facts[OTHERS] == {} for trial in trials if OTHERS in trial.facts)


def test_a_damaged_ledger_of_somebody_else_stops_nobody(study):
    path = participant_path(study.folder, "sim-01")
    path.write_bytes(path.read_bytes().replace(b'"kind"', b'"kin', 2))
    with begun(study) as session:
        assert session.next_trial() is not None
        go_through(session, observer_of(study))
        assert session.phase is Phase.DONE


def test_the_stopping_rule_ends_a_run_and_not_before_each_photo_could_be_compared(tmp_path):
    changes = {
        **GAIN, "selection.stop_at": "width", "selection.stop_value": 0.9, "counts.trials": 60,
        "checks.catch_share": 0.0, "checks.repeat_share": 0.0,
    }  # fmt: skip
    study = make(tmp_path / "study", changes)
    with begun(study) as session:
        go_through(session, observer_of(study))
        assert session.state.ended == "nothing left to ask"
        assert len(study.stimuli) <= len(session.state.judged) < 60


def test_photos_seen_often_enough_are_not_asked_again(tmp_path):
    study = make(tmp_path / "study", {**GAIN, "order.most_exposures": 4, "counts.trials": 14})
    with begun(study) as session:
        go_through(session, observer_of(study))
        assert max(session.situation.exposures.values()) <= 4


def test_dishes_that_are_compared_with_themselves_alone_stay_apart(tmp_path):
    study = make(tmp_path / "study", {**GAIN, "order.blocks": "category", "order.spacing": 0})
    with begun(study) as session:
        trials = go_through(session, observer_of(study))
    for trial in (t for t in trials if t.counts):
        assert len({name.split("/")[0] for name in trial.stimuli}) == 1


def test_ratings_by_gain_go_where_least_is_known(tmp_path):
    changes = {**GAIN, "judgement.kind": "vas", "checks.repeat_share": 0.0,
               "selection.random_share": 0.0, "counts.trials": 8}  # fmt: skip
    study = make(tmp_path / "study", changes)
    with begun(study) as session:
        trials = go_through(session, observer_of(study))
    shown = [t.stimuli[0] for t in trials if t.chosen_by == "gain"]
    assert len(shown) >= 6
    assert len(set(shown)) == len(shown)


def rated(rater, photo, value, number=0):
    """A rating on the line."""
    trial = Trial(number, 0, "vas", (photo,), "How delicious?", "self-paced")
    return rater, trial, Answer(number, value, 1.0)


def test_a_rating_by_gain_counts_raters_by_how_consistent_they_are(tmp_path):
    """A photo that an erratic rater rated twice is less sure than one that an exact one did."""
    changes = {**GAIN, "judgement.kind": "vas", "selection.random_share": 0.0,
               "counts.practice": 0}  # fmt: skip
    study = make(tmp_path / "study", changes, categories=("curry", "salad", "soup"))
    *shared, once, twice = study.stimuli.ids
    rng = np.random.default_rng(0)
    earlier = [rated(who, photo, 0.05 + 0.09 * k) for k, photo in enumerate(shared)
               for who in ("exact", "as exact")]  # fmt: skip
    earlier += [rated("erratic", photo, float(rng.uniform())) for photo in shared]
    earlier += [rated("exact", once, 0.5), *[rated("erratic", twice, v) for v in (0.1, 0.9)]]

    with begun(study, chooser=RandomChooser()) as session:
        chosen = RatingsByGain(tuple(earlier)).next(session.situation)
        without = RatingsByGain(tuple(earlier[-3:-1])).next(session.situation)

    assert chosen.stimuli == (twice,)
    assert chosen.chosen_by == "gain"
    known = RatersKnown.of(tuple(earlier))
    assert known.noise["erratic"] > 2 * known.noise["exact"]
    assert chosen.facts["gain"] == pytest.approx(
        known.gains(np.array([2 * known.told_by("erratic")]))[0]
    )
    assert without.stimuli[0] in shared


def test_image_features_can_be_part_of_the_choice(tmp_path):
    study = make(tmp_path / "study", {**GAIN, "selection.feature_prior": True, "counts.trials": 6})
    with begun(study) as session:
        go_through(session, observer_of(study))
        assert session.phase is Phase.DONE
    assert list((study.folder / "cache").glob("*.npz"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"selection.rule": "gain", "judgement.kind": "best-worst"}, "for pairs and ratings"),
        ({"selection.stop_at": "width", "selection.stop_value": 0.2}, "has a number of trials"),
        (
            {"selection.rule": "gain", "selection.stop_at": "gain", "selection.stop_value": 2},
            "below 1 from the start",
        ),
        (
            {"selection.rule": "gain", "judgement.kind": "vas", "selection.stop_at": "width",
             "selection.stop_value": 0.2},
            "only pairs can stop",
        ),
    ],
)  # fmt: skip
def test_a_choice_that_there_is_not_is_refused(changes, words):
    with pytest.raises(ParameterError, match=words):
        check_choice(design_of(None, {"name": "x", **changes}))


def test_the_rule_in_words_names_the_design_s_values():
    design = design_of(
        None,
        {"name": "x", **GAIN, "selection.stop_at": "width", "selection.stop_value": 0.2},
    )
    rule = stopping_rule(design, 36)
    assert (rule.width, rule.bits, rule.at_least) == (0.2, None, 36)
