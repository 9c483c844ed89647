"""Sessions that mix pairs and ratings by gain a second, and what becomes of both."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.jobs.studies import make, result, run, simulate, twin

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_answers import comparisons_of, grouped, ratings_of
from napari_lesion_synth.jobs.study_chooser import check_choice, study_chooser
from napari_lesion_synth.jobs.study_facts import methods_facts
from napari_lesion_synth.jobs.study_mixed import COST, GAIN, RATES
from napari_lesion_synth.jobs.study_new import design_of
from napari_lesion_synth.jobs.study_next import next_actions
from napari_lesion_synth.jobs.study_report import ReportStudy, report_study
from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study, scaled_groups
from napari_lesion_synth.jobs.study_scaled import ScaleSettings
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.shared import shared_posterior
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session

MIXED = {
    "judgement.kind": "mixed", "selection.rule": "gain", "counts.trials": 24,
    "counts.practice": 2, "checks.repeat_share": 0.1, "actions.rating_s": 4.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Two simulated participants have compared and rated."""
    return simulate(make(tmp_path_factory.mktemp("mixed") / "study", MIXED, freeze=True))


@pytest.fixture
def study(original, tmp_path):
    return twin(original, tmp_path / "study")


def observer_of(study):
    worth = np.linspace(-1.5, 1.5, len(study.stimuli))
    return UtilityObserver(dict(zip(study.stimuli.ids, worth.tolist(), strict=True)))


def begun(study, code="P1"):
    who = NewParticipant(code, simulated=True)
    session = Session.begin(study, who, study_chooser(study, code), SimulatedClock().clock)
    session.agree(session.consent_text())
    session.tell(observer_of(study).covariates(study.design))
    return session


def go_through(session, observer):
    for _ in take_part(session, observer):
        pass
    return json.loads(json.dumps([trial.to_json() for trial in session.state.trials]))


def test_one_sitting_has_pairs_and_ratings_and_each_says_why(study):
    for person in gather(study):
        trials = person.state.trials
        assert {trial.kind for trial in trials if trial.counts} == {"pair", "vas"}
        for trial in trials:
            assert len(trial.stimuli) == {"pair": 2, "vas": 1}[trial.kind]
            if trial.chosen_by == "gain":
                rate = trial.facts[GAIN] / trial.facts[COST]
                assert rate == pytest.approx(max(trial.facts[RATES].values()))
                assert trial.facts[COST] == 4.0  # of either kind, in this design


def test_the_costs_of_the_design_decide_what_is_asked(tmp_path):
    """With ratings that take ever so long there are only those that teach how much one tells."""
    costs = {**MIXED, "checks.repeat_share": 0.0, "selection.random_share": 0.0}
    for name, seconds, kind in (("dear", 600.0, "pair"), ("cheap", 0.1, "vas")):
        study = make(tmp_path / name, {**costs, "actions.rating_s": seconds})
        with begun(study) as session:
            go_through(session, observer_of(study))
            kinds = Counter(t.kind for t in session.state.trials if t.chosen_by == "gain")
        assert set(kinds) == {kind}


@pytest.mark.parametrize(
    ("worth", "looked"), [({}, False), ({"gaze_share": 0.9, "gaze_s": 0.1}, True)]
)
def test_looking_is_asked_for_where_the_design_says_that_it_is_worth_something(
    tmp_path, worth, looked
):
    changes = {**MIXED, "viewing.gaze_source": "simulated", "counts.trials": 30,
               **{f"actions.{name}": value for name, value in worth.items()}}  # fmt: skip
    study = make(tmp_path / "study", changes)
    # Photos that the first one compares are the later one's to look at.
    simulate(study, 2)
    trials = [t for person in gather(study) for t in person.state.trials]
    looks = [t for t in trials if t.kind == "view"]
    assert bool(looks) == looked
    assert all(t.question in ("写真を見てください。", "Please look at the photo.") for t in looks)
    assert all(t.repeat_of is None for t in looks)
    groups = grouped(gather(study))
    assert {group.way.kind for group in groups} == {"mixed", "pair", "vas"}


def test_cut_after_any_line_the_questions_are_the_same(study, tmp_path):
    observer = observer_of(study)
    with begun(study) as session:
        whole = go_through(session, observer)
    path = participant_path(study.folder, "P1")
    lines = path.read_bytes().splitlines(keepends=True)
    settled = next(k for k, line in enumerate(lines) if b'"others"' in line) + 1
    with begun(study, "P2") as session:
        go_through(session, observer)
    for count in range(settled, len(lines), 7):
        again = twin(study, tmp_path / f"twin{count}")
        cut = participant_path(again.folder, "P1")
        cut.write_bytes(b"".join(lines[:count]) + lines[count][:-5])
        with Session.reopen(again, "P1", study_chooser(again, "P1")) as session:
            assert go_through(session, observer) == whole


