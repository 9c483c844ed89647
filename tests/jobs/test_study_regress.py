"""Predicting attractiveness: what is learnt from what, and whether gaze may claim a gain."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from tests.jobs.studies import make, result, run, simulate

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Log, StopToken
from napari_lesion_synth.jobs.study_files import REGRESSION_JSON, SCALE_JSON, read_result
from napari_lesion_synth.jobs.study_regress import (
    MAE_SVG,
    PREDICTIONS_CSV,
    RegressStudy,
    regress_study,
)
from napari_lesion_synth.jobs.study_regress_gaze import looked_at
from napari_lesion_synth.jobs.study_report_models import _gaze
from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study
from napari_lesion_synth.jobs.study_scaled import ScaleSettings
from napari_lesion_synth.perception.export.people import gather

CHANGES = {
    "counts.trials": 24, "checks.catch_share": 0.0, "viewing.gaze_source": "mouse_aperture",
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three dishes of four views each, looked at by three simulated participants."""
    folder = tmp_path_factory.mktemp("regress") / "study"
    return simulate(make(folder, CHANGES, categories=("curry", "salad", "soup")), 3)


def regress(study, **more):
    asked = {"folder": study.folder, "models": ("mean", "ridge"), **more}
    return run(regress_study(RegressStudy.model_validate(asked), StopToken()))


@pytest.fixture(scope="module")
def found(study):
    regress(study)
    return read_result(study.folder, REGRESSION_JSON)


def test_tests_are_on_dishes_that_were_not_learnt_from(study, found):
    assert found["tested"] == "3 folds, no dish on both sides of a test"
    assert "no photo on both sides" in result(regress(study, by="photo", gaze=False))["tested"]
    regress(study)


def test_each_error_has_its_interval_and_stands_beside_noise_and_mean(found):
    for row in found["models"]:
        value, low, high = row["mae"]
        assert low <= value <= high
    assert found["noise"]["floor"][0] > 0
    assert [row["model"] for row in found["models"]] == ["mean", "ridge"]
    assert found["models"][0]["less_than_mean"] is None
    assert len(found["models"][1]["less_than_mean"]) == 3


def test_gaze_is_compared_with_its_controls(found):
    gaze = found["gaze"]
    assert set(gaze["arms"]) == {
        "image", "centre prior", "saliency", "shuffled gaze", "real gaze",
    }  # fmt: skip
    assert gaze["source"] == "simulated"
    assert set(gaze["differences"]) == set(gaze["arms"]) - {"real gaze"}
    assert isinstance(gaze["gain"], bool)
    assert gaze["verdict"]


def test_every_photo_is_predicted_by_a_model_that_has_not_seen_it(study, found):
    with (study.folder / "results" / PREDICTIONS_CSV).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * found["photos"] == 24
    assert all(0 <= float(row["label"]) <= 1 for row in rows)
    assert (study.folder / "results" / MAE_SVG).exists()


def test_views_of_a_dish_make_a_dial(found):
    assert {dial["dish"] for dial in found["dials"]} == {"curry", "salad", "soup"}
    assert all("may be" in dial["words"] for dial in found["dials"])
    for dial in found["dials"]:
        assert len(dial["points"]) == 4
        best = max(dial["points"], key=lambda point: point["value"])
        assert best["view"] == dial["best"]
        assert sum(point["chance"] for point in dial["points"]) == pytest.approx(1)


def test_the_dial_learns_how_views_differ_and_keeps_each_dish_s_level(study, found):
    with (study.folder / "results" / PREDICTIONS_CSV).open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "ridge"]
    plain = {row["photo"]: float(row["predicted"]) for row in rows}
    for dial in found["dials"]:
        assert dial["model"] == "ridge"
        values = [point["value"] for point in dial["points"]]
        before = [plain[point["photo"]] for point in dial["points"]]
        assert np.mean(values) == pytest.approx(np.mean(before))
        assert not np.allclose(values, before)


def test_labels_never_come_from_a_prior_of_the_features(study, found):
    with_features = ScaleSettings(features=True)
    run(scale_study(ScaleStudy(folder=study.folder, how=with_features), StopToken()))
    assert read_result(study.folder, SCALE_JSON)["settings"]["features"] is True
    regress(study)
    again = read_result(study.folder, REGRESSION_JSON)
    assert again["models"] == found["models"]


def test_gaze_of_another_source_is_not_taken(study):
    cohort = gather(study)
    assert looked_at(cohort, "tracker").looks == {}
    looked = looked_at(cohort, "simulated")
    assert len(looked.looks) == 12
    assert looked.viewers > 1


def test_gaze_that_was_not_validated_makes_no_maps(study):
    cohort = gather(study)

    def blind(person):
        answers = tuple(replace(a, quality={}) for a in person.state.answers)
        return replace(person, state=replace(person.state, answers=answers))

    looked = looked_at(replace(cohort, people=tuple(map(blind, cohort.people))), "simulated")
    assert looked.looks == {}
    assert any("not validated" in note for note in looked.notes)


def test_without_gaze_nothing_is_said_of_it(tmp_path):
    study = simulate(make(tmp_path / "study", {"counts.trials": 20}), 2)
    events = regress(study)
    assert read_result(study.folder, REGRESSION_JSON)["gaze"] is None
    assert any("nothing is said of it" in e.text for e in events if isinstance(e, Log))


def test_too_few_photos_are_told(tmp_path):
    study = simulate(make(tmp_path / "study", categories=("curry",)), 1)
    with pytest.raises(ParameterError, match="4 judged photos are too few"):
        regress(study)


def test_what_the_mouse_pointed_at_is_not_called_real_gaze(found):
    pointed = {**found["gaze"], "source": "mouse_aperture"}
    page = "".join(_gaze(pointed))
    assert "mouse aperture" in page
    assert "real gaze" not in page
    assert "real gaze" not in found["gaze"]["verdict"], "it is simulated"
    assert "simulated gaze" in found["gaze"]["verdict"]
