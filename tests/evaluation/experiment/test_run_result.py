"""Results of runs on the disk: what comes back, and what is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DatasetError, ParameterError
from napari_lesion_synth.evaluation.experiment.case_json import plain
from napari_lesion_synth.evaluation.experiment.run_result import (
    EDITION,
    RunResult,
    read_run,
    read_runs,
    write_run,
)
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.shams.response import ShamPair

SHAM = ShamPair("p1", "a", "poisson", "rim", 12.25, 0.5, 0.0)


@pytest.fixture
def run(result):
    def make(arm="poisson", fold=0, seed=1, plan="0123456789abcdef", **changes):
        cases = (
            result([0.875, None], [0.25, 0.125], patient="p1", zone=Zone.RIM),
            result([], [0.5], patient="p2", contrast_hu=math.nan),
        )
        fields = {
            "cases": cases,
            "threshold": 0.375,
            "validation": {"sensitivity": 0.75, "false_alarms": math.nan},
            "shams": (SHAM,),
            "seconds": {"train": 12.5, "train_cpu": 11.0},
            "facts": {"detector": "abc", "steps": {"candidate": 3}, "patients": ["p0"]},
            **changes,
        }
        return RunResult(arm, fold, seed, plan, "ct", **fields)

    return make


def test_what_is_written_comes_back(run, tmp_path):
    asked = run()
    write_run(tmp_path / "run.json", asked)
    found = read_run(tmp_path / "run.json")
    assert (found.arm, found.fold, found.seed, found.per) == ("poisson", 0, 1, "ct")
    assert found.cases == asked.cases
    assert found.shams == (SHAM,)
    assert found.threshold == 0.375
    assert dict(found.seconds) == asked.seconds
    assert found.facts == asked.facts
    assert math.isnan(found.validation["false_alarms"])
    assert found.cases[0].lesions[0].zone is Zone.RIM
    assert froc(found.cases).cpm() == froc(asked.cases).cpm()


def test_what_is_not_known_comes_back_unknown(run, result, tmp_path):
    case = result([None], diameter_mm=math.nan, depth_mm=math.nan, contrast_hu=math.nan)
    write_run(tmp_path / "run.json", run(cases=(case,), threshold=None, shams=()))
    found = read_run(tmp_path / "run.json")
    lesion = found.cases[0].lesions[0]
    assert lesion.score is None
    assert lesion.finding is None
    assert lesion.zone is None
    assert all(math.isnan(v) for v in (lesion.diameter_mm, lesion.depth_mm, lesion.contrast_hu))
    assert found.threshold is None
    assert found.shams == ()


@pytest.mark.parametrize("threshold", [math.inf, -math.inf])
def test_a_threshold_that_keeps_nothing_or_all_stays_what_it_is(run, tmp_path, threshold):
    write_run(tmp_path / "run.json", run(threshold=threshold))
    assert read_run(tmp_path / "run.json").threshold == threshold


def test_the_file_is_json_for_everybody(run, tmp_path):
    write_run(tmp_path / "run.json", run())

    def refuse(word):
        raise AssertionError(word)

    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=refuse)
    assert content["rule"] == HitRule().model_dump(mode="json")
    assert content["validation"]["false_alarms"] is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_six_digits_and_written_again_they_do_not_change(value):
    kept = plain(value)
    assert kept == pytest.approx(value, rel=5e-6, abs=1e-300)
    assert plain(kept) == kept


def test_two_rules_in_one_run_are_refused(run, result):
    one, other = run().cases
    other = replace(other, rule=HitRule(kind="iou"))
    with pytest.raises(ParameterError, match="rule"):
        run(cases=(one, other)).to_json()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema": 99}',
        b'{"arm": "real", "fold"',
        b"\xff\xfe",
    ],
)
def test_a_torn_or_foreign_file_is_told_with_its_name(tmp_path, content):
    path = tmp_path / "runs" / "real--0--0.json"
    path.parent.mkdir()
    path.write_bytes(content)
    for read in (lambda: read_run(path), lambda: read_runs(tmp_path)):
        with pytest.raises(DatasetError) as caught:
            read()
        assert caught.value.where == str(path)
        assert "run the experiment again" in caught.value.remedy


def test_what_lacks_a_field_says_which(run, tmp_path):
    content = run().to_json()
    del content["cases"][0]["lesions"][0]["zone"]
    with pytest.raises(DatasetError, match="'zone' is missing"):
        RunResult.from_json(content, tmp_path)


def test_runs_come_by_seed_and_what_was_being_written_is_passed_over(run, tmp_path):
    (tmp_path / "runs").mkdir()
    for each in (run(seed=1), run("all", seed=0), run("real", seed=0), run("real", 1, 0)):
        write_run(tmp_path / "runs" / f"{each.name}.json", each)
    (tmp_path / "runs" / ".partial-real--0--7.json").write_bytes(b"{")
    found = [(each.seed, each.fold, each.arm) for each in read_runs(tmp_path)]
    assert found == [(0, 0, "all"), (0, 0, "real"), (0, 1, "real"), (1, 0, "poisson")]


def test_no_runs_are_no_fault(tmp_path):
    assert read_runs(tmp_path) == []


def test_a_run_under_another_name_is_refused(run, tmp_path):
    (tmp_path / "runs").mkdir()
    write_run(tmp_path / "runs" / "poisson--0--7.json", run())
    with pytest.raises(DatasetError, match="another name"):
        read_runs(tmp_path)


def test_runs_of_two_plans_in_one_folder_are_refused(run, tmp_path):
    (tmp_path / "runs").mkdir()
    for each in (run(), run(seed=2, plan="fedcba9876543210")):
        write_run(tmp_path / "runs" / f"{each.name}.json", each)
    with pytest.raises(DatasetError, match="two plans"):
        read_runs(tmp_path)


def test_runs_between_which_the_program_came_to_teach_otherwise_are_not_mixed(run, tmp_path):
    (tmp_path / "runs").mkdir()
    old, new = run(facts={}), run(seed=2, facts={"edition": EDITION})
    assert (old.edition, new.edition) == (1, EDITION)
    for each in (old, new):
        write_run(tmp_path / "runs" / f"{each.name}.json", each)
    with pytest.raises(DatasetError, match="teach or test otherwise"):
        read_runs(tmp_path)
