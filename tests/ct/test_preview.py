"""Pictures of a DICOM series out of one of its files."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.ct.dicom import list_series
from napari_lesion_synth.ct.preview import series_preview
from napari_lesion_synth.ct.read import read_volume
from napari_lesion_synth.ct.windows import SOFT_TISSUE
from napari_lesion_synth.errors import InputError

SQUARE = (0.8, 0.8)
CORONAL = {"axes": (1, 0, 0, 0, 0, -1), "pixel": (0.8, 0.8)}
SAGITTAL = {"axes": (0, 1, 0, 0, 0, -1), "pixel": (0.8, 0.8)}


def only(folder):
    (series,) = list_series(folder)
    return series


def test_the_middle_slice_in_the_soft_tissue_window(write_series, stacked, hu):
    folder = write_series(hu, stacked(6), pixel=SQUARE)[0].parent
    volume = read_volume(folder)
    picture = series_preview(only(folder), pixels=16)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, SOFT_TISSUE.apply(volume.hu[3]))


def test_one_file_is_enough(write_series, stacked, hu):
    files = write_series(hu, stacked(6), pixel=SQUARE)
    series = only(files[0].parent)
    whole = series_preview(series)
    for path in files:
        if path != series.files[3]:
            path.unlink()
    assert np.array_equal(series_preview(series), whole)


@pytest.mark.parametrize(
    ("tags", "positions", "axis"),
    [
        (CORONAL, [(0.0, 5.0 + 3.0 * k, 200.0) for k in range(5)], 1),
        (SAGITTAL, [(5.0 + 3.0 * k, 0.0, 200.0) for k in range(5)], 2),
    ],
)
def test_other_planes_have_the_head_up(write_series, hu, tags, positions, axis):
    folder = write_series(hu[:5], positions, **tags)[0].parent
    volume = read_volume(folder)
    assert volume.shape[axis] == 5
    upright = np.take(volume.hu, 2, axis=axis)[::-1]
    picture = series_preview(only(folder), pixels=16)
    assert np.array_equal(picture, SOFT_TISSUE.apply(upright))


def test_a_patient_on_the_belly_has_the_front_up(write_series, stacked, hu):
    turned = np.ascontiguousarray(hu[:, ::-1, ::-1])
    positions = [(-x, -y, z) for x, y, z in stacked(6)]
    folder = write_series(turned, positions, axes=(-1, 0, 0, 0, -1, 0), pixel=SQUARE)[0].parent
    picture = series_preview(only(folder), pixels=16)
    assert np.array_equal(picture, SOFT_TISSUE.apply(hu[3]))


def test_proportions_are_true_and_the_rest_is_black(write_series, stacked):
    hu = np.full((1, 20, 40), 400, np.int16)
    folder = write_series(hu, stacked(1), pixel=(1.0, 2.0))[0].parent  # x, y: 40 by 40 mm
    assert (series_preview(only(folder), pixels=32) == 255).all()
    wide = write_series(hu, stacked(1), folder="wide", pixel=(1.0, 1.0))[0].parent
    picture = series_preview(only(wide), pixels=32)
    assert (picture[8:24] == 255).all()
    assert (picture[:8] == 0).all()
    assert (picture[24:] == 0).all()


def test_of_a_file_with_several_frames_the_middle_one_is_shown(tmp_path, hu):
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((0.8, 0.8, 2.5))
    image.SetMetaData("0008|0060", "CT")
    sitk.WriteImage(image, str(tmp_path / "frames.dcm"))
    assert np.array_equal(series_preview(only(tmp_path), 16), SOFT_TISSUE.apply(hu[3]))


def test_what_is_not_ct_is_shown_from_its_darkest_to_its_brightest(write_series, stacked):
    ramp = np.tile(np.arange(100, dtype=np.int16) * 50, (2, 100, 1))
    folder = write_series(ramp, stacked(2), modality="MR", intercept=0, pixel=SQUARE)[0].parent
    picture = series_preview(only(folder), pixels=100)
    assert picture[50, 0] == 0
    assert picture[50, -1] == 255
    assert 120 < picture[50, 50] < 136


def test_an_even_picture_is_no_division_by_zero(write_series, stacked):
    flat = np.full((1, 8, 8), 7, np.int16)
    folder = write_series(flat, stacked(1), modality="MR", intercept=0)[0].parent
    assert np.ptp(series_preview(only(folder), pixels=8)[2:6, 2:6]) == 0


def test_colours_are_refused_in_words(tmp_path):
    colours = sitk.GetImageFromArray(np.zeros((8, 8, 3), np.uint8), isVector=True)
    colours.SetMetaData("0008|0060", "OT")
    sitk.WriteImage(colours, str(tmp_path / "shot.dcm"))
    with pytest.raises(InputError, match="colour pictures"):
        series_preview(only(tmp_path))


def test_a_damaged_file_is_named(write_series, stacked, hu):
    folder = write_series(hu, stacked(6))[0].parent
    series = only(folder)
    middle = series.files[3]
    middle.write_bytes(middle.read_bytes()[:-200])
    with pytest.raises(InputError, match="pixels cannot be read") as caught:
        series_preview(series)
    assert caught.value.where == str(middle)


@pytest.mark.realdata
def test_a_real_series_shows_the_abdomen(real_data):
    picture = series_preview(only(real_data / "chaos" / "dicom"), 96)
    body = picture[32:64, 32:64]
    assert 90 < np.median(body) < 220  # soft tissue in the middle
    assert (picture[:6] == 0).all()  # air above the patient
