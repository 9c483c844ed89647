"""Maps: a number for each voxel, where the CT lies."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.ct.maps import read_map
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.ct.write import write_map, write_volume
from napari_lesion_synth.errors import GeometryError, InputError, ParameterError


@pytest.fixture
def values(ct_volume):
    return np.random.default_rng(0).uniform(size=ct_volume.shape).astype(np.float32)


@pytest.mark.parametrize("name", ["map.nii.gz", "map.nii", "map.mha", "map.nrrd"])
def test_a_map_is_read_back_as_it_was_written(tmp_path, ct_volume, values, name):
    path = write_map(tmp_path / name, values, ct_volume, note="For research only.")
    np.testing.assert_array_equal(read_map(path, ct_volume), values)
    image = sitk.ReadImage(str(path))
    assert "For research only." in {image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_map_lies_where_the_ct_lies(tmp_path, ct_volume, values):
    """Oracle: ITK's geometry of the CT."""
    ct = sitk.ReadImage(str(write_volume(tmp_path / "ct.nii.gz", ct_volume)))
    image = sitk.ReadImage(str(write_map(tmp_path / "map.nii.gz", values, ct_volume)))
    assert image.GetOrigin() == pytest.approx(ct.GetOrigin())
    assert image.GetSpacing() == pytest.approx(ct.GetSpacing())
    assert image.GetDirection() == pytest.approx(ct.GetDirection())


def test_a_map_whose_axes_run_the_other_way_is_turned(tmp_path, ct_volume, values):
    path = write_map(tmp_path / "map.nii.gz", values, ct_volume)
    image = sitk.Flip(sitk.ReadImage(str(path)), (True, True, False))
    sitk.WriteImage(image, str(path))
    np.testing.assert_array_equal(read_map(path, ct_volume), values)


def test_a_map_of_another_ct_is_refused(tmp_path, ct_volume, values):
    path = write_map(tmp_path / "map.nii.gz", values, ct_volume)
    moved = Volume(ct_volume.hu, ct_volume.spacing, (0.0, 0.0, 0.0))
    with pytest.raises(GeometryError, match="another grid"):
        read_map(path, moved)
    with pytest.raises(GeometryError, match="shape"):
        write_map(path, values[1:], ct_volume)


def test_what_is_no_number_is_refused(tmp_path, ct_volume, values):
    values[0, 0, 0] = np.inf
    path = write_map(tmp_path / "map.nii.gz", values, ct_volume)
    with pytest.raises(InputError, match="no numbers"):
        read_map(path, ct_volume)


def test_the_name_says_the_format(tmp_path, ct_volume, values):
    with pytest.raises(ParameterError, match="format"):
        write_map(tmp_path / "map.png", values, ct_volume)
