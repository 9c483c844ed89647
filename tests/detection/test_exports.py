"""Findings on the disk, ours and those of others."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.maps import read_map
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.ct.write import write_volume
from napari_lesion_synth.detection.export import (
    FINDINGS_CSV,
    FINDINGS_JSON,
    LABELS,
    MAP,
    write_findings,
)
from napari_lesion_synth.detection.external import ExternalFindings
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.errors import GeometryError, InputError, LesionSynthWarning

TURN = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
SPACING, ORIGIN = (2.5, 0.7, 0.9), (-310.5, -150.0, 40.25)


@pytest.fixture
def case(ball_case) -> Case:
    """An oblique CT far from the origin."""
    made = ball_case((20, 60, 50), SPACING, patient="p7")
    return replace(made, volume=Volume(made.volume.hu, SPACING, ORIGIN, TURN))


@pytest.fixture
def detection(case) -> Detection:
    """Three findings; the third is below 0.3."""
    findings = []
    for number, (corner, score) in enumerate(
        [((8, 20, 20), 0.9), ((11, 30, 28), 0.5), ((9, 36, 12), 0.2)], start=1
    ):
        box = tuple(slice(c, c + n) for c, n in zip(corner, (2, 6, 5), strict=True))
        region = np.ones((2, 6, 5), bool)
        findings.append(finding_of(case, box, region, number=number, score=score))
    return Detection(
        tuple(findings), None, case.volume.shape, case.volume.spacing, "p7", "hand-made"
    )


@pytest.fixture
def folder(case, detection, tmp_path):
    write_findings(tmp_path, detection, case.volume, 0.3)
    return tmp_path


def rows_of(folder):
    return list(csv.DictReader((folder / FINDINGS_CSV).read_text(encoding="utf-8").splitlines()))


def test_the_table_has_what_is_kept(folder, detection):
    rows = rows_of(folder)
    assert [row["number"] for row in rows] == ["1", "2"]
    first, found = rows[0], detection.findings[0]
    assert float(first["x_mm"]) == pytest.approx(found.position_mm[2], abs=0.01)
    assert float(first["z"]) == pytest.approx(found.center[0])
    assert float(first["diameter_mm"]) == pytest.approx(found.diameter_mm, abs=0.01)
    assert first["zone"] in {"rim", "interior"}


def test_every_file_says_that_it_is_for_research(folder):
    for name in (FINDINGS_CSV, FINDINGS_JSON):
        assert DISCLAIMER in (folder / name).read_text(encoding="utf-8")
    for name in (MAP, LABELS):
        assert sitk.ReadImage(str(folder / name)).GetMetaData("descrip") == DISCLAIMER


def test_a_table_without_findings_says_so_too(case, detection, tmp_path):
    write_findings(tmp_path, replace(detection, findings=()), case.volume, 0.3)
    text = (tmp_path / FINDINGS_CSV).read_text(encoding="utf-8")
    assert DISCLAIMER in text
    assert text.count("\n") == 1


def test_the_json_tells_what_was_left_out(folder):
    content = json.loads((folder / FINDINGS_JSON).read_text(encoding="utf-8"))
    assert (content["below_threshold"], content["threshold"]) == (1, 0.3)
    assert [each["score"] for each in content["findings"]] == [0.9, 0.5]
    assert content["findings"][0]["bbox_zyx"] == [[8, 10], [20, 26], [20, 25]]


def test_what_is_not_known_is_empty_and_no_nan(case, tmp_path):
    bare = case_from_arrays(case.volume.hu, SPACING)
    box = (slice(3, 5), slice(3, 5), slice(3, 5))
    finding = finding_of(bare, box, np.ones((2, 2, 2), bool), number=1, score=0.5)
    found = Detection((finding,), None, bare.volume.shape, SPACING, "p", "d")
    write_findings(tmp_path, found, bare.volume, 0)
    row = rows_of(tmp_path)[0]
    assert (row["zone"], row["depth_mm"]) == ("", "")
    assert (
        json.loads((tmp_path / FINDINGS_JSON).read_text(encoding="utf-8"))["findings"][0][
            "depth_mm"
        ]
        is None
    )


def test_the_maps_lie_where_the_ct_lies(folder, case):
    """Oracle: ITK's own geometry of the CT written beside them."""
    ct = sitk.ReadImage(str(write_volume(folder / "ct.nii.gz", case.volume)))
    for name in (MAP, LABELS):
        image = sitk.ReadImage(str(folder / name))
        assert image.GetSize() == ct.GetSize()
        assert image.GetOrigin() == pytest.approx(ct.GetOrigin(), abs=1e-4)
        assert image.GetSpacing() == pytest.approx(ct.GetSpacing(), abs=1e-5)
        assert image.GetDirection() == pytest.approx(ct.GetDirection(), abs=1e-6)


def test_the_map_has_scores_and_the_labels_numbers(folder, case, detection):
    scores = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / MAP)))
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / LABELS)))
    assert scores.dtype == np.float32
    assert set(np.unique(labels)) == {0, 1, 2}
    for each in detection.findings[:2]:
        inside = labels == each.number
        assert inside.sum() == each.region.sum()
        assert (scores[inside] == np.float32(each.score)).all()
    assert (scores > 0).sum() == (labels > 0).sum()


