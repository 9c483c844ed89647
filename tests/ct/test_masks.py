"""Masks come onto the CT's grid, or are refused with both geometries."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.ct.masks import labels_in, read_mask
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError, InputError, LesionSynthWarning

SHAPE = (12, 20, 24)
SPACING = (2.5, 0.7, 0.8)
ORIGIN = (-120.0, -55.5, 33.25)


@pytest.fixture
def ct() -> Volume:
    return Volume(np.zeros(SHAPE, np.int16), SPACING, ORIGIN)


@pytest.fixture
def labels() -> np.ndarray:
    """A liver of label 1 with a tumour of label 2; no axis is symmetric."""
    values = np.zeros(SHAPE, np.uint8)
    values[3:9, 4:15, 5:20] = 1
    values[4:6, 5:8, 6:9] = 2
    return values


@pytest.fixture
def write_labels(write_image):
    """Writer of label files on the CT's grid, or another; (z, y, x) order."""

    def write(values, name="labels.nii.gz", *, spacing=SPACING, origin=ORIGIN, direction=None):
        turned = None if direction is None else direction[::-1, ::-1]
        return write_image(
            values, name, spacing=spacing[::-1], origin=origin[::-1], direction=turned
        )

    return write


def quietly(path, ct, **options) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_mask(path, ct, **options)


def foreign(path, ct) -> str:
    """Message of the refusal; it names the file, both geometries and the remedy."""
    with pytest.raises(GeometryError) as caught:
        read_mask(path, ct)
    message = str(caught.value)
    assert str(path) in message
    assert "Mask: " in message
    assert "CT: 12 x 20 x 24 voxels of 2.5 x 0.7 x 0.8 mm" in message
    assert "drawn on this CT" in message
    return message


# On the CT's own grid


@pytest.mark.parametrize("name", ["labels.nii.gz", "labels.mha", "labels.nrrd"])
@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.int64])
def test_every_value_but_zero_belongs(write_labels, ct, labels, name, kind):
    mask = quietly(write_labels(labels.astype(kind), name), ct)
    assert mask.dtype == np.bool_
    assert np.array_equal(mask, labels > 0)


@pytest.mark.parametrize("label", [1, 2])
def test_one_label(write_labels, ct, labels, label):
    assert np.array_equal(quietly(write_labels(labels), ct, label=label), labels == label)


def test_a_mask_stored_with_other_axes(write_labels, ct, labels):
    """RAS, as nibabel writes: x and y run the other way."""
    direction = np.diag([1.0, -1.0, -1.0])
    last = (ORIGIN[0], ORIGIN[1] + 19 * SPACING[1], ORIGIN[2] + 23 * SPACING[2])
    path = write_labels(labels[:, ::-1, ::-1].copy(), origin=last, direction=direction)
    assert np.array_equal(quietly(path, ct), labels > 0)


def test_rounding_of_headers_is_the_same_grid(write_labels, ct, labels):
    origin = tuple(o + 0.03 for o in ORIGIN)
    assert np.array_equal(quietly(write_labels(labels, origin=origin), ct), labels > 0)


def test_a_picture_of_two_axes_on_a_single_slice(write_image, ct, labels):
    single = Volume(ct.hu[:1], SPACING, ORIGIN)
    path = write_image(labels[4], "mask.nii", spacing=SPACING[:0:-1], origin=ORIGIN[:0:-1])
    assert np.array_equal(quietly(path, single)[0], labels[4] > 0)


def test_a_png_of_the_slices_size(write_image, ct, labels):
    single = Volume(ct.hu[:1], SPACING, ORIGIN)
    path = write_image((labels[4] > 0).astype(np.uint8) * 255, "mask.png")
    assert np.array_equal(quietly(path, single)[0], labels[4] > 0)


def test_the_thickness_of_a_single_slice_does_not_matter(write_labels, ct, labels):
    single = Volume(ct.hu[:1], SPACING, ORIGIN)
    path = write_labels(labels[4:5], spacing=(1.0, *SPACING[1:]))
    assert np.array_equal(quietly(path, single)[0], labels[4] > 0)


# On another grid of the same frame


def resampled(labels, spacing, origin, shape, direction=None) -> np.ndarray:
    """Oracle input: the labels as SimpleITK puts them on another grid."""
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing(SPACING[::-1])
    image.SetOrigin(ORIGIN[::-1])
    grid = sitk.Image(*[int(n) for n in shape[::-1]], sitk.sitkUInt8)
    grid.SetSpacing(spacing[::-1])
    grid.SetOrigin(origin[::-1])
    if direction is not None:
        grid.SetDirection(direction[::-1, ::-1].ravel().tolist())
    return sitk.GetArrayFromImage(sitk.Resample(image, grid, sitk.Transform(), 1))


def test_a_finer_grid_is_resampled_with_a_warning(write_labels, ct, labels):
    fine = (1.25, 0.35, 0.4)
    origin = tuple(o - s / 4 for o, s in zip(ORIGIN, SPACING, strict=True))
    values = np.kron(labels, np.ones((2, 2, 2), np.uint8))
    path = write_labels(values, spacing=fine, origin=origin)
    with pytest.warns(LesionSynthWarning, match=r"labels\.nii\.gz.*resampled.*Mask: .*CT: "):
        mask = read_mask(path, ct, label=1)
    assert np.array_equal(mask, labels == 1)


def test_a_crop_is_put_where_it_was_cut(write_labels, ct, labels):
    box = (slice(2, 10), slice(3, 16), slice(4, 22))
    origin = tuple(o + s.start * d for o, s, d in zip(ORIGIN, box, SPACING, strict=True))
    with pytest.warns(LesionSynthWarning, match="resampled"):
        mask = read_mask(write_labels(labels[box].copy(), origin=origin), ct)
    assert np.array_equal(mask, labels > 0)


