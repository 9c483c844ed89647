from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.decisions import append_decision, read_decisions
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
    with pytest.raises(StorageError, match="writing failed"):
        append_decision(tmp_path / "absent", "a", "accept")
