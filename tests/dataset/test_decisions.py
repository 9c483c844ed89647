from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.decisions import (
    append_decision,
    append_records,
    read_decisions,
    read_records,
)
from napari_lesion_synth.dataset.layout import DECISIONS_JSONL
from napari_lesion_synth.errors import StorageError


def test_no_file_means_no_decisions(tmp_path):
    assert read_decisions(tmp_path) == {}


def test_the_last_verdict_wins(tmp_path):
    append_decision(tmp_path, "a", "accept", reader="x")
    append_decision(tmp_path, "b", "reject")
    append_decision(tmp_path, "a", "reject", reader="y")
    assert read_decisions(tmp_path) == {
        "a": {"id": "a", "decision": "reject", "reader": "y"},
        "b": {"id": "b", "decision": "reject"},
    }


@pytest.mark.parametrize("cut", range(2, 34, 5))
def test_a_line_cut_short_is_dropped_and_does_not_swallow_the_next(tmp_path, cut):
    append_decision(tmp_path, "a", "accept")
    append_decision(tmp_path, "b", "reject")
    path = tmp_path / DECISIONS_JSONL
    path.write_bytes(path.read_bytes()[:-cut])
    assert set(read_decisions(tmp_path)) == {"a"}
    append_decision(tmp_path, "c", "accept")
    assert set(read_decisions(tmp_path)) == {"a", "c"}


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    with pytest.raises(StorageError, match="not there"):
        append_decision(tmp_path / "absent", "a", "accept")


def test_undo_takes_back_the_last_verdict_on_that_lesion_alone(tmp_path):
    for sample, decision in (("a", "accept"), ("a", "reject"), ("b", "accept")):
        append_decision(tmp_path, sample, decision)
    append_decision(tmp_path, "a", "undo")
    assert {k: r["decision"] for k, r in read_decisions(tmp_path).items()} == {
        "a": "accept",
        "b": "accept",
    }
    append_decision(tmp_path, "a", "undo")
    append_decision(tmp_path, "a", "undo")  # nothing is left to take back
    assert set(read_decisions(tmp_path)) == {"b"}
    append_decision(tmp_path, "a", "reject")
    assert read_decisions(tmp_path)["a"]["decision"] == "reject"
    assert len(read_records(tmp_path)) == 7


def test_undo_may_name_the_step_that_it_takes_back(tmp_path):
    append_records(tmp_path, [{"id": "a", "decision": "accept", "batch": "1"}])
    append_records(tmp_path, [{"id": "a", "decision": "reject", "batch": "2"}])
    for _ in range(2):  # twice does no more than once
        append_decision(tmp_path, "a", "undo", of="1")
    assert read_decisions(tmp_path)["a"]["batch"] == "2"