def test_the_question_after_a_rating_is_computed_while_it_is_on_the_screen(study, monkeypatch):
    """Wherever the mark will be: it is read one question later."""
    observer = observer_of(study)
    with begun(study) as session:
        chooser = session._chooser
        calls = []
        chosen = type(chooser)._chosen
        monkeypatch.setattr(
            type(chooser), "_chosen", lambda self, s: calls.append(s.number) or chosen(self, s)
        )
        while True:
            trial = session.next_trial()
            following = session.slots[trial.number + 1]
            if trial.kind == "vas" and trial.counts and following.role == "main":
                break
            session.answer(observer.answer(trial))
        session.prepare()
        assert calls.count(trial.number + 1) == 1
        (ahead,) = session.upcoming()
        session.answer(replace(observer.answer(trial), response=0.987))
        if session.phase.asks:
            assert session.next_trial() == ahead
            assert calls.count(trial.number + 1) == 1


def test_pairs_and_ratings_are_scaled_together_and_each_by_itself(study):
    cohort = gather(study)
    groups = grouped(cohort)
    assert groups[0].way.kind == "mixed"
    sizes = {group.way.kind: len(group.answers) for group in groups}
    assert sizes["mixed"] == sizes["pair"] + sizes["vas"]

    both = scaled_groups(cohort, ScaleSettings())[0]

    group = both.group
    pairs = comparisons_of(group.first, group.items, group.raters)
    ratings = ratings_of(group.first, group.items, group.raters)
    prior = StudyModel().learnt(pairs).prior
    expected = shared_posterior(prior, pairs, ratings).posterior
    assert both.posterior.mean == pytest.approx(expected.mean)
    assert both.compared.sum() == 2 * len(pairs) + len(ratings)
    note = both.values.notes[0]
    assert f"took in {len(pairs)} pairs and {len(ratings)} ratings" in note
    kinds = {action.kind: action for action in next_actions(both)}
    assert {"pair", "re-rate"} <= set(kinds)


def test_a_study_of_one_kind_is_not_pooled_with_another(tmp_path):
    """Whoever began with pairs alone stays a group of pairs."""
    study = simulate(make(tmp_path / "study", {"selection.rule": "gain"}))
    assert [group.way.kind for group in grouped(gather(study))] == ["pair"]


def test_the_report_says_that_and_how_one_posterior_took_in_both(study):
    told = result(run(scale_study(ScaleStudy(folder=study.folder), StopToken())))
    assert told["study_groups"][0]["text"].startswith("pairs and ratings together")
    names = [figure["name"] for figure in told["study_figures"]]
    assert any(name.startswith("pairs: ") for name in names)
    assert any(name.startswith("ratings: ") for name in names)
    page = result(run(report_study(ReportStudy(folder=study.folder), StopToken())))["report"]
    html = Path(page).read_text(encoding="utf-8")
    assert "One posterior took in" in html
    assert "pairs and ratings (vas), mixed" in html
    assert "a pair taken as 4 s, a rating as 4 s" in html
    assert "One posterior took in" in methods_facts(gather(study)).scaling


def test_the_stopping_rule_ends_a_mixed_run(tmp_path):
    changes = {
        **MIXED, "selection.stop_at": "width", "selection.stop_value": 0.9, "counts.trials": 70,
        "checks.catch_share": 0.0, "checks.repeat_share": 0.0,
    }  # fmt: skip
    study = make(tmp_path / "study", changes)
    with begun(study) as session:
        go_through(session, observer_of(study))
        assert session.state.ended == "nothing left to ask"
        assert len(study.stimuli) <= len(session.state.judged) < 70


def test_photos_seen_often_enough_come_neither_in_pairs_nor_alone(tmp_path):
    study = make(tmp_path / "study", {**MIXED, "order.most_exposures": 5, "counts.trials": 17})
    with begun(study) as session:
        go_through(session, observer_of(study))
        assert max(session.situation.exposures.values()) <= 5


def test_kinds_are_not_mixed_by_chance():
    with pytest.raises(ParameterError, match="a matter of gain"):
        check_choice(design_of(None, {"name": "x", "judgement.kind": "mixed"}))
