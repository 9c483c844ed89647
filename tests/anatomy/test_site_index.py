"""The organ's voxels in order of depth, and how far each is from obstacles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_lesion_synth.anatomy.site_index import CLEARANCE_MM


@pytest.fixture
def case(ball_case):
    return ball_case((14, 44, 48), (3.0, 1.0, 1.2), lesion_mm=9)


def test_every_voxel_of_the_organ_is_listed_once_with_its_depth(case):
    index, organ = case.site_index, case.organ
    voxels = index.voxels(np.arange(organ.voxels))
    listed = np.zeros(organ.shape, int)
    np.add.at(listed, tuple(voxels.T), 1)
    np.testing.assert_array_equal(listed, organ.mask)
    for entry in (0, organ.voxels // 2, organ.voxels - 1):
        assert index.depth[entry] == np.float32(organ.depth_at(tuple(voxels[entry])))
    assert np.diff(index.depth).min() > -1 / 64


@pytest.mark.parametrize(
    ("shallow", "deep"), [(0, np.inf), (2, 5), (3.5, 3.5), (0, 1), (15, np.inf), (99, 100)]
)
def test_a_range_of_depths_is_a_range_of_the_list(case, shallow, deep):
    low, high = case.site_index.between(shallow, deep)
    depth = case.site_index.depth
    wanted = (depth >= shallow) & (depth <= deep)
    outside = np.ones(len(depth), bool)
    outside[low:high] = False
    assert not (wanted & outside).any()
    assert (depth[low:high] > shallow - 1 / 64).all()
    assert (depth[low:high] < deep + 1 / 64).all()


def test_clearance_is_the_distance_rounded_down(case):
    index, organ = case.site_index, case.organ
    lesions = case.lesions[organ.bbox]
    expected = ndimage.distance_transform_edt(~lesions, sampling=organ.spacing)
    exact = expected.ravel()[index.flat] * 64
    assert index.lesion_clearance.dtype == np.uint16
    assert (index.lesion_clearance <= exact + 1e-3).all()
    assert (index.lesion_clearance > exact - 1 - 1e-3).all()
    far = index.clearance(np.zeros_like(lesions))
    assert (far == CLEARANCE_MM * 64).all()


def test_a_lesion_is_clear_only_of_what_lies_beyond_its_radius(case):
    index = case.site_index
    for radius in (3.0, 4.51, 10.0):
        clear = index.lesion_clearance > index.steps(radius)
        distance = ndimage.distance_transform_edt(
            ~case.lesions[case.organ.bbox], sampling=case.organ.spacing
        ).ravel()[index.flat]
        assert (distance[clear] > radius).all()
        assert clear[distance > radius + 1 / 32].all()


def test_nothing_to_avoid_costs_nothing(ball_case):
    index = ball_case((14, 44, 48)).site_index
    assert index.lesion_clearance is None
    assert index.vessel_clearance is None


def test_vessels_are_remembered_as_they_were(ball_case):
    case = ball_case()
    case.volume.hu[12, 20:44, 28:36] += 100
    case.volume.hu[11, 20:44, 28:36] += 100
    case.volume.hu[13, 20:44, 28:36] += 100
    before = case.site_index.vessels.copy()
    assert before.any()
    case.volume.hu[:] = 110
    np.testing.assert_array_equal(case.site_index.vessels, before)
