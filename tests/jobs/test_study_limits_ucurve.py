"""Limits that are tried by trainings: from a policy to the curve in the report."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from tests.jobs.studies import make, result, run, simulate

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.events import Log, StopToken
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.study_files import REGRESSION_JSON, read_result
from napari_lesion_synth.jobs.study_limits_ucurve_svg import ucurve_svg
from napari_lesion_synth.jobs.study_regress import UCURVE_SVG, RegressStudy, regress_study
from napari_lesion_synth.jobs.study_report import ReportStudy, report_study
from napari_lesion_synth.perception.limits.policy import AugmentationPolicy
from napari_lesion_synth.perception.limits.ucurve import MULTIPLES, UCurve
from napari_lesion_synth.perception.regression.augmented import assumed_policy


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three dishes of four views each, judged by two simulated participants."""
    folder = tmp_path_factory.mktemp("ucurve") / "study"
    changes = {"counts.trials": 24, "checks.catch_share": 0.0}
    return simulate(make(folder, changes, categories=("curry", "salad", "soup")), 2)


@pytest.fixture
def policy(tmp_path):
    """Limits of all transforms that nobody was asked about."""
    path = tmp_path / "policy.json"
    assumed_policy().write(path)
    return path


def regress(study, policy=None):
    how = {"policy": policy, "copies": 1, "trainings": 1}
    asked = {"folder": study.folder, "models": ("mean",), "gaze": False, "retraining": how}
    return run(regress_study(RegressStudy.model_validate(asked), StopToken()))


def test_trainings_at_multiples_of_the_limits_are_told_drawn_and_reported(study, policy):
    events = regress(study, policy)

    found = read_result(study.folder, REGRESSION_JSON)["limits"]
    assert found["multiples"] == list(MULTIPLES)
    assert found["clusters"] == 3
    assert found["less_limit"][found["multiples"].index(1)] == [0, 0, 0]
    assert len({mae[0] for mae in found["mae"]}) == len(MULTIPLES)  # the copies were learnt from
    assert "nobody was asked" in found["methods"][0]
    assert result(events)["limits"] == found["words"]
    assert (study.folder / "results" / UCURVE_SVG).exists()

    page = result(run(report_study(ReportStudy(folder=study.folder), StopToken())))["report"]
    text = Path(page).read_text(encoding="utf-8")
    assert found["words"] in text
    assert "Error of trainings against multiples of the limits" in text


def test_without_a_policy_nothing_is_said_of_limits(study, policy):
    regress(study, policy)
    events = regress(study)

    assert "limits" not in result(events)
    assert read_result(study.folder, REGRESSION_JSON)["limits"] is None
    assert not (study.folder / "results" / UCURVE_SVG).exists()


def test_a_policy_that_allows_nothing_for_a_dish_is_told_and_the_models_are_kept(study, tmp_path):
    path = tmp_path / "empty.json"
    AugmentationPolicy().write(path)

    events = regress(study, path)

    warnings = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    assert any("the limits were not tried: the policy allows no transform" in w for w in warnings)
    assert result(events)["study_models"]


def test_a_policy_that_is_missing_is_told_before_anything_is_learnt(study, tmp_path):
    with pytest.raises(InputError, match="no such policy"):
        regress(study, tmp_path / "none.json")


def test_the_drawing_has_a_mark_for_each_multiple_and_says_what_it_shows():
    errors = tuple(Interval(0.1 + 0.02 * (m - 1) ** 2, 0.08, 0.14) for m in MULTIPLES)
    apart = tuple(Interval(e.value - 0.1, e.value - 0.11, e.value - 0.09) for e in errors)
    curve = UCurve(MULTIPLES, errors, apart, 12, 2)

    drawn = ucurve_svg(curve, "ridge")

    root = ET.fromstring(drawn)
    assert len(root.findall("{*}circle")) == len(MULTIPLES)
    words = " ".join(root.itertext()).replace("\n", " ")
    assert "0.1200" in words
    assert "supports" in words
