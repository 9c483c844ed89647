"""What a map keeps: whole lines, each once, of one map alone."""

from __future__ import annotations

import json

import pytest

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.limits.results import Insertion
from napari_lesion_synth.evaluation.matching import CaseResult, Mark, Outcome
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.jobs.limit_folder import (
    RESULTS,
    begin,
    keep_copy,
    keep_untouched,
    kept_in,
    plan_of,
)

RULE = HitRule()


def row(spot=0, **changes):
    return Insertion("ct", "copy-0001", spot, "sigmoid", "rim", 5, -20, 1, 2, 3, **changes)


def untouched():
    mark = Mark(1, Outcome.FALSE, None, 0.7, (1.0, 2.0, 3.0), 5.0, None)
    return CaseResult("ct", "ct", "d", RULE, (), (mark,), True)


def test_what_was_kept_is_there_again(tmp_path):
    keep_untouched(tmp_path, "ct", untouched(), 0.4)
    keep_copy(tmp_path, "ct", "copy-0001", [row(0, score=0.9), row(1)], [0.3, 0.2])

    kept = kept_in(tmp_path, RULE)

    assert kept.own == {"ct": 0.4}
    assert kept.untouched["ct"] == untouched()
    assert [each.score for each in kept.rows["ct", "copy-0001"]] == [0.9, None]
    assert kept.alarms == {("ct", "copy-0001"): (0.3, 0.2)}


def test_a_copy_that_was_kept_twice_counts_once(tmp_path):
    for score in (0.4, 0.6):
        keep_copy(tmp_path, "ct", "copy-0001", [row(score=score)], [])

    assert [each.score for each in kept_in(tmp_path, RULE).insertions] == [0.6]


@pytest.mark.parametrize(
    "line", ['{"ct": "ct", "copy": "copy-0002", "rows": [{"x": 1}]}', '{"a": 1}', "[]", "{"]
)
def test_a_line_that_is_not_whole_is_passed_over(tmp_path, line):
    keep_copy(tmp_path, "ct", "copy-0001", [row()], [])
    with (tmp_path / RESULTS).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    keep_copy(tmp_path, "ct", "copy-0003", [row()], [])

    assert {name for _, name in kept_in(tmp_path, RULE).rows} == {"copy-0001", "copy-0003"}


def test_the_same_map_may_be_begun_again_and_another_may_not(tmp_path):
    begin(tmp_path / "map", {"a": 1, "b": [2]})
    begin(tmp_path / "map", {"b": [2], "a": 1})

    with pytest.raises(DatasetError, match=r"other: b\)"):
        begin(tmp_path / "map", {"a": 1, "b": [3]})
    assert plan_of(tmp_path / "map")["asked"] == {"a": 1, "b": [2]}


def test_a_damaged_plan_is_not_written_over(tmp_path):
    begin(tmp_path, {"a": 1})
    keep_copy(tmp_path, "ct", "copy-0001", [row()], [])
    (tmp_path / "plan.json").write_text("{", encoding="utf-8")

    with pytest.raises(DatasetError, match="another detection-limit map"):
        begin(tmp_path, {"a": 1})


def test_an_empty_folder_holds_nothing(tmp_path):
    assert kept_in(tmp_path, RULE).rows == {}
    assert plan_of(tmp_path) == {}


def test_lines_are_json_without_nan(tmp_path):
    keep_copy(tmp_path, "ct", "copy-0001", [row(problem="no room")], [])

    (line,) = (tmp_path / RESULTS).read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["rows"][0]["set_hu"] is None