@pytest.mark.parametrize("name", [FINDINGS_CSV, MAP])
def test_what_is_written_is_read_back(name, folder, case, detection):
    again = ExternalFindings(folder / name).detect(case)
    assert [each.score for each in again.findings] == pytest.approx([0.9, 0.5])
    for found, kept in zip(again.findings, detection.findings, strict=False):
        assert found.position_mm == pytest.approx(kept.position_mm, abs=0.02)
        assert found.diameter_mm == pytest.approx(kept.diameter_mm, abs=0.01)
        assert found.zone is kept.zone


def table(tmp_path, **columns):
    path = tmp_path / "others.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return ExternalFindings(path)


def test_positions_in_mm_are_those_of_dicom(case, tmp_path):
    z, y, x = case.volume.to_world((9.0, 30.0, 25.0))
    other = table(tmp_path, score=[0.7], X_mm=[x], y_mm=[y], z_mm=[z], diameter_mm=[9.0])
    (found,) = other.detect(case).findings
    assert found.center == pytest.approx((9, 30, 25))
    assert found.diameter_mm == 9
    assert found.region.sum() * np.prod(SPACING) == pytest.approx(np.pi / 6 * 9**3, rel=0.1)
    assert found.depth_mm == pytest.approx(case.organ.depth_at((9, 30, 25)))


def test_positions_in_voxels_are_counted_from_nought(case, tmp_path):
    other = table(tmp_path, score=[0.2, 0.7], z=[4, 9], y=[20, 30], x=[25.0, 25.4])
    first, second = other.detect(case).findings
    assert (first.number, first.score, first.center) == (1, 0.7, (9, 30, 25.4))
    assert second.center == (4, 20, 25)
    assert np.isnan(first.diameter_mm)
    assert first.region.sum() == 1


def test_rows_of_other_patients_are_passed_over(case, tmp_path):
    other = table(
        tmp_path, score=[0.2, 0.7], z=[4, 900], y=[20, 30], x=[25, 25], patient=["p7", "p8"]
    )
    assert len(other.detect(case).findings) == 1


def test_a_patient_without_a_row_is_told_with_those_who_have_one(case, tmp_path):
    place = {"z": [5, 8], "y": [5, 8], "x": [5, 8]}
    other = table(tmp_path, patient=["b", "c"], score=[0.5, 0.7], **place)
    with pytest.warns(LesionSynthWarning, match=r"no finding of patient .*; it has some of b, c"):
        assert other.detect(case).findings == ()


def test_a_patient_whose_name_is_a_number_keeps_it(case, tmp_path):
    other = table(tmp_path, score=[0.2], z=[4], y=[20], x=[25], patient=["007"])
    assert len(other.detect(replace(case, patient="007")).findings) == 1


def test_the_organ_need_not_be_known(case, tmp_path):
    bare = Case(case.volume, patient="p7")
    (found,) = table(tmp_path, score=[1], z=[4], y=[20], x=[25]).detect(bare).findings
    assert found.zone is None
    assert np.isnan(found.depth_mm)


def test_outside_the_organ_there_is_no_zone(case, tmp_path):
    (found,) = table(tmp_path, score=[1], z=[0], y=[0], x=[0]).detect(case).findings
    assert found.zone is None
    assert found.depth_mm < 0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"score": [0.5], "z": [50], "y": [0], "x": [0]}, "outside the CT"),
        ({"score": [4.5], "z": [5], "y": [9], "x": [9]}, "between 0 and 1"),
        ({"score": ["high"], "z": [5], "y": [9], "x": [9]}, "lacks a number"),
        ({"score": [0.5], "z": [5], "y": [9]}, "columns score, z, y"),
        ({"z": [5], "y": [9], "x": [9]}, "columns z, y, x"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_a_reason(case, tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        table(tmp_path, **columns).detect(case)


def test_no_table_is_told_from_a_damaged_one(case, tmp_path):
    with pytest.raises(InputError, match="no such file"):
        ExternalFindings(tmp_path / "none.csv").detect(case)
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(InputError, match="as a table"):
        ExternalFindings(tmp_path / "empty.csv").detect(case)


def test_a_map_of_logits_is_refused(case, tmp_path):
    path = write_volume(tmp_path / "map.nii.gz", case.volume)
    with pytest.raises(InputError, match="between 0 and 1"):
        ExternalFindings(path).detect(case)


def test_a_map_on_another_grid_is_refused(case, folder):
    other = replace(case, volume=Volume(case.volume.hu, SPACING), organ=case.organ)
    with pytest.raises(GeometryError, match="another grid"):
        read_map(folder / MAP, other.volume)


def test_zones_are_those_of_labelled_lesions(case):
    inside = (slice(9, 11), slice(29, 31), slice(24, 26))
    rim = (slice(9, 11), slice(10, 12), slice(24, 26))
    ones = np.ones((2, 2, 2), bool)
    assert finding_of(case, inside, ones, number=1, score=1).zone is Zone.INTERIOR
    assert finding_of(case, rim, ones, number=1, score=1).zone is Zone.RIM
