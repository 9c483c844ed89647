"""Cases from files, from arrays and from the phantom."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.anatomy.cases import (
    case_from_arrays,
    phantom,
    read_case,
    reread_case,
)
from napari_lesion_synth.errors import (
    GeometryError,
    InputError,
    LesionSynthWarning,
    ParameterError,
)

SHAPE = (8, 20, 24)
SPACING = (2.5, 0.7, 0.8)


@pytest.fixture
def labels() -> np.ndarray:
    """Liver 1; tumours 2: one inside it, one on its face, one far away."""
    values = np.zeros(SHAPE, np.uint8)
    values[2:6, 4:12, 4:12] = 1
    values[3:5, 6:8, 6:8] = 2  # inside: a hole in the liver
    values[3:5, 6:8, 12:14] = 2  # touches the face at x = 11
    values[3:5, 16:18, 20:22] = 2  # in the spleen, say
    return values


@pytest.fixture
def hu(labels) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 10, SHAPE)
    return np.rint(np.where(labels > 0, 110, -100) + noise).astype(np.int16)


@pytest.fixture
def write(tmp_path):
    """Writer of NIfTI files that share one geometry."""

    def write(array, name) -> Path:
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(SPACING[::-1])
        image.SetOrigin((10.0, 20.0, 30.0))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(image, str(path))
        return path

    return write


# From files


def test_one_label_file_for_organ_and_lesions(write, hu, labels):
    ct, file = write(hu, "p7.nii.gz"), write(labels, "labels.nii.gz")
    case = read_case(ct, organ=file, organ_label=1, lesions=file, lesion_label=2)

    assert np.array_equal(case.volume.hu, hu)
    assert np.array_equal(case.lesions, labels == 2)
    with_lesions = labels == 1
    with_lesions[3:5, 6:8, 6:8] = True
    with_lesions[3:5, 6:8, 12:14] = True
    assert np.array_equal(case.organ.mask, with_lesions)
    assert case.organ.spacing == case.volume.spacing
    assert case.patient == "p7"


def test_all_labels_are_the_organ_and_one_its_lesions(write, hu, labels):
    ct, file = write(hu, "ct.nii.gz"), write(labels, "labels.nii.gz")
    case = read_case(ct, organ=file, lesions=file, lesion_label=2)
    assert np.array_equal(case.organ.mask, labels > 0)
    assert np.array_equal(case.lesions, labels == 2)


def test_a_ct_alone(write, hu):
    case = read_case(str(write(hu, "ct.nii.gz")))
    assert case.organ is None
    assert case.lesions is None
    with pytest.raises(InputError, match=r"ct\.nii\.gz.*needs the organ"):
        case.require_organ()


@pytest.mark.parametrize("given", [{}, {"organ_label": 1}, {"organ_label": 2, "lesion_label": 2}])
def test_one_file_for_both_without_labels_is_explained(write, hu, labels, given):
    ct, file = write(hu, "ct.nii.gz"), write(labels, "labels.nii.gz")
    with pytest.raises(InputError, match=r"labels\.nii\.gz: the same file.*labels in it: 1, 2"):
        read_case(ct, organ=file, lesions=file, **given)


def test_inputs_are_json_and_read_the_case_again(write, hu, labels, tmp_path, monkeypatch):
    write(hu, "ct.nii.gz")
    write(labels, "labels.nii.gz")
    monkeypatch.chdir(tmp_path)
    case = read_case(
        "ct.nii.gz", "labels.nii.gz", Path("labels.nii.gz"), organ_label=1, lesion_label=2,
        units="hu", patient="anna",
    )  # fmt: skip
    monkeypatch.chdir("/")

    inputs = json.loads(json.dumps(case.inputs))
    again = reread_case(inputs)

    assert inputs["ct"] == str((tmp_path / "ct.nii.gz").resolve())
    assert inputs["lesion_label"] == 2
    assert again.volume.sha256 == case.volume.sha256
    assert np.array_equal(again.organ.mask, case.organ.mask)
    assert np.array_equal(again.lesions, case.lesions)
    assert (again.patient, again.inputs) == ("anna", case.inputs)


def write_dicom(folder: Path, uid: str, hu: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for k, pixels in enumerate(hu):
        image = sitk.GetImageFromArray(pixels)
        tags = {
            "0008|0060": "CT",
            "0008|0018": f"{uid}.{k + 1}",
            "0020|000e": uid,
            "0020|0032": f"0\\0\\{2.5 * k}",
            "0020|0037": "1\\0\\0\\0\\1\\0",
        }
        for tag, value in tags.items():
            image.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(folder / f"{uid}.{k:03d}.dcm"))
        writer.Execute(image)


def test_the_series_chosen_is_remembered(tmp_path, hu):
    """Another series that arrives later must not change what is read again."""
    folder = tmp_path / "patient9" / "DICOM"
    write_dicom(folder, "1.2.3", hu[:4])
    case = read_case(folder)
    assert case.inputs["series"] == "1.2.3"
    assert case.patient == "patient9"

    write_dicom(folder, "1.2.4", hu)
    assert reread_case(case.inputs).volume.sha256 == case.volume.sha256


def test_resample_and_units_reach_the_reader(tmp_path, hu):
    folder = tmp_path / "gap"
    write_dicom(folder, "1.2.3", hu)
    next(iter(sorted(folder.iterdir())[3:])).unlink()
    with pytest.raises(GeometryError, match=r"missing.*--resample"):
        read_case(folder)
    with pytest.warns(LesionSynthWarning, match="Resampled"):
        case = read_case(folder, resample=True)
    assert case.volume.shape == SHAPE
    assert case.inputs["resample"] is True
    with pytest.raises(ParameterError, match="units"):
        read_case(folder, units="grey")


def test_errors_of_masks_name_their_file(write, hu, labels):
    ct = write(hu, "ct.nii.gz")
    with pytest.raises(InputError, match=r"empty\.nii: the mask is empty"):
        read_case(ct, organ=write(labels * 0, "empty.nii"))
    with pytest.raises(InputError, match=r"lab\.nii: the file has no label 3; it has 1, 2"):
        read_case(ct, lesions=write(labels, "lab.nii"), lesion_label=3)
    with pytest.raises(GeometryError, match=r"small\.nii: the mask has another size"):
        read_case(ct, organ=write(labels[:-1], "small.nii"))


@pytest.mark.parametrize(
    ("name", "patient"),
    [("a.b.nii.gz", "a.b"), ("liver_12.nii", "liver_12"), ("x.mha", "x"), ("y.nrrd", "y")],
)
def test_the_patient_is_called_after_the_file(write, hu, name, patient):
    assert read_case(write(hu, name)).patient == patient


# From arrays


def test_int16_arrays_are_shared(hu, labels):
    case = case_from_arrays(hu, SPACING, labels == 1, labels == 2)
    assert np.shares_memory(case.volume.hu, hu)
    assert case.volume.spacing == SPACING
    assert case.patient == "p1"
    assert case.inputs == {}
    assert case.organ.mask[3, 6, 6]  # a lesion inside belongs to the organ
    assert not case.organ.mask[3, 16, 20]
    with pytest.raises(InputError, match="made from arrays"):
        reread_case(case.inputs)


def test_the_masks_given_are_not_changed(hu, labels):
    organ = labels == 1
    before = organ.copy()
    case_from_arrays(hu, SPACING, organ, labels == 2)
    assert np.array_equal(organ, before)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.int64, np.float32, np.float64])
def test_any_number_type_is_converted(kind):
    values = np.random.default_rng(0).integers(0, 100, SHAPE).astype(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        case = case_from_arrays(values, SPACING, units="hu")
    assert case.volume.hu.dtype == np.int16
    assert np.array_equal(case.volume.hu, values)


def test_values_that_do_not_fit_are_clipped_with_a_warning():
    with pytest.warns(LesionSynthWarning, match="do not fit 16 bits"):
        case = case_from_arrays(np.full(SHAPE, 1e6), SPACING)
    assert (case.volume.hu == 32767).all()


def test_label_masks_of_any_type_and_lists(hu, labels):
    case = case_from_arrays(hu, list(SPACING), organ=labels.astype(float), lesions=labels == 2)
    assert np.array_equal(case.organ.mask, labels > 0)
    assert case_from_arrays([[[1, 2], [3, 4]]], (1, 1, 1)).volume.shape == (1, 2, 2)


@pytest.mark.parametrize("spacing", [(0.7, 0.8), (5.0, 0.7, 0.8)])
def test_a_single_slice_may_have_two_axes(hu, labels, spacing):
    case = case_from_arrays(hu[3], spacing, organ=labels[3] == 1, lesions=labels[3] == 2)
    assert case.volume.shape == (1, 20, 24)
    assert case.volume.spacing[1:] == (0.7, 0.8)
    assert np.shares_memory(case.volume.hu, hu)
    assert case.organ.mask[0, 6, 12]  # touches the organ
    assert not case.organ.mask[0, 16, 20]


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (np.zeros((2, 3, 4, 5)), r"4 axes \(shape \(2, 3, 4, 5\)\)"),
        (np.zeros(5), "1 axes"),
        (np.zeros((2, 3, 4), bool), "holds bool, not numbers"),
        (np.zeros((2, 3, 4), complex), "holds complex128, not numbers"),
        (np.zeros((0, 3, 4)), "empty"),
    ],
)
def test_arrays_that_are_no_ct(array, fault):
    with pytest.raises(InputError, match=fault):
        case_from_arrays(array, (1.0, 1.0, 1.0))


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (1.0,), (1.0, 1.0, 1.0, 1.0), (1.0, 0.0, 1.0)])
def test_spacing_that_does_not_fit(hu, spacing):
    with pytest.raises(GeometryError, match="spacing"):
        case_from_arrays(hu, spacing)


def test_masks_that_do_not_fit(hu, labels):
    with pytest.raises(GeometryError, match=r"organ mask has shape \(7, 20, 24\), the CT \(8,"):
        case_from_arrays(hu, SPACING, organ=labels[:-1])
    with pytest.raises(InputError, match=r"lesions mask is empty.*Leave lesions out"):
        case_from_arrays(hu, SPACING, organ=labels, lesions=labels * 0)


# The phantom


def test_the_phantom_is_a_case_with_truth_and_can_be_made_again():
    options = {"seed": 3, "lesions": 2, "spacing": (8.0, 4.0, 4.0)}
    case = phantom(**options)
    assert case.patient == "phantom-3"
    assert len(case.truth) == 2
    assert case.organ.mask[case.lesions].all()
    assert json.loads(json.dumps(case.inputs)) == {
        "phantom": {"seed": 3, "lesions": 2, "spacing": [8.0, 4.0, 4.0]}
    }
    again = reread_case(json.loads(json.dumps(case.inputs)))
    assert again.volume.sha256 == case.volume.sha256
    assert again.truth == case.truth


@pytest.mark.realdata
def test_real_cts_with_their_masks(real_data):
    label = real_data / "ct" / "ircadb01_label.nii.gz"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tumours = read_case(
            real_data / "ct" / "ircadb01_ct.nii.gz", label, label, organ_label=1, lesion_label=2
        )
        donor = read_case(real_data / "chaos" / "dicom", real_data / "chaos" / "liver.nii.gz")
    assert tumours.organ.mask[tumours.lesions].all()
    assert tumours.volume.hu[tumours.lesions].mean() == pytest.approx(79, abs=3)
    assert donor.volume.hu[donor.organ.mask].mean() == pytest.approx(141, abs=3)
    assert donor.patient == "chaos"


@pytest.mark.realdata
def test_the_mask_of_another_patient_is_refused(real_data):
    with pytest.raises(GeometryError, match=r"liver\.nii\.gz.*Mask: 78 x.*CT: 129 x"):
        read_case(
            real_data / "ct" / "ircadb01_ct.nii.gz", os.fspath(real_data / "chaos/liver.nii.gz")
        )


def test_eight_bit_values_are_questioned_unless_their_units_are_given():
    grey = np.arange(np.prod(SHAPE), dtype=np.int64).reshape(SHAPE) % 256
    with pytest.warns(LesionSynthWarning, match=r"within 0\.\.255"):
        case_from_arrays(grey.astype(np.uint8), SPACING)
    mapped = case_from_arrays(grey.astype(np.uint8), SPACING, units="-160:240")
    assert (mapped.volume.hu.min(), mapped.volume.hu.max()) == (-160, 240)


def test_the_phantom_takes_its_noise_in_hu():
    small = {"spacing": (5.0, 3.0, 3.0), "slices": 3, "lesions": 0}
    quiet, loud = (phantom(seed=1, noise=noise, **small) for noise in (2.0, 40.0))
    spread = [case.volume.hu[case.organ.mask].std() for case in (quiet, loud)]
    assert spread[1] > spread[0] + 15
    assert loud.inputs["phantom"]["noise_hu"] == 40.0


def test_an_organ_without_its_tumours_is_told(hu, labels, write):
    labels[3:6, 6:9, 6:9] = 2
    ct, mask = write(hu, "ct.nii.gz"), write(labels, "labels.nii.gz")
    with pytest.warns(LesionSynthWarning, match="1 region of other labels inside the organ"):
        read_case(ct, mask, organ_label=1)


def test_nothing_is_told_where_the_tumours_are_given_too(hu, labels, write):
    labels[3:6, 6:9, 6:9] = 2
    ct, mask = write(hu, "ct.nii.gz"), write(labels, "labels.nii.gz")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        case = read_case(ct, mask, mask, organ_label=1, lesion_label=2)
    assert case.organ.mask[4, 7, 7]
