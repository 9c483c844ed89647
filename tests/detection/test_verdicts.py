from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.detection.finding import Finding
from napari_lesion_synth.detection.verdicts import (
    FINDING_VERDICTS,
    FindingLedger,
    read_verdicts,
    rejected,
    verdict_at,
)
from napari_lesion_synth.errors import ParameterError, StorageError

HOST, OTHER = "a" * 64, "b" * 64


def finding(z: float = 5.0, y: float = 20.25, x: float = 30.5, number: int = 1) -> Finding:
    box = (slice(4, 7), slice(18, 23), slice(28, 33))
    region = np.ones((3, 5, 5), bool)
    return Finding(number, (z, y, x), (0.0, 0.0, 0.0), 9.0, 0.7, None, 12.0, box, region)


@pytest.fixture
def ledger(tmp_path) -> FindingLedger:
    return FindingLedger(tmp_path / "detections")


def words(ledger, host=HOST):
    return {each.center: each.verdict for each in ledger.verdicts(host)}


def test_a_folder_without_verdicts_has_none(ledger):
    assert ledger.verdicts(HOST) == ()
    assert ledger.undo(HOST) is None
    assert rejected(ledger.folder) == ()
    assert not ledger.folder.exists()


def test_a_verdict_is_one_line_that_says_all(ledger):
    ledger.decide(HOST, finding(), "reject")
    (line,) = (ledger.folder / FINDING_VERDICTS).read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "host": HOST, "center": [5.0, 20.25, 30.5], "diameter_mm": 9.0, "verdict": "reject",
    }  # fmt: skip


def test_the_last_verdict_on_a_place_wins(ledger):
    ledger.decide(HOST, finding(), "accept")
    ledger.decide(HOST, finding(z=9.0), "accept")
    ledger.decide(HOST, finding(), "reject")
    assert words(ledger) == {(9.0, 20.25, 30.5): "accept", (5.0, 20.25, 30.5): "reject"}


def test_undo_goes_back_step_by_step(ledger):
    for verdict in ("accept", "reject"):
        ledger.decide(HOST, finding(), verdict)
    assert ledger.undo(HOST).verdict == "reject"
    assert set(words(ledger).values()) == {"accept"}
    assert ledger.undo(HOST).verdict == "accept"
    assert words(ledger) == {}
    assert ledger.undo(HOST) is None
    ledger.decide(HOST, finding(), "accept")
    assert set(words(ledger).values()) == {"accept"}


def test_undo_in_one_ct_leaves_the_others_alone(ledger):
    ledger.decide(HOST, finding(), "accept")
    ledger.decide(OTHER, finding(), "reject")
    assert ledger.undo(HOST).host == HOST
    assert words(ledger) == {}
    assert set(words(ledger, OTHER).values()) == {"reject"}


def test_a_place_found_again_within_a_rounding_keeps_its_verdict(ledger):
    ledger.decide(HOST, finding(), "accept")
    verdicts = ledger.verdicts(HOST)
    assert verdict_at(verdicts, HOST, (5.2, 20.0, 30.4)) is not None
    assert verdict_at(verdicts, HOST, (5.0, 21.0, 30.5)) is None
    assert verdict_at(verdicts, OTHER, (5.0, 20.25, 30.5)) is None


def test_rejected_findings_of_all_folders_below_are_found(tmp_path):
    FindingLedger(tmp_path).decide(HOST, finding(), "reject")
    below = FindingLedger(tmp_path / "ct-1")
    below.decide(OTHER, finding(z=8.0), "reject")
    below.decide(OTHER, finding(z=2.0), "accept")
    assert {(each.host, each.center[0]) for each in rejected(tmp_path)} == {
        (HOST, 5.0),
        (OTHER, 8.0),
    }
    assert len(read_verdicts(tmp_path)) == 3


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_cut_short_is_dropped_and_does_not_swallow_the_next(ledger, cut):
    ledger.decide(HOST, finding(), "accept")
    ledger.decide(HOST, finding(z=9.0), "reject")
    path = ledger.folder / FINDING_VERDICTS
    path.write_bytes(path.read_bytes()[: -1 - cut])
    assert set(words(ledger).values()) == {"accept"}
    ledger.decide(HOST, finding(z=2.0), "reject")
    assert {center[0] for center in words(ledger)} == {5.0, 2.0}


@pytest.mark.parametrize(
    "line", ["[]", "{}", '{"host": "a", "center": [1, 2], "diameter_mm": 1, "verdict": "accept"}',
             '{"host": "a", "center": [1, 2, 3], "diameter_mm": 1, "verdict": "perhaps"}'],
)  # fmt: skip
def test_lines_of_another_kind_are_passed_over(ledger, line):
    ledger.decide(HOST, finding(), "accept")
    with (ledger.folder / FINDING_VERDICTS).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert len(read_verdicts(ledger.folder)) == 1


def test_another_word_is_no_verdict(ledger):
    with pytest.raises(ParameterError, match="'maybe' is no verdict"):
        ledger.decide(HOST, finding(), "maybe")


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        FindingLedger(tmp_path / "file").decide(HOST, finding(), "accept")


@given(st.lists(st.sampled_from(["accept 1", "reject 1", "accept 2", "reject 2", "undo"])))
def test_it_behaves_like_a_stack_of_verdicts(tmp_path_factory, steps):
    ledger = FindingLedger(tmp_path_factory.mktemp("ledger"))
    stack: list[tuple[float, str]] = []
    for step in steps:
        if step == "undo":
            ledger.undo(HOST)
            del stack[-1:]
        else:
            verdict, place = step.split()
            ledger.decide(HOST, finding(z=float(place)), verdict)
            stack.append((float(place), verdict))
    found = {center[0]: verdict for center, verdict in words(ledger).items()}
    assert found == dict(stack)