def test_an_oblique_grid_is_resampled(write_labels, ct, labels):
    angle = np.radians(10)
    turn = np.eye(3)
    turn[1:, 1:] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    origin, shape, spacing = (-121.0, -58.0, 30.0), (33, 60, 60), (1.0, 0.5, 0.5)
    path = write_labels(
        resampled(labels, spacing, origin, shape, turn),
        spacing=spacing, origin=origin, direction=turn,
    )  # fmt: skip
    with pytest.warns(LesionSynthWarning, match="resampled"):
        mask = read_mask(path, ct)
    dice = 2 * (mask & (labels > 0)).sum() / (mask.sum() + (labels > 0).sum())
    assert dice > 0.9


def test_what_lies_outside_the_ct_is_said_to_be_lost(write_labels, labels):
    cropped = Volume(np.zeros((4, 20, 24), np.int16), SPACING, (ORIGIN[0] + 4 * 2.5, *ORIGIN[1:]))
    with pytest.warns(LesionSynthWarning, match=r"33\.\d% of it lies outside the CT"):
        mask = read_mask(write_labels(labels), cropped)
    assert np.array_equal(mask, labels[4:8] > 0)


# In another frame


@pytest.mark.parametrize("shift", [(500, 0, 0), (0, -400, 0), (0, 0, 300), (0, 6, 0)])
def test_a_mask_that_lies_elsewhere(write_labels, ct, labels, shift):
    origin = tuple(o + d for o, d in zip(ORIGIN, shift, strict=True))
    assert "elsewhere" in foreign(write_labels(labels, origin=origin), ct)


def test_a_mask_of_the_same_size_but_another_spacing(write_labels, ct, labels):
    message = foreign(write_labels(labels, spacing=(2.0, 0.7, 0.8)), ct)
    assert "another spacing or direction" in message


def test_a_mask_whose_geometry_was_lost(write_image, ct, labels):
    assert "no geometry" in foreign(write_image(labels, "bare.nii.gz"), ct)


def test_a_mask_of_another_patient(write_labels, ct):
    values = np.zeros((40, 20, 24), np.uint8)
    values[36:] = 1
    assert "outside the CT" in foreign(write_labels(values, spacing=(2.4, 0.7, 0.8)), ct)


def test_a_mask_turned_against_the_ct(write_labels, ct):
    angle = np.radians(40)
    turn = np.eye(3)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)],
                            [0, -np.sin(angle), np.cos(angle)]])  # fmt: skip
    tilted = replace(ct, origin=(0.0, 0.0, 0.0))
    middle = tilted.to_world((5.5, 9.5, 11.5))
    shape, spacing = (41, 41, 41), (0.5, 0.5, 0.5)
    origin = np.asarray(middle) - turn @ (np.asarray(spacing) * 20)
    path = write_labels(
        np.ones(shape, np.uint8), spacing=spacing, origin=tuple(origin), direction=turn
    )
    message = foreign(path, tilted)
    assert "turned by 5" in message


@pytest.mark.parametrize("size", [(11, 20, 24), (12, 16, 24), (12, 20, 30), (6, 10, 12)])
def test_a_mask_of_the_wrong_size(write_labels, ct, size):
    assert "another size" in foreign(write_labels(np.ones(size, np.uint8)), ct)


def test_a_mask_of_the_wrong_size_without_geometry(write_image):
    bare = Volume(np.zeros(SHAPE, np.int16), (1.0, 1.0, 1.0))
    path = write_image(np.ones((12, 20, 20), np.uint8), "bare.nii.gz")
    with pytest.raises(GeometryError, match=r"bare\.nii\.gz.*another size.*12 x 20 x 20.*x 24"):
        read_mask(path, bare)


# Nothing to read


def test_an_empty_mask(write_labels, ct, labels):
    with pytest.raises(InputError, match=r"labels\.nii\.gz: the mask is empty.*Check"):
        read_mask(write_labels(labels * 0), ct)
    with pytest.raises(InputError, match="empty"):
        read_mask(write_labels(labels * 0), ct, label=1)


def test_no_such_label_lists_those_there_are(write_labels, ct, labels):
    with pytest.raises(InputError, match=r"labels\.nii\.gz.*no label 7; it has 1, 2\. Choose"):
        read_mask(write_labels(labels), ct, label=7)


def test_many_labels_are_not_all_listed(write_labels, ct):
    values = np.arange(np.prod(SHAPE), dtype=np.uint16).reshape(SHAPE) % 100
    with pytest.raises(InputError, match=r"1, 2, 3, .*, 20, \.\.\.\. Choose"):
        read_mask(write_labels(values), ct, label=500)


def test_labels_are_sorted_and_without_zero(write_labels, labels):
    assert labels_in(write_labels(labels * 100)) == (100, 200)


def test_a_probability_map(write_labels, ct, labels):
    with pytest.raises(InputError, match=r"no label image: it holds fractions"):
        read_mask(write_labels(labels * np.float32(0.4)), ct)


def test_a_ct_in_place_of_the_mask(write_labels, ct, labels):
    with pytest.raises(InputError, match=r"no label image: it holds negative values"):
        read_mask(write_labels(labels.astype(np.int16) - 1000), ct)


def test_a_missing_or_foreign_file(tmp_path, ct):
    with pytest.raises(InputError, match="no such file"):
        read_mask(tmp_path / "nowhere.nii", ct)
    with pytest.raises(InputError, match="a folder, and an image file was expected"):
        read_mask(tmp_path, ct)
