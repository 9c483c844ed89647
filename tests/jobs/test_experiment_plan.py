"""Plans as files: what is wrong in which line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.jobs.experiments import plan_file

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.jobs.experiment_plan import read_plan

PLANS = Path(__file__).resolve().parents[2] / "examples" / "plans"

GOOD = """\
name: Small
data:
  phantoms:
    train: {patients: 2, lesions: 2, first: 0}
    test: {patients: 2, lesions: 2, first: 10}
arms: [augmented, poisson]
baseline: augmented
rate: 0.5
training:
  steps: 100
"""


@pytest.fixture
def refused(tmp_path):
    def read(text):
        path = tmp_path / "plan.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_plan(path)
        assert caught.value.where == str(path)
        return caught.value.what

    return read


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_plans_that_come_with_the_program_can_be_read(path):
    plan = read_plan(path)
    assert isinstance(plan, ExperimentPlan)
    assert plan.training.threads == 1  # so that another number of cores gives the same


def test_a_plan_is_read(tmp_path):
    (tmp_path / "plan.yaml").write_text(GOOD, encoding="utf-8")
    plan = read_plan(tmp_path / "plan.yaml")
    assert plan.training.steps == 100
    assert [arm.name for arm in plan.arms] == ["augmented", "poisson"]


def test_a_typing_error_is_told_with_its_line(refused):
    assert "training.stepz (line 10): there is no such key" in refused(
        GOOD.replace("steps", "stepz")
    )


def test_a_value_out_of_range_is_told_with_its_line(refused):
    assert "rate (line 8)" in refused(GOOD.replace("rate: 0.5", "rate: -1"))
    assert "data.phantoms.test.patients (line 5)" in refused(
        GOOD.replace("patients: 2, lesions: 2, first: 10", "patients: -2, lesions: 2, first: 10")
    )


def test_an_arm_that_is_none_is_told_with_its_line_and_a_hint(refused):
    text = refused(GOOD.replace("[augmented, poisson]", "\n  - augmented\n  - poison"))
    assert "arms[1] (line 8)" in text
    assert "did you mean 'poisson'" in text


def test_a_baseline_that_is_no_arm_is_told(refused):
    assert "'real', is not among the arms" in refused(
        GOOD.replace("baseline: augmented", "baseline: real")
    )


def test_a_key_that_is_missing_is_named(refused):
    assert "baseline (line 1): this key is missing" in refused(
        GOOD.replace("baseline: augmented\n", "")
    )


def test_what_is_no_yaml_is_told_with_its_line(refused):
    assert "this is not YAML, line" in refused(GOOD.replace("[augmented", "[augmented]]"))
    assert "has no keys" in refused("- a list")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="no such plan"):
        read_plan(tmp_path / "gone.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="this is no text, and no plan"):
        read_plan(tmp_path / "binary.yaml")


def test_values_of_the_wrong_kind_are_told_in_words(refused):
    assert "rate (line 8): must be a number, not 'high'" in refused(
        GOOD.replace("rate: 0.5", "rate: high")
    )
    arm = "{name: mine, like: poisson, rim: 3}"
    assert "the arm 'mine': rim: must be 1 or less, not 3" in refused(
        GOOD.replace("[augmented, poisson]", f"[augmented, {arm}]")
    )


def test_toys_are_plans_too(tmp_path):
    assert read_plan(plan_file(tmp_path)).counted_per == "slice"
