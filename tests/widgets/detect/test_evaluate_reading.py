"""What the tab "Evaluate" makes of a folder."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.widgets.detect.detectors import FakeDetector
from tests.widgets.detect.evaluations import (
    SMALL,
    case_on_disk,
    evaluation_of,
    experiment_in,
)

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.evaluation.experiment.comparison import compare
from napari_lesion_synth.evaluation.experiment.gallery import misses
from napari_lesion_synth.evaluation.experiment.run_result import RUNS
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.events import Stopped
from napari_lesion_synth.widgets.detect.evaluate_reading import Kind, Reading
from napari_lesion_synth.widgets.detect.rows import MISSED, score_text


@pytest.fixture
def files(ball_case, tmp_path):
    """A CT with a lesion, which the first ball of the fake detector hits."""
    return case_on_disk(tmp_path / "cts", ball_case(lesion_mm=10.0, patient="p-7"))


# --- an evaluation ------------------------------------------------------------------------------


def test_an_evaluation_has_its_figures_and_its_places(files, tmp_path):
    view = Reading(evaluation_of(files, tmp_path / "out"))().view
    assert view.names == ("fake",)
    assert view.arms(None).rows[0][1].startswith("1.00\n(0.03 to 1.00)*")
    places = view.places("fake", None)
    assert [place.kind for place in places] == [Outcome.FALSE.value] * 2
    assert [place.score for place in places] == [0.62, 0.34]
    assert "1 of 1 lesions" in view.claims[0]
    assert "one patient" in view.limits[0]
    assert "It is not known whether the test is fair" in view.warning


def test_places_are_those_of_the_rate_that_is_looked_at(files, tmp_path):
    late = FakeDetector(balls=[((8.0, 20.0, 40.0), 8.0, 0.9), ((11.5, 31.5, 31.5), 10.0, 0.6)])
    view = Reading(evaluation_of(files, tmp_path / "out", {"late": late}))().view
    assert [place.kind for place in view.places("late", 1.0)] == [Outcome.FALSE.value]
    (missed,) = view.places("late", 0.125)
    assert (missed.kind, missed.score) == (MISSED, 0.6)
    assert "hit at 0.60 only" in missed.words


def test_a_lesion_that_the_threshold_loses_is_a_miss(files, tmp_path):
    quiet = FakeDetector(balls=[((8.0, 20.0, 40.0), 8.0, 0.6)])
    view = Reading(evaluation_of(files, tmp_path / "out", {"quiet": quiet}))().view
    assert [place.kind for place in view.places("quiet", None)] == [MISSED, Outcome.FALSE.value]
    assert view.arms(None).rows[0][1].startswith("0.00\n")


def test_its_ct_is_known_by_hash_and_file(files, tmp_path):
    view = Reading(evaluation_of(files, tmp_path / "out"))().view
    ct = view.ct("p-7")
    assert ct.inputs["ct"] == files.ct
    assert len(ct.sha256) == 64
    assert view.ct("another").inputs == {}


def test_two_detectors_stand_beside_one_another(files, tmp_path):
    other = FakeDetector(balls=[((8.0, 20.0, 40.0), 8.0, 0.6)], id="other")
    both = {"one": FakeDetector(), "two": other}
    view = Reading(evaluation_of(files, tmp_path / "out", both))().view
    table = view.arms(None)
    assert table.columns == ("Detector", "Found", "False / CT", "Less one", "p")
    assert table.rows[0][3:] == ("–", "–")
    assert table.rows[1][3].startswith("−1.00")
    assert "no difference is shown" in view.claims[2] or "no interval" in view.claims[2]
    assert view.arms(1.0).columns == ("Detector", "Found", "Less one", "p")
    assert view.figure(["two"]).startswith(b"<?xml") or b"<svg" in view.figure(["two"])


# --- an experiment ------------------------------------------------------------------------------


def test_an_experiment_tells_what_its_comparison_holds(tmp_path):
    made = experiment_in(tmp_path / "out")
    made.finish()
    found = Reading(made.folder)()
    comparison = compare(gather(made.plan, made.runs))
    assert (found.kind, found.going) == (Kind.EXPERIMENT, False)
    view = found.view
    assert view.names == ("augmented", "poisson")
    value = comparison.by_name["poisson"].at(0.5).value
    assert view.arms(0.5).rows[1][1].startswith(f"{value:.2f}\n(")
    missed = [place for place in view.places("poisson", 0.5) if place.kind == MISSED]
    assert len(missed) == len(misses(comparison.by_name["poisson"], 0.5))
    assert len(view.strata("poisson", 0.5).rows) == len(comparison.strata)
    assert set(view.tables()) >= {"arms.csv", "differences.csv", "strata.csv"}


def test_p_values_are_told_at_the_plans_rate_alone(tmp_path):
    made = experiment_in(tmp_path / "out")
    made.finish()
    view = Reading(made.folder)().view
    assert view.arms(0.5).rows[1][3] != "–"
    assert view.arms(1.0).rows[1][3] == "–"


def test_of_an_unfinished_one_nothing_is_concluded(tmp_path):
    made = experiment_in(tmp_path / "out", seeds=2)
    made.finish(0, 1)
    found = Reading(made.folder)()
    assert found.going
    assert "NOT FINISHED, 2 of 4 runs" in found.view.heading
    assert "nothing is concluded" in found.view.warning


def test_what_has_not_changed_is_not_worked_out_again(tmp_path):
    made = experiment_in(tmp_path / "out", seeds=2)
    made.finish(0, 1)
    before = Reading(made.folder)()
    assert Reading(made.folder, before.stamp)().view is None
    made.finish(2, 3)
    assert Reading(made.folder, before.stamp)().view is not None


def test_one_without_runs_says_so(tmp_path):
    found = Reading(experiment_in(tmp_path / "out").folder)()
    assert found.view is None
    assert found.going
    assert "no run is finished yet" in found.words


def test_the_folder_of_the_runs_stands_for_the_experiment(tmp_path):
    made = experiment_in(tmp_path / "out")
    made.finish()
    assert Reading(made.folder / RUNS)().folder == made.folder


def test_a_ct_that_the_experiment_made_can_be_opened(tmp_path, ball_case):
    made = experiment_in(tmp_path / "out")
    made.finish()
    case = made.runs[0].cases[0]
    cts = made.folder / "prepared" / "cts"
    files = case_on_disk(cts, ball_case(lesion_mm=10.0, patient=case.case))
    (cts / f"{case.case}.facts.json").write_text(
        json.dumps({"sha256": "a" * 64, "lesions": 1, "slices": 24}), encoding="utf-8"
    )
    ct = Reading(made.folder)().view.ct(case.case)
    assert (ct.sha256, ct.patient, ct.inputs["ct"]) == ("a" * 64, case.patient, files.ct)


def test_a_simulated_ct_that_is_not_there_can_be_simulated_again(tmp_path):
    made = experiment_in(tmp_path / "out")
    made.finish()
    view = Reading(made.folder)().view
    assert view.ct("phantom-3000").inputs == {
        "phantom": {"seed": 3000, "lesions": 3, "spacing": [2.5, 1.0, 1.0]}
    }
    assert view.ct("phantom-9999").inputs == {}  # the plan simulates no such CT


def test_scores_are_the_same_in_the_table_and_in_words(tmp_path):
    made = experiment_in(tmp_path / "out")
    made.finish()
    view = Reading(made.folder)().view
    places = [place for place in view.places("poisson", 0.5) if place.kind == Outcome.FALSE.value]
    assert places
    assert all(f"highest score {score_text(place.score)}" in place.words for place in places)


def test_reading_stops_when_it_is_asked_to(tmp_path):
    made = experiment_in(tmp_path / "out")
    made.finish()
    reading = Reading(made.folder)
    reading.token.stop()
    with pytest.raises(Stopped):
        reading()


# --- other folders ------------------------------------------------------------------------------


def test_findings_ask_for_their_truth(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "findings.json").write_text("{}", encoding="utf-8")
    found = Reading(tmp_path)()
    assert (found.kind, found.view) == (Kind.FINDINGS, None)
    assert "press Evaluate" in found.words


def test_wrong_and_damaged_folders_are_told(tmp_path):
    damaged = experiment_in(tmp_path / "damaged")
    damaged.finish()
    run = damaged.folder / RUNS / f"{damaged.runs[0].name}.json"
    run.write_text(run.read_text(encoding="utf-8")[:100], encoding="utf-8")
    foreign = experiment_in(tmp_path / "foreign", replace(SMALL, patients=3))
    foreign.finish()
    (foreign.folder / "plan.yaml").write_text("name: [", encoding="utf-8")
    for folder, words in (
        (tmp_path, "neither an evaluation, nor an experiment"),
        (tmp_path / "gone", "no such folder"),
        (damaged.folder, "cannot be read"),
        (foreign.folder, "plan.yaml"),
    ):
        with pytest.raises(LesionSynthError, match=words):
            Reading(folder)()
