"""Which CTs a detector knows."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from napari_lesion_synth.detection.external import ExternalFindings
from napari_lesion_synth.detection.familiar import familiar


def knowing(case, patient):
    return SimpleNamespace(patients=(patient,), hosts={case.volume.sha256: patient})


def test_a_patient_is_known_by_name(ball_case):
    detector = SimpleNamespace(patients=("p1",))
    assert familiar(detector, ball_case(patient="p1")) == "has learnt from patient p1"
    assert familiar(detector, ball_case(patient="p2")) == ""


def test_a_ct_is_known_under_any_name_and_both_are_told(ball_case):
    case = ball_case(patient="ours")
    detector = knowing(case, "theirs")
    text = familiar(detector, case)
    assert "this very CT" in text
    assert "theirs" in text
    assert "ours" in text
    assert familiar(detector, replace(case, patient="theirs")) == (
        "has learnt from this very CT of patient theirs"
    )


def test_another_ct_of_another_patient_is_not_known(ball_case):
    detector = knowing(ball_case(seed=1), "theirs")
    assert familiar(detector, ball_case(seed=2, patient="ours")) == ""


def test_a_ct_with_lesions_put_into_it_is_known_by_its_origin(ball_case):
    case = ball_case(patient="ours")
    hu = case.volume.hu.copy()
    hu[12, 30, 30] = 0
    changed = replace(case, volume=replace(case.volume, hu=hu))
    detector = knowing(case, "theirs")
    assert familiar(detector, changed) == ""
    assert "theirs" in familiar(detector, changed, case.volume.sha256)


def test_findings_in_a_file_know_no_ct(ball_case, tmp_path):
    found = ExternalFindings(tmp_path / "found.csv", ("p1",))
    assert familiar(found, ball_case(patient="p1")) == "has learnt from patient p1"
    assert familiar(found, ball_case(patient="p2")) == ""
