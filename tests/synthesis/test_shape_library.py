"""Shapes of real lesions from label volumes alone."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DonorError, LesionSynthWarning, ParameterError
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.shape_library import (
    LesionShape,
    extract_shapes,
    load_shapes,
    save_shapes,
)

SPACING = (2.0, 1.0, 1.0)


def labels(*, flat: bool = False) -> NDArray[np.int16]:
    """A box of organ (1) with a deep lesion (2) and one at the wall."""
    values = np.zeros((1 if flat else 20, 50, 50), np.int16)
    inner = slice(None) if flat else slice(3, 17)
    values[inner, 5:45, 5:45] = 1
    z, y, x = np.indices(values.shape)
    middle = 0 if flat else 10
    for (cy, cx), radius in (((25, 30), 5.0), ((25, 9), 3.5)):
        distance = np.sqrt(((z - middle) * 2.0) ** 2 + (y - cy) ** 2 + (x - cx) ** 2)
        values[distance <= radius] = 2
    return values


def test_each_lesion_gives_its_mask_size_and_place():
    deep, near = sorted(extract_shapes(labels(), SPACING, patient="p"), key=lambda s: -s.depth_mm)
    assert deep.patient == "p"
    assert deep.diameter_mm == pytest.approx(10.0, rel=0.05)
    assert deep.depth_mm == pytest.approx(14.0, abs=1.1)
    assert (deep.zone, near.zone) == (Zone.INTERIOR, Zone.RIM)
    assert deep.mask.sum() * 2.0 == pytest.approx(4 / 3 * np.pi * 5**3, rel=0.15)


def test_a_mask_has_one_empty_voxel_around_it():
    for shape in extract_shapes(labels(), SPACING):
        inside = np.argwhere(shape.mask)
        assert inside.min(axis=0).tolist() == [1, 1, 1]
        assert (np.array(shape.mask.shape) - inside.max(axis=0)).tolist() == [2, 2, 2]


def test_a_single_slice_stays_one():
    shapes = extract_shapes(labels(flat=True), SPACING)
    assert [s.mask.shape[0] for s in shapes] == [1, 1]
    assert max(s.diameter_mm for s in shapes) == pytest.approx(10.0, rel=0.05)


def test_other_labels_can_be_named():
    values = labels()
    renamed = np.select([values == 1, values == 2], [7, 9], 0)
    ids = {s.id for s in extract_shapes(renamed, SPACING, organ_label=7, lesion_label=9)}
    assert ids == {s.id for s in extract_shapes(values, SPACING)}


def test_a_label_volume_without_lesions_is_refused():
    with pytest.raises(DonorError, match="no label 3"):
        extract_shapes(labels(), SPACING, lesion_label=3)


def test_a_lesion_at_the_end_of_the_volume_is_left_out_by_name():
    values = labels()
    values[0:4, 20:30, 20:25] = 2
    with pytest.warns(LesionSynthWarning, match=r"p: 1 of 3 lesions .*end of the volume"):
        assert len(extract_shapes(values, SPACING, patient="p")) == 2


def test_an_array_needs_its_spacing():
    with pytest.raises(ParameterError, match="spacing"):
        extract_shapes(labels())


def test_a_file_is_read_with_its_spacing_and_name(tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    image = sitk.GetImageFromArray(labels().astype(np.uint8))
    image.SetSpacing(SPACING[::-1])
    sitk.WriteImage(image, str(tmp_path / "case_3.nii.gz"))
    from_file = extract_shapes(tmp_path / "case_3.nii.gz")
    from_array = extract_shapes(labels(), SPACING, patient="case_3")
    assert {s.id for s in from_file} == {s.id for s in from_array}


def test_what_is_saved_is_loaded_and_grows(tmp_path):
    shapes = extract_shapes(labels(), SPACING, patient="p")
    folder = save_shapes(shapes[:1], tmp_path / "shapes")
    save_shapes(shapes, folder)
    loaded = load_shapes(folder)
    assert [s.id for s in loaded] == sorted(s.id for s in shapes)
    for shape in shapes:
        (same,) = (s for s in loaded if s.id == shape.id)
        for field in fields(LesionShape):
            np.testing.assert_array_equal(getattr(shape, field.name), getattr(same, field.name))
    assert (folder / "shapes.json").exists()
    assert (folder / "thumbs" / f"{shapes[0].id}.png").exists()


def test_a_shape_library_is_no_donor_library(tmp_path):
    folder = save_shapes(extract_shapes(labels(), SPACING), tmp_path / "shapes")
    with pytest.raises(DonorError, match="not a donor library"):
        load_donors(folder)


def test_a_damaged_shape_file_is_named(tmp_path):
    folder = save_shapes(extract_shapes(labels(), SPACING), tmp_path / "shapes")
    victim = sorted(folder.glob("*.npz"))[0]
    victim.write_bytes(b"")
    with pytest.raises(DonorError, match=victim.name):
        load_shapes(folder)


@pytest.mark.realdata
def test_a_real_label_volume_gives_shapes(real_data: Path):
    files = sorted((real_data / "lits_labels").glob("*.nii.gz"), key=lambda f: f.stat().st_size)
    if not files:
        pytest.skip("the LiTS label volumes are not beside the repository")
    found = []
    for file in files[:3]:
        try:
            found += extract_shapes(file)
        except DonorError:  # a liver without tumours
            continue
    assert found
    assert all(3 <= s.diameter_mm < 150 and s.depth_mm >= 0 for s in found)
