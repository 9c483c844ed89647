"""What a detector learns from: lists, parts, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from tests.widgets.review.small_sets import write_set

from napari_lesion_synth.dataset.decisions import append_decision
from napari_lesion_synth.dataset.layout import BLOCK, DATASET_JSON, sample_id
from napari_lesion_synth.dataset.provenance import header_bytes
from napari_lesion_synth.dataset.reader import read_header
from napari_lesion_synth.detection.split import Part
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.jobs.detector_job import DetectorFiles
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.widgets.detect.ask_cases import cases_from, hosts_of
from napari_lesion_synth.widgets.detect.split_view import split_view
from napari_lesion_synth.widgets.detect.train_data import TrainData, accepted_words

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000


def case(patient: str, lesions: bool = True, **more) -> CaseFiles:
    facts = {"ct": f"/ct/{patient}.nii.gz", "organ": f"/organ/{patient}.nii.gz"}
    facts |= {"lesions": f"/lesions/{patient}.nii.gz" if lesions else None, "patient": patient}
    return CaseFiles(**{**facts, **more})


SIX = tuple(case(f"ill-{k}") for k in range(4)) + tuple(case(f"well-{k}", False) for k in range(2))


@pytest.fixture
def faults():
    return []


@pytest.fixture
def data(qtbot, faults):
    made = TrainData(faults.append)
    qtbot.addWidget(made)
    made.resize(380, 700)
    made.show()
    yield made
    made.close_part()


def divided(qtbot, data):
    qtbot.waitUntil(lambda: not data._worker.awaiting, timeout=PATIENCE_MS)
    return data.split


@pytest.fixture
def small(tmp_path) -> Path:
    """A set of twelve, nine of them accepted, made for the CT of patient p."""
    folder = write_set(tmp_path / "lesions-1", 12)
    header = read_header(folder)
    header[BLOCK]["donors"] = {"lesions": [{"patient": "teacher"}]}
    (folder / DATASET_JSON).write_bytes(header_bytes(header))
    for k in range(9):
        append_decision(folder, sample_id(k), "accept")
    return folder


def test_without_a_ct_it_asks_for_one(qtbot, data):
    divided(qtbot, data)
    assert "at least one CT" in data.problem


def test_every_patient_has_a_part_and_the_counts_are_said(qtbot, data):
    data.add_cases(SIX)
    split = divided(qtbot, data)
    assert data.problem == ""
    shown = [data.cases.combo(k).currentText() for k in range(6)]
    assert shown == [split.parts[each.patient].value for each in SIX]
    assert shown.count("validation") == 1
    assert data.words.text() == "6 patients: 5 for train, 1 for validation."
    assert data.files().validation == ()  # the training draws the same


def test_a_part_chosen_by_hand_holds_for_all_cts_of_the_patient(qtbot, data):
    twice = case("ill-2", ct="/ct/again.nii.gz")
    data.add_cases((*SIX, twice))
    before = divided(qtbot, data).parts
    combo = data.cases.combo(2)
    combo.setFocus()
    qtbot.keyClick(combo, "t")  # as a person types it: test
    while combo.currentText() != "test":
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    split = divided(qtbot, data)
    assert split.parts == {**before, "ill-2": Part.TEST}
    assert data.cases.combo(6).currentText() == "test"
    files = data.files()
    assert files.test == ("ill-2",)
    assert set(files.validation) == {p for p, part in before.items() if part is Part.VALIDATION}
    data.draw.click()
    assert divided(qtbot, data).parts == before


def test_the_last_patient_who_validates_stays_and_it_is_said(qtbot, data):
    data.add_cases(SIX)
    parts = divided(qtbot, data).parts
    last = next(patient for patient, part in parts.items() if part is Part.VALIDATION)
    place = [each.patient for each in SIX].index(last)
    data.cases.combo(place).textActivated.emit("train")
    assert divided(qtbot, data).parts[last] is Part.VALIDATION
    assert f"{last} stays for validation" in data.words.text()


def test_remove_is_offered_for_chosen_cts(qtbot, data):
    data.add_cases(SIX)
    assert not data.drop.isEnabled()
    data.cases.selectRow(0)
    assert data.drop.isEnabled()


def test_another_name_joins_the_cts_of_a_patient(qtbot, data):
    data.add_cases(SIX)
    divided(qtbot, data)
    data.cases.item(3, 1).setText("ill-0")
    assert set(divided(qtbot, data).parts) == {"ill-0", "ill-1", "ill-2", "well-0", "well-1"}


def test_a_set_made_from_a_test_patient_is_refused_by_name(qtbot, data, small):
    data.add_cases((*SIX, case("p")))
    data.add_set(small)
    assert divided(qtbot, data).parts["p"] is Part.TRAIN
    data.cases.part_chosen.emit("p", Part.TEST)
    divided(qtbot, data)
    assert "the set lesions-1 is made from patient 'p', who is for test" in data.problem
    assert data.words.text().startswith("⚠")
    data.sets.list.setCurrentRow(0)
    data.sets.drop.click()
    divided(qtbot, data)
    assert data.problem == ""


def test_one_ct_under_two_names_is_refused(qtbot):
    files = DetectorFiles(cases=(case("a"), case("b", ct="/ct/a.nii.gz")))
    found = split_view(files, 0.25, 0)
    assert "one CT is listed for the patients 'a' and 'b'" in found.problem


def test_sets_say_how_many_lesions_are_accepted(qtbot, data, small, tmp_path):
    data.add_set(small)
    data.add_set(tmp_path)
    qtbot.waitUntil(lambda: "accepted" in data.sets.text(0), timeout=PATIENCE_MS)
    assert data.sets.text(0) == "lesions-1: 9 of 12 accepted"
    assert "not a generated set" in data.sets.text(1)
    divided(qtbot, data)


def test_a_set_without_accepted_lesions_says_what_to_do(tmp_path):
    assert "review or score" in accepted_words(write_set(tmp_path / "set", 3))


def test_the_cts_of_a_set_are_listed_with_it(qtbot, data, small, tmp_path):
    header = read_header(small)
    files = {name: tmp_path / f"{name}.nii.gz" for name in ("ct", "organ")}
    for path in files.values():
        path.touch()
    header[BLOCK]["cases"][0]["inputs"] = {
        **{name: str(path) for name, path in files.items()},
        "units": "hu",
    }
    (small / DATASET_JSON).write_bytes(header_bytes(header))
    (host,) = hosts_of(small)
    assert (host.patient, host.units) == ("p", "hu")
    data.add_set(small)
    assert [each.ct for each in data.cases.cases] == [str(files["ct"])]
    data.add_set(small)
    assert len(data.cases.cases) == 1
    divided(qtbot, data)


def test_masks_are_given_to_cts_in_the_order_of_their_names():
    cts = [Path(f"/c/{k}.nii") for k in (2, 1)]
    organs = [Path(f"/o/{k}.nii") for k in (1, 2)]
    found = cases_from(cts, organs, [], organ_label=3)
    assert [(each.ct, each.organ) for each in found] == [
        ("/c/1.nii", "/o/1.nii"),
        ("/c/2.nii", "/o/2.nii"),
    ]
    assert {each.organ_label for each in found} == {3}
    with pytest.raises(InputError, match="2 CTs and 1 lesions' labels"):
        cases_from(cts, organs, [Path("/l/1.nii")])


def test_folders_with_rejected_findings_are_counted(qtbot, data, tmp_path):
    line = {"host": "a", "center": [1, 2, 3], "diameter_mm": 5, "verdict": "reject"}
    (tmp_path / "finding_verdicts.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    data.negatives.add_folder(tmp_path)
    qtbot.waitUntil(lambda: "1 rejected" in data.negatives.text(0), timeout=PATIENCE_MS)
    assert data.files().hard_negatives == (tmp_path,)
