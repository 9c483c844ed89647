"""Findings in the archive's own format: one segment each, where they lie in the patient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

highdicom = pytest.importorskip("highdicom")  # the extra dicom; the project's own tests have it

from pydicom import Dataset, FileMetaDataset, dcmread  # noqa: E402
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid  # noqa: E402

from napari_lesion_synth.anatomy.cases import read_case  # noqa: E402
from napari_lesion_synth.detection.dicom_seg import write_seg  # noqa: E402
from napari_lesion_synth.detection.measuring import finding_of  # noqa: E402
from napari_lesion_synth.detection.search import DISCLAIMER  # noqa: E402
from napari_lesion_synth.errors import InputError  # noqa: E402

SHAPE, PIXEL, STEP = (6, 16, 20), (0.8, 0.7), 2.5


@pytest.fixture
def series(tmp_path):
    """A folder of slices, head first, whose rows run from the patient's left to the right."""
    folder = tmp_path / "series"
    folder.mkdir()
    study, uid, frame = (generate_uid() for _ in range(3))
    for k in range(SHAPE[0]):
        image = Dataset()
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, generate_uid()
        image.StudyInstanceUID, image.SeriesInstanceUID = study, uid
        image.FrameOfReferenceUID = frame
        image.PatientID = image.PatientName = "p1"
        image.PatientBirthDate = image.PatientSex = image.AccessionNumber = ""
        image.StudyID = image.StudyDate = image.StudyTime = image.ReferringPhysicianName = ""
        image.Modality, image.SeriesNumber, image.InstanceNumber = "CT", 1, k + 1
        image.ImagePositionPatient = [40.0, -30.0, 100 - STEP * k]
        image.ImageOrientationPatient = [-1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.SliceThickness = list(PIXEL), STEP
        image.Rows, image.Columns = SHAPE[1:]
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit, image.PixelRepresentation = 15, 1
        image.RescaleIntercept, image.RescaleSlope = 0, 1
        pixels = np.arange(np.prod(SHAPE[1:])).reshape(SHAPE[1:]) + 300 * k - 500
        image.PixelData = pixels.astype("<i2").tobytes()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.file_meta.MediaStorageSOPClassUID = CTImageStorage
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.save_as(folder / f"{97 * k % 101}.dcm", enforce_file_format=True)
    return folder


def finding(case, number, low, high):
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    region = np.ones([b - a for a, b in zip(low, high, strict=True)], bool)
    return finding_of(case, box, region, number=number, score=1 / (number + 1))


def test_each_finding_is_a_segment_at_its_place_in_the_patient(series, tmp_path):
    case = read_case(series, units="hu")
    findings = [finding(case, 1, (1, 3, 4), (3, 6, 9)), finding(case, 2, (4, 9, 12), (5, 12, 15))]
    seg = highdicom.seg.segread(write_seg(tmp_path / "findings.dcm", findings, case))
    assert [each.SegmentLabel for each in seg.SegmentSequence] == [
        "Finding 1, score 0.50",
        "Finding 2, score 0.33",
    ]
    assert seg.SeriesDescription == DISCLAIMER
    assert seg.FrameOfReferenceUID == dcmread(next(series.iterdir())).FrameOfReferenceUID
    volume = seg.get_volume(combine_segments=True)
    for each in findings:
        inside = np.argwhere(volume.array == each.number)
        assert len(inside) == each.region.sum()
        middle = volume.map_indices_to_reference(inside.astype(float)).mean(axis=0)
        assert middle == pytest.approx(each.position_mm[::-1], abs=1e-6)


def test_a_ct_from_arrays_has_no_frame_to_refer_to(ball_case, tmp_path):
    case = ball_case()
    with pytest.raises(InputError, match="DICOM files"):
        write_seg(tmp_path / "findings.dcm", [finding(case, 1, (8, 30, 30), (9, 33, 33))], case)


def test_a_resampled_ct_is_refused(series, tmp_path):
    case = read_case(series, units="hu")
    cut = replace(case, volume=replace(case.volume, hu=case.volume.hu[:4]))
    with pytest.raises(InputError, match="one file a slice"):
        write_seg(tmp_path / "findings.dcm", [finding(cut, 1, (1, 3, 4), (3, 6, 9))], cut)
    assert not (tmp_path / "findings.dcm").exists()
