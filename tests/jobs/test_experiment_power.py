"""What a plan can show, told from its numbers."""

from __future__ import annotations

import pytest
from tests.detection.toys import toy
from tests.jobs.experiments import PLAN, case_entries, plan_file

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.statistics.power import plan_power
from napari_lesion_synth.evaluation.statistics.power_settings import PowerSettings
from napari_lesion_synth.events import Done, Log, StopToken
from napari_lesion_synth.jobs.experiment_power import tell_power


def told(given, plan=None):
    events = list(tell_power(given, StopToken(), plan))
    assert isinstance(events[-1], Done)
    return "\n".join(event.text for event in events if isinstance(event, Log)), events[-1].result


def test_a_number_of_lesions_is_enough():
    text, result = told({"lesions": 20, "aims": None})
    assert text == plan_power(PowerSettings(lesions=20)).words()
    assert result["lesions"] == 20
    assert set(result["against"]) == {"0.8", "0.95"}


def test_without_a_number_and_a_plan_it_is_said_what_is_missing():
    with pytest.raises(ParameterError, match="how many lesions") as caught:
        told({"lesions": None})
    assert "--lesions" in caught.value.remedy


def test_slices_are_counted_without_writing_anything(tmp_path):
    plan = plan_file(tmp_path)
    text, result = told({}, plan)
    assert result["lesions"] == 3
    assert "With 3 test lesions" in text
    assert "false alarms per slice over 4 slices" in text
    assert {path.name for path in tmp_path.iterdir()} == {"plan.yaml", "slices.npz"}


def test_what_is_given_counts_before_the_plan(tmp_path):
    _, result = told({"lesions": 500, "baseline": 0.5}, plan_file(tmp_path))
    assert result["lesions"] == 500


def test_phantoms_are_not_simulated_for_it(tmp_path):
    side = {"patients": 40, "lesions": 4}
    phantoms = {"train": {**side, "first": 0}, "test": {**side, "first": 100}}
    plan = plan_file(tmp_path, data={"phantoms": phantoms}, division=None)
    text, result = told({}, plan)
    assert result["lesions"] == 160
    assert "4 a patient" in text


def test_the_test_lesions_of_all_folds_count(tmp_path):
    plan = plan_file(tmp_path, division={"folds": {"k": 2}})
    assert told({}, plan)[1]["lesions"] == 7


def test_cts_of_ones_own_are_looked_at(tmp_path):
    cases = [toy(n, 2, dims=2, patient=name) for n, name in enumerate("abc")]
    plan = plan_file(
        tmp_path,
        data={"cases": case_entries(tmp_path, cases)},
        division={"named": {"test": ["c"]}},
    )
    assert told({}, plan)[1]["lesions"] == 2


def test_more_arms_mean_more_comparisons(tmp_path):
    few = told({"lesions": 60}, plan_file(tmp_path))[0]
    many = told({"lesions": 60}, plan_file(tmp_path, arms=[*PLAN["arms"], "real", "poisson"]))[0]
    assert few != many
