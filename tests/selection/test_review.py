from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from napari_lesion_synth.dataset.decisions import read_decisions
from napari_lesion_synth.dataset.layout import (
    BLOCK,
    COLUMNS,
    DATASET_JSON,
    DECISIONS_JSONL,
    SAMPLES_CSV,
)
from napari_lesion_synth.errors import DatasetError, ParameterError
from napari_lesion_synth.selection.review import Ledger, Undone, counts, verdicts

IDS = [f"lesion_{k:06d}" for k in range(6)]


@pytest.fixture
def folder(tmp_path) -> Path:
    """A set of six lesions, as far as a review looks at it."""
    (tmp_path / DATASET_JSON).write_text(
        json.dumps({BLOCK: {"schema": 1, "n": 6}}), encoding="utf-8"
    )
    table = pd.DataFrame(dict.fromkeys(COLUMNS, "0"), index=range(6)).assign(id=IDS)
    table.to_csv(tmp_path / SAMPLES_CSV, index=False)
    return tmp_path


@pytest.fixture
def ledger(folder) -> Ledger:
    return Ledger.open(folder, reviewer="mk")


def standing(ledger):
    return {name: record["decision"] for name, record in ledger.verdicts.items()}


def test_a_verdict_says_who_when_and_why(ledger, folder):
    ledger.decide(IDS[0], "reject", "seam")
    record = ledger.verdicts[IDS[0]]
    assert (record["decision"], record["reason"], record["reviewer"]) == ("reject", "seam", "mk")
    assert record["time"].endswith("+00:00")
    assert read_decisions(folder) == ledger.verdicts


def test_undo_goes_back_step_by_step_to_the_beginning(ledger):
    ledger.decide(IDS[0], "accept")
    ledger.decide(IDS[:3], "reject", "blurred")
    ledger.decide(IDS[1], "accept")
    assert ledger.undo() == Undone((IDS[1],), "accept", "")
    assert standing(ledger) == dict.fromkeys(IDS[:3], "reject")
    assert ledger.undo() == Undone(tuple(IDS[:3]), "reject", "blurred")
    assert standing(ledger) == {IDS[0]: "accept"}
    assert ledger.undo().ids == (IDS[0],)
    assert ledger.undo() == Undone(())
    assert standing(ledger) == {}


def test_nothing_is_ever_taken_out_of_the_file(ledger, folder):
    path = folder / DECISIONS_JSONL
    before = b""
    for act in (
        lambda: ledger.decide(IDS[:2], "accept"),
        ledger.undo,
        lambda: ledger.decide(IDS[1], "reject"),
    ):
        act()
        now = path.read_bytes()
        assert now.startswith(before)
        assert len(now) > len(before)
        before = now


def test_undo_works_after_a_restart(ledger, folder):
    ledger.decide(IDS[:2], "accept")
    again = Ledger.open(folder, reviewer="mk")
    assert again.undo().ids == tuple(IDS[:2])


def test_undo_takes_back_ones_own_verdicts_and_no_others(ledger, folder):
    other = Ledger.open(folder, reviewer="xy")
    ledger.decide(IDS[0], "accept")
    other.decide(IDS[0], "reject")
    assert ledger.undo().decision == "accept"
    assert standing(ledger) == {IDS[0]: "reject"}
    assert ledger.undo() == Undone(())


def test_a_verdict_can_be_taken_back_whoever_gave_it(ledger, folder):
    Ledger.open(folder, reviewer="xy").decide(IDS[:2], "reject")
    assert ledger.take_back([IDS[0], IDS[5]]) == (IDS[0],)
    assert standing(ledger) == {IDS[1]: "reject"}


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_cut_short_is_passed_over(ledger, folder, cut):
    ledger.decide(IDS[0], "accept")
    ledger.decide(IDS[1], "reject")
    path = folder / DECISIONS_JSONL
    path.write_bytes(path.read_bytes()[:-cut])
    assert standing(ledger) in ({IDS[0]: "accept"}, {IDS[0]: "accept", IDS[1]: "reject"})
    ledger.decide(IDS[2], "accept")
    assert standing(ledger)[IDS[2]] == "accept"


