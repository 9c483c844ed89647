"""Label volumes are read in the orientation of a CT, and nothing else passes for one."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.ct.labels import read_labels
from napari_lesion_synth.errors import InputError


def write(path, values, spacing=(1.0, 1.0, 1.0), direction=None):
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing[::-1])
    if direction is not None:
        image.SetDirection(direction)
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
def test_labels_and_spacing_are_read_whatever_the_type(tmp_path, dtype):
    values = np.arange(24).reshape(2, 3, 4)
    read = read_labels(write(tmp_path / "l.nii.gz", values.astype(dtype), (2.5, 0.7, 0.8)))
    assert read.values.dtype == np.int16
    np.testing.assert_array_equal(read.values, values)
    assert read.spacing == pytest.approx((2.5, 0.7, 0.8))


def test_the_orientation_is_that_of_a_ct(tmp_path):
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path = write(tmp_path / "l.nrrd", values, direction=(-1, 0, 0, 0, -1, 0, 0, 0, 1))
    np.testing.assert_array_equal(read_labels(path).values, values[:, ::-1, ::-1])


@pytest.mark.parametrize("value", [0.5, np.nan, np.inf])
def test_fractions_are_no_labels(tmp_path, value):
    path = write(tmp_path / "p.mha", np.full((2, 3, 4), value, np.float32))
    with pytest.raises(InputError, match=r"p\.mha: .*no label image"):
        read_labels(path)


def test_numbers_too_large_for_labels_are_refused(tmp_path):
    path = write(tmp_path / "p.mha", np.full((2, 3, 4), 70000, np.int32))
    with pytest.raises(InputError, match="32767"):
        read_labels(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.nii"):
        read_labels(tmp_path / "none.nii")
