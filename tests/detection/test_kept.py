"""Findings that were written are read back as they were."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.detection.export import FINDINGS_JSON, write_findings
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.kept import KEPT_FROM, LEFT_OUT, KeptFindings
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.errors import GeometryError, InputError


@pytest.fixture
def case(ball_case):
    return ball_case((12, 40, 40), patient="p1")


@pytest.fixture
def detection(case) -> Detection:
    """Two findings that overlap, one of which covers a third wholly, and a faint one."""
    boxes = [
        ((5, 7), (15, 20), (15, 20)),
        ((6, 8), (18, 24), (18, 24)),
        ((5, 6), (16, 18), (16, 18)),
        ((2, 3), (20, 22), (20, 22)),
    ]
    findings = []
    for number, (sides, score) in enumerate(zip(boxes, (0.9, 0.8, 0.7, 0.2), strict=True), start=1):
        box = tuple(slice(*side) for side in sides)
        region = np.ones([b - a for a, b in sides], bool)
        findings.append(
            finding_of(case, box, region, number=number, score=score, parts={"candidate": 0.5})
        )
    facts = {"kind": "cascade", "detector": "d", "patients": ["p7", "p8"], "threshold": 0.5}
    shape, spacing = case.volume.shape, case.volume.spacing
    return Detection(tuple(findings), None, shape, spacing, "p1", "d", facts=facts)


@pytest.fixture
def write(tmp_path, case, detection):
    """Write the findings as `detect` does."""

    def go(name="p1", threshold=0.0, host=None, **changes):
        folder = tmp_path / "found" / name
        folder.mkdir(parents=True)
        host = case.volume.sha256 if host is None else host
        write_findings(
            folder, replace(detection, **changes), case.volume, threshold, {"host": host}
        )
        return folder

    return go


def test_findings_are_what_they_were(case, detection, write):
    folder = write()
    for place in (folder, folder.parent):
        read = KeptFindings(place).detect(case)
        assert [f.number for f in read.findings] == [1, 2, 3, 4]
        for found, was in zip(read.findings, detection.findings, strict=True):
            assert found.score == pytest.approx(was.score, abs=1e-5)
            assert found.center == pytest.approx(was.center, abs=0.01)
            assert found.position_mm == pytest.approx(was.position_mm, abs=0.01)
            assert found.diameter_mm == pytest.approx(was.diameter_mm, abs=0.01)
            assert (found.zone, found.bbox, found.parts) == (was.zone, was.bbox, was.parts)
        assert (read.patient, read.detector, read.shape) == ("p1", "d", case.volume.shape)


def test_regions_are_read_and_one_that_is_covered_is_its_centre(case, detection, write):
    first, second, third, faint = KeptFindings(write()).detect(case).findings
    assert np.array_equal(first.region, detection.findings[0].region)
    assert np.array_equal(faint.region, detection.findings[3].region)
    overlap = 4  # of one slice, 2 x 2 voxels, which show the higher score
    assert second.region.sum() == detection.findings[1].region.sum() - overlap
    assert third.region.sum() == 1


def test_what_was_not_kept_is_told(case, write):
    read = KeptFindings(write(threshold=0.5)).detect(case)
    assert len(read.findings) == 3
    assert (read.facts[KEPT_FROM], read.facts[LEFT_OUT]) == (0.5, 1)
    assert read.facts["threshold"] == 0.5


def test_a_ct_is_known_by_its_voxels_whatever_it_is_called(case, write):
    renamed = replace(case, patient="anon")
    read = KeptFindings(write()).detect(renamed)
    assert read.patient == "anon"
    assert len(read.findings) == 4


def test_findings_of_another_ct_are_refused_though_the_name_is_the_same(case, write):
    folder = write(host="f" * 64)
    with pytest.raises(InputError, match=r"no findings of this CT of 'p1'.*some of p1"):
        KeptFindings(folder).detect(case)


def test_without_a_hash_the_patient_counts_and_so_does_the_size(case, ball_case, write):
    folder = write()
    content = json.loads((folder / FINDINGS_JSON).read_text(encoding="utf-8"))
    del content["host"]
    (folder / FINDINGS_JSON).write_text(json.dumps(content), encoding="utf-8")
    kept = KeptFindings(folder)
    assert len(kept.detect(case).findings) == 4
    with pytest.raises(InputError, match="no findings of this CT of 'p2'"):
        kept.detect(replace(case, patient="p2"))
    with pytest.raises(GeometryError, match="shape"):
        kept.detect(ball_case((12, 40, 42), patient="p1"))


def test_two_findings_of_one_ct_are_refused(case, write):
    folder = write("a")
    write("b")
    with pytest.raises(InputError, match="twice: in a and b"):
        KeptFindings(folder.parent).detect(case)


def test_a_ct_in_which_nothing_was_found_has_no_findings(case, write):
    assert KeptFindings(write(findings=())).detect(case).findings == ()


def test_the_detectors_patients_are_known(write):
    kept = KeptFindings(write())
    assert kept.patients == ("p7", "p8")
    assert kept.id == "d"


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_damaged_file_is_named(case, write, text):
    folder = write()
    (folder / FINDINGS_JSON).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot be read") as refused:
        KeptFindings(folder)
    assert FINDINGS_JSON in str(refused.value)


@pytest.mark.parametrize("key", ["findings", "shape_zyx", "threshold"])
def test_a_file_that_lacks_something_is_named(case, write, key):
    folder = write()
    content = json.loads((folder / FINDINGS_JSON).read_text(encoding="utf-8"))
    del content[key]
    (folder / FINDINGS_JSON).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=f"'{key}' is missing"):
        KeptFindings(folder).detect(case)


def test_a_folder_without_findings_is_none(tmp_path):
    with pytest.raises(InputError, match="holds no findings"):
        KeptFindings(tmp_path)
