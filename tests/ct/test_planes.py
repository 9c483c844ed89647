from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.ct.planes import Plane, cut, planes_of

SPACING = (2.0, 1.0, 0.5)


@pytest.fixture
def marked():
    """A volume with one bright voxel towards head, back and left of its centre."""
    array = np.zeros((21, 41, 81), np.int16)
    array[14, 26, 52] = 100
    return array


@pytest.mark.parametrize(
    ("plane", "row_mm", "column_mm"),
    [
        (Plane.AXIAL, +6.0, +6.0),
        (Plane.CORONAL, -8.0, +6.0),
        (Plane.SAGITTAL, -8.0, +6.0),
    ],
)
def test_a_cut_hangs_as_radiologists_expect(marked, plane, row_mm, column_mm):
    """Front is up in axial cuts, head is up in the others, distances are true in mm."""
    center = [10, 20, 40]
    center[plane] = (14, 26, 52)[plane]
    picture = cut(marked, SPACING, plane, tuple(center), fov_mm=40, pixels=81)
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    assert (row - 40) * 40 / 81 == pytest.approx(row_mm, abs=0.5)
    assert (column - 40) * 40 / 81 == pytest.approx(column_mm, abs=0.5)


def test_outside_the_volume_is_the_fill(marked):
    picture = cut(marked, SPACING, Plane.AXIAL, (0, 0, 0), fov_mm=20, pixels=20, fill=-1024)
    assert picture[0, 0] == -1024
    assert picture[-1, -1] == 0


def test_a_single_slice_is_shown_in_the_axial_plane_alone():
    assert planes_of((1, 40, 40)) == (Plane.AXIAL,)
    assert planes_of((2, 40, 40)) == tuple(Plane)
