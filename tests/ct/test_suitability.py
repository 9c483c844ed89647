"""What a DICOM series is good for, and which one is meant."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.ct.dicom import best_series, choose_series, list_series
from napari_lesion_synth.ct.read import read_series
from napari_lesion_synth.ct.suitability import suitability
from napari_lesion_synth.errors import GeometryError, LesionSynthWarning

CORONAL = (1, 0, 0, 0, 0, -1)


def only(folder):
    (series,) = list_series(folder)
    return series


def test_a_plain_series_is_described_and_has_no_fault(write_series, stacked, hu):
    found = suitability(only(write_series(hu, stacked(6))[0].parent))
    assert found.words == "axial CT, 6 slices of 16 x 16, 2.5 mm"
    assert found.usable
    assert found.reason == ""
    assert not found.resample


def test_planes_are_named(write_series, hu):
    coronal = [(0.0, 5.0 + 3.0 * k, 200.0) for k in range(6)]
    found = suitability(only(write_series(hu, coronal, axes=CORONAL)[0].parent))
    assert found.words == "coronal CT, 6 slices of 16 x 16, 3.0 mm"
    sagittal = [(5.0 + 3.0 * k, 0.0, 200.0) for k in range(6)]
    folder = write_series(hu, sagittal, "sagittal", axes=(0, 1, 0, 0, 0, -1))[0].parent
    assert suitability(only(folder)).words.startswith("sagittal")
    half = np.sqrt(0.5)
    between = [(0.0, -half * 3 * k, half * 3 * k) for k in range(6)]
    folder = write_series(hu, between, "between", axes=(1, 0, 0, 0, half, half))[0].parent
    assert suitability(only(folder)).words.startswith("oblique")


def test_one_slice_is_called_an_overview(write_series, stacked, hu):
    found = suitability(only(write_series(hu[:1], stacked(1))[0].parent))
    assert found.words == "axial CT, 1 slice of 16 x 16"
    assert found.usable
    assert "one slice alone" in found.reason


def test_what_is_not_ct_can_be_opened_with_a_word(write_series, stacked, hu):
    found = suitability(only(write_series(hu, stacked(6), modality="MR")[0].parent))
    assert found.words.startswith("axial MR")
    assert found.usable
    assert "not HU" in found.reason


def test_a_missing_slice_asks_for_resampling_and_that_opens_it(write_series, stacked, hu):
    places = stacked(7)
    del places[3]
    series = only(write_series(hu, places)[0].parent)
    found = suitability(series)
    assert found.usable
    assert found.resample
    assert "1 slice is missing" in found.reason
    with pytest.raises(GeometryError):
        read_series(series)
    with pytest.warns(LesionSynthWarning, match="Resampled"):
        assert read_series(series, resample=True).shape[0] == 7


def test_slices_at_the_same_place_cannot_be_opened(write_series, stacked, hu):
    places = stacked(3) * 2
    series = only(write_series(hu, places)[0].parent)
    found = suitability(series)
    assert not found.usable
    assert "same place" in found.reason
    with pytest.raises(GeometryError):
        read_series(series, resample=True)


def test_colours_cannot_be_opened(tmp_path):
    colours = sitk.GetImageFromArray(np.zeros((8, 8, 3), np.uint8), isVector=True)
    sitk.WriteImage(colours, str(tmp_path / "shot.dcm"))
    found = suitability(only(tmp_path))
    assert not found.usable
    assert found.reason == "colour pictures, not a CT"


@pytest.mark.filterwarnings("ignore::napari_lesion_synth.errors.LesionSynthWarning")
@pytest.mark.parametrize("absent", ["A", "B", "C", "M", ""])
def test_the_best_is_the_one_that_a_folder_opens_with(write_series, stacked, hu, absent):
    written = {
        "A": {"hu": hu, "positions": stacked(6), "uid": "1.1"},
        "B": {"hu": hu[:3], "positions": stacked(3, 5.0), "uid": "1.2"},
        "C": {
            "hu": np.concatenate([hu, hu]),
            "positions": [(0.0, 5.0 + 3.0 * k, 200.0) for k in range(12)],
            "axes": CORONAL,
            "uid": "1.3",
        },
        "M": {
            "hu": np.concatenate([hu] * 3),
            "positions": stacked(18),
            "modality": "MR",
            "uid": "1.4",
        },
    }
    for prefix, series in written.items():
        if prefix != absent:
            folder = write_series(prefix=prefix, **series)[0].parent
    expected = choose_series(folder)
    assert best_series(list_series(folder)).uid == expected.uid
    assert expected.uid == ("1.2" if absent == "A" else "1.1")
