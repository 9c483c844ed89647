from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.layout import (
    GAZE,
    PARTICIPANTS,
    RESULTS,
    STUDY_JSONL,
    gaze_folder,
    participant_path,
)
from napari_lesion_synth.perception.ledger.erase import erase_participant
from napari_lesion_synth.perception.ledger.ledger import Ledger, LedgerBusy
from napari_lesion_synth.perception.ledger.study_log import DELETED, enrol, log, study_records


def test_numbers_are_given_once_also_to_programs_that_ask_at_the_same_time(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: enrol(tmp_path), range(12)))
    assert sorted(numbers) == list(range(12))
    assert [record["number"] for record in study_records(tmp_path)] == list(range(12))


def test_a_study_without_a_history_has_no_lines(tmp_path):
    assert study_records(tmp_path) == []


def test_a_damaged_history_is_an_error(tmp_path):
    enrol(tmp_path)
    log(tmp_path, "changed", {"what": "x"})
    path = tmp_path / STUDY_JSONL
    path.write_bytes(b"damaged\n" + path.read_bytes())
    with pytest.raises(InputError, match="line 1"):
        enrol(tmp_path)


@pytest.fixture
def participant(tmp_path):
    """A participant with a ledger and gaze, whose number is 1."""
    enrol(tmp_path)
    path = participant_path(tmp_path, "P7")
    with Ledger.create(path) as ledger:
        ledger.append("begun", {"code": "P7", "number": enrol(tmp_path)})
    gaze = gaze_folder(tmp_path, "P7")
    gaze.mkdir(parents=True)
    for k in range(3):
        (gaze / f"{k}.npz").write_bytes(b"gaze")
    return tmp_path


def test_deleting_a_participant_leaves_nothing_of_them_but_that_number_1_was_deleted(participant):
    (participant / RESULTS).mkdir()
    (participant / RESULTS / "utilities.csv").write_text("x", encoding="utf-8")
    erased = erase_participant(participant, "P7")
    assert (erased.number, erased.files) == (1, 4)
    assert [path.name for path in erased.stale] == ["utilities.csv"]
    assert list((participant / PARTICIPANTS).iterdir()) == []
    assert list((participant / GAZE).iterdir()) == []
    last = study_records(participant)[-1]
    assert (last["kind"], last["number"]) == (DELETED, 1)
    assert "P7" not in (participant / STUDY_JSONL).read_text(encoding="utf-8")
    # The number is not given again.
    assert enrol(participant) == 2


def test_a_participant_whose_window_is_open_is_not_deleted(participant):
    with Ledger.open(participant_path(participant, "P7")), pytest.raises(LedgerBusy):
        erase_participant(participant, "P7")
    assert gaze_folder(participant, "P7").exists()


def test_a_participant_with_a_damaged_ledger_can_be_deleted(participant):
    participant_path(participant, "P7").write_bytes(b"damaged\nlines\n")
    assert erase_participant(participant, "P7").number is None
    with pytest.raises(InputError, match="nothing is kept under the code 'P7'"):
        erase_participant(participant, "P7")


def test_a_deletion_that_was_interrupted_is_finished_and_noted_once(participant, monkeypatch):
    import shutil

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda _: (_ for _ in ()).throw(OSError("busy")))
        with pytest.raises(Exception, match="busy"):
            erase_participant(participant, "P7")
    erase_participant(participant, "P7")
    assert sum(r["kind"] == DELETED for r in study_records(participant)) == 1
    assert not participant_path(participant, "P7").exists()
