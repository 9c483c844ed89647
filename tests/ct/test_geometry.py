"""Grids, and the way from stored to canonical axes."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from napari_lesion_synth.ct.geometry import Grid, canonical
from napari_lesion_synth.errors import GeometryError

SHAPE = (3, 4, 5)
SPACING = (2.5, 0.7, 0.8)
FLIPS = list(product((1, -1), repeat=3))
ORDERS = list(permutations(range(3)))


def stored_grid(axes, signs) -> Grid:
    """A grid whose axis j runs along anatomical axis `axes[j]`, forwards or backwards."""
    direction = np.zeros((3, 3))
    for j, (axis, sign) in enumerate(zip(axes, signs, strict=True)):
        direction[axis, j] = sign
    return Grid(SHAPE, SPACING, (10.0, -20.0, 30.0), direction)


@pytest.mark.parametrize("axes", ORDERS)
@pytest.mark.parametrize("signs", FLIPS)
def test_every_voxel_keeps_its_place_in_the_body(axes, signs):
    grid = stored_grid(axes, signs)
    stored = np.arange(np.prod(SHAPE)).reshape(SHAPE)

    lps, way = canonical(grid)
    turned = way.apply(stored)

    assert turned.shape == lps.shape
    assert np.array_equal(lps.direction, np.eye(3))
    index = np.argwhere(np.ones(SHAPE, bool))
    found = np.rint(lps.to_index(grid.to_world(index))).astype(int)
    assert np.array_equal(turned[tuple(found.T)], stored.ravel())


@pytest.mark.parametrize("axes", ORDERS)
@pytest.mark.parametrize("signs", FLIPS)
def test_writing_through_the_inverse_view_orients(axes, signs):
    lps, way = canonical(stored_grid(axes, signs))
    stored = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    array = np.zeros(lps.shape, int)

    way.invert(array)[:] = stored

    assert np.array_equal(array, way.apply(stored))


@given(
    angles=st.tuples(*[st.floats(-180, 180)] * 3),
    axes=st.permutations(range(3)),
    signs=st.sampled_from(FLIPS),
)
@settings(deadline=None, max_examples=60)
def test_agrees_with_itk_on_oblique_images(angles, axes, signs):
    """Oracle: ITK's DICOMOrient to LPS."""
    turn = Rotation.from_euler("zyx", angles, degrees=True).as_matrix()
    grid = stored_grid(axes, signs)
    grid = Grid(grid.shape, grid.spacing, grid.origin, turn @ grid.direction)
    strongest = np.sort(np.abs(grid.direction), axis=0)
    if strongest[-1].min() < 0.75:
        return  # an axis beyond about 45 degrees from all others: conventions differ
    if np.linalg.det(grid.direction) < 0:
        return  # left-handed axes: ITK refuses these images in DICOMOrient
    stored = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    image = sitk.GetImageFromArray(stored)
    image.SetSpacing(grid.spacing[::-1])
    image.SetOrigin(grid.origin[::-1])
    image.SetDirection(grid.direction[::-1, ::-1].ravel().tolist())
    oracle = sitk.DICOMOrient(image, "LPS")

    lps, way = canonical(grid)

    assert np.array_equal(way.apply(stored), sitk.GetArrayFromImage(oracle))
    assert np.allclose(lps.spacing[::-1], oracle.GetSpacing())
    assert np.allclose(lps.origin[::-1], oracle.GetOrigin())
    assert np.allclose(lps.direction[::-1, ::-1].ravel(), oracle.GetDirection())


def test_rounding_noise_of_32_bit_headers_is_not_obliqueness():
    direction = np.eye(3) + 1e-8
    lps, _ = canonical(Grid(SHAPE, SPACING, (0.0, 0.0, 0.0), direction))
    assert np.array_equal(lps.direction, np.eye(3))


def test_sheared_axes_are_refused():
    direction = np.eye(3)
    direction[1, 0] = 0.2
    with pytest.raises(GeometryError, match=r"scan\.nii.*not perpendicular.*Resample"):
        canonical(Grid(SHAPE, SPACING, (0.0, 0.0, 0.0), direction), "scan.nii")


def test_index_and_world_are_inverse():
    turn = Rotation.from_euler("zyx", (20, -10, 5), degrees=True).as_matrix()
    grid = Grid(SHAPE, SPACING, (10.0, -20.0, 30.0), turn)
    index = grid.lattice(4)
    assert np.allclose(grid.to_index(grid.to_world(index)), index)


def test_contains_the_whole_of_its_outer_voxels_and_no_more():
    grid = Grid(SHAPE, SPACING, (10.0, -20.0, 30.0), np.eye(3))
    assert grid.contains(grid.to_world(grid.lattice(3))).all()
    outside = np.array([[-0.6, 0, 0], [0, 3.6, 0], [0, 0, 4.6]])
    assert not grid.contains(grid.to_world(outside)).any()