def test_what_cannot_be_a_verdict_is_refused(ledger, folder, tmp_path):
    with pytest.raises(ParameterError, match="no verdict"):
        ledger.decide(IDS[0], "maybe")
    with pytest.raises(ParameterError, match="no lesion"):
        ledger.decide([], "accept")
    with pytest.raises(DatasetError, match="no lesion lesion_9"):
        ledger.decide([IDS[0], "lesion_9"], "accept")
    assert not (folder / DECISIONS_JSONL).exists()
    with pytest.raises(DatasetError, match="not a generated set"):
        Ledger.open(tmp_path / "absent")


def test_verdicts_on_lesions_that_are_gone_are_reported_and_kept(ledger):
    ledger.decide([IDS[0], IDS[4]], "accept")
    assert ledger.orphans(IDS[:3]) == (IDS[4],)
    assert IDS[4] in ledger.verdicts


JUDGE = """
import sys
from napari_lesion_synth.selection.review import Ledger
ledger = Ledger.open(sys.argv[1], reviewer=sys.argv[2])
for k in range(30):
    ledger.decide(f"lesion_{k % 6:06d}", "accept" if k % 2 else "reject", sys.argv[2])
"""


def test_two_programs_may_write_at_the_same_time(folder):
    programs = [
        subprocess.Popen([sys.executable, "-c", JUDGE, str(folder), name]) for name in ("a", "b")
    ]
    assert [program.wait(120) for program in programs] == [0, 0]
    records = [
        json.loads(line)
        for line in (folder / DECISIONS_JSONL).read_text(encoding="utf-8").splitlines()
    ]
    assert [record["reason"] for record in records].count("a") == 30
    assert [record["reason"] for record in records].count("b") == 30


@pytest.fixture
def table():
    zones = ["rim", "rim", "interior", "interior", "rim", "rim"]
    methods = ["poisson", "cgan", "cgan", "cgan", "cgan", "cgan"]
    return pd.DataFrame({"id": IDS, "zone": zones, "method": methods})


@pytest.fixture
def scores():
    return pd.DataFrame(
        {"id": IDS[1:], "passed": [1, 0, 1, 0, 1], "reasons": ["", "seam", "", "error-high", ""]}
    )


def test_a_persons_word_counts_before_the_scores(table, scores):
    decisions = {
        IDS[1]: {"id": IDS[1], "decision": "reject", "reason": "copy"},
        IDS[2]: {"id": IDS[2], "decision": "accept"},
        "gone": {"id": "gone", "decision": "accept"},
    }
    judged = verdicts(table, scores, decisions)
    assert list(judged["id"]) == IDS
    assert list(judged["verdict"]) == ["open", "reject", "accept", "accept", "reject", "accept"]
    assert list(judged["by"]) == ["", "person", "person", "scores", "scores", "scores"]
    assert list(judged["reason"]) == ["", "copy", "", "", "error-high", ""]


def test_without_scores_all_is_open_but_what_a_person_said(table):
    judged = verdicts(table, None, {IDS[3]: {"id": IDS[3], "decision": "reject"}})
    assert list(judged["verdict"]) == ["open", "open", "open", "reject", "open", "open"]


def test_lesions_are_counted_by_zone_and_method(table, scores):
    found = counts(verdicts(table, scores, {IDS[1]: {"id": IDS[1], "decision": "reject"}}))
    assert found.to_dict("records") == [
        {"zone": "interior", "method": "cgan", "n": 2, "accept": 1, "reject": 1, "open": 0,
         "person": 0},
        {"zone": "rim", "method": "cgan", "n": 3, "accept": 1, "reject": 2, "open": 0,
         "person": 1},
        {"zone": "rim", "method": "poisson", "n": 1, "accept": 0, "reject": 0, "open": 1,
         "person": 0},
    ]  # fmt: skip


def test_an_empty_set_has_no_counts(table, scores):
    assert len(counts(verdicts(table[:0], scores, {}))) == 0
