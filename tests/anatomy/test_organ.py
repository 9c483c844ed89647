"""The capsule lies between voxels, and distances to it are those of the sampled surface."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.anatomy import organ as organ_module
from napari_lesion_synth.anatomy.organ import OUTSIDE_MM, Organ
from napari_lesion_synth.errors import GeometryError, InputError

SPACINGS = [(1.0, 1.0, 1.0), (2.5, 1.0, 1.0), (5.0, 0.8, 0.8), (1.6, 0.57, 0.57), (0.7, 2.0, 2.0)]


def everywhere(organ: Organ) -> np.ndarray:
    return organ.distance_in(tuple(slice(0, n) for n in organ.shape))


# Distance


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_flat_capsule_is_exact(axis, spacing):
    mask = np.zeros((12, 12, 12), bool)
    mask[(slice(None),) * axis + (slice(7, None),)] = True
    position = (np.arange(12) - 6.5) * spacing[axis]
    shape = [12 if a == axis else 1 for a in range(3)]
    expected = np.broadcast_to(np.maximum(position, -OUTSIDE_MM).reshape(shape), mask.shape)
    np.testing.assert_allclose(everywhere(Organ(mask, spacing)), expected, rtol=1e-5)


@settings(deadline=None, max_examples=30)
@given(
    direction=st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
    offset=st.floats(-1, 1),
    spacing=st.sampled_from(SPACINGS),
)
def test_an_oblique_capsule_is_right_within_a_voxel(direction, offset, spacing, millimetres):
    normal = np.array(direction) / np.linalg.norm(direction)
    grid = millimetres((27, 27, 27), spacing)
    depth = offset - np.tensordot(normal, grid, 1)
    mask = depth > 0
    # Only where the nearest point of the plane lies well within the picture.
    foot = grid + depth * normal[:, None, None, None]
    extent = np.abs(grid[:, 0, 0, 0])[:, None, None, None]
    seen = (np.abs(foot) < 0.7 * extent).all(axis=0) & (np.abs(depth) < OUTSIDE_MM / 2)
    error = everywhere(Organ(mask, spacing))[seen] - depth[seen]
    # A voxel's centre and the faces of its steps: half the diagonal of a voxel at worst.
    assert np.abs(error).max() < np.sqrt(3) / 2 * max(spacing)
    assert np.abs(np.median(error)) <= 0.5 * max(spacing) + 1e-4


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("radius", [5.0, 11.0])
def test_a_ball_is_right_within_a_voxel(spacing, radius, millimetres):
    shape = tuple(2 * int(13 / s) + 3 for s in spacing)
    grid = millimetres(shape, spacing)
    center = np.array([0.3, -0.2, 0.1]) * spacing
    depth = radius - np.linalg.norm(grid - center[:, None, None, None], axis=0)
    error = everywhere(Organ(depth > 0, spacing)) - np.maximum(depth, -OUTSIDE_MM)
    assert np.abs(error).max() < 0.6 * max(spacing)
    assert np.sqrt((error**2).mean()) < 0.25 * max(spacing)
    assert abs(error[depth > 0].mean()) < 0.2 * max(spacing)


def test_sign_and_smallest_values_follow_the_mask(ball_case):
    organ = ball_case().organ
    distance = everywhere(organ)
    assert ((distance > 0) == organ.mask).all()
    assert np.abs(distance).min() == pytest.approx(0.5 * min(organ.spacing))


def test_a_picture_that_ends_in_the_organ_has_no_capsule_there():
    mask = np.zeros((6, 20, 20), bool)
    mask[:, :, 5:] = True  # runs out of the picture on five sides
    distance = everywhere(Organ(mask, (3.0, 1.0, 1.0)))
    expected = np.broadcast_to(np.arange(20) - 4.5, mask.shape)
    np.testing.assert_allclose(distance, expected, rtol=1e-5)


def test_an_organ_that_fills_the_picture_is_deep_everywhere():
    organ = Organ(np.ones((4, 30, 40), bool), (5.0, 1.0, 1.0))
    assert organ.max_depth_mm == pytest.approx(np.hypot(np.hypot(20, 30), 40))
    assert organ.depth_map.min() == organ.max_depth_mm


@pytest.mark.parametrize("thickness", [0.1, 1.0, 50.0])
def test_a_single_slice_has_the_distances_of_a_plane(thickness, millimetres):
    grid = millimetres((1, 40, 50), (thickness, 1.0, 0.8))
    depth = 14 - np.hypot(grid[1], grid[2])
    distance = everywhere(Organ(depth > 0, (thickness, 1.0, 0.8)))
    near = depth > -OUTSIDE_MM + 1
    assert np.abs(distance - depth)[near].max() < 0.5


def test_parts_have_a_capsule_each():
    one, other = np.zeros((2, 10, 12, 40), bool)
    one[3:7, 3:9, 3:15] = True
    other[2:8, 4:8, 18:37] = True
    spacing = (2.0, 1.0, 1.0)
    both = everywhere(Organ(one | other, spacing))
    np.testing.assert_array_equal(both[one], everywhere(Organ(one, spacing))[one])
    np.testing.assert_array_equal(both[other], everywhere(Organ(other, spacing))[other])


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_any_box_is_a_part_of_the_whole(data, millimetres):
    spacing = (3.0, 1.0, 1.0)
    grid = millimetres((10, 40, 44), spacing) + np.array([2.0, 4.0, 0.0])[:, None, None, None]
    organ = Organ(np.linalg.norm(grid, axis=0) < 8, spacing)
    box = []
    for n in organ.shape:
        start = data.draw(st.integers(0, n - 1))
        box.append(slice(start, data.draw(st.integers(start + 1, n))))
    np.testing.assert_array_equal(organ.distance_in(tuple(box)), everywhere(organ)[tuple(box)])


def test_far_outside_the_distance_is_clamped():
    mask = np.zeros((1, 60, 60), bool)
    mask[0, :5, :5] = True
    organ = Organ(mask, (1.0, 1.0, 1.0))
    assert everywhere(organ)[0, 50, 50] == -OUTSIDE_MM
    assert organ.distance_in((slice(0, 1), slice(50, 60), slice(50, 60))).max() == -OUTSIDE_MM
    assert organ.depth_at((0, 2, 59)) == pytest.approx(-54.5)


@pytest.mark.parametrize(
    "box",
    [
        (slice(0, 3), slice(0, 41), slice(0, 5)),
        (slice(-1, 3), slice(0, 4), slice(0, 5)),
        (slice(2, 2), slice(0, 4), slice(0, 5)),
    ],
)
def test_a_box_outside_the_volume_is_refused(box, ball_case):
    with pytest.raises(GeometryError, match="does not fit a volume of shape"):
        ball_case((10, 40, 44)).organ.distance_in(box)


def test_depth_at_a_voxel_agrees_with_the_box(ball_case):
    organ = ball_case((12, 40, 44)).organ
    distance = everywhere(organ)
    for index in [(6, 20, 22), (3, 20, 22), (4, 16, 28)]:
        assert organ.contains(index)
        assert organ.depth_at(index) == pytest.approx(distance[index])
    for index in [(0, 20, 22), (6, 2, 22), (6, 5, 38)]:
        assert not organ.contains(index)
        assert organ.depth_at(index) == pytest.approx(distance[index], abs=0.26)


def test_depth_is_known_outside_the_volume_as_well(ball_case):
    organ = ball_case().organ
    assert not organ.contains((-1, 0, 0))
    assert not organ.contains((0, 0, 64))
    assert organ.depth_at((12, 32, 64 + 30)) == pytest.approx(-(94 - 58 + 0.5), abs=1)


# Caching


def test_the_distance_is_computed_once(ball_case, monkeypatch):
    calls = []
    transform = organ_module.distance_to_faces
    monkeypatch.setattr(
        organ_module, "distance_to_faces", lambda *a: calls.append(a) or transform(*a)
    )
    organ = ball_case((12, 40, 44)).organ
    for _ in range(3):
        everywhere(organ)
        organ.depth_at((6, 20, 22))
        organ.normal_at((6, 20, 30))
    assert len(calls) == 2  # inside, outside


def test_boxes_are_copies(ball_case):
    organ = ball_case((12, 40, 44)).organ
    before = everywhere(organ)
    everywhere(organ)[:] = 0
    np.testing.assert_array_equal(everywhere(organ), before)


def test_a_pickled_organ_is_small_and_the_same(ball_case):
    organ = ball_case((24, 64, 64)).organ
    everywhere(organ)
    data = pickle.dumps(organ)
    assert len(data) < organ.mask.size / 6
    copy = pickle.loads(data)
    np.testing.assert_array_equal(copy.mask, organ.mask)
    assert copy.spacing == organ.spacing
    np.testing.assert_array_equal(everywhere(copy), everywhere(organ))


def test_a_pickled_case_leaves_its_measurements_behind(ball_case):
    case = ball_case((12, 40, 44), lesion_mm=8)
    assert case.site_index.lesion_clearance is not None
    copy = pickle.loads(pickle.dumps(case))
    assert "site_index" not in vars(copy)
    np.testing.assert_array_equal(
        copy.site_index.lesion_clearance, case.site_index.lesion_clearance
    )


# Normal


@pytest.mark.parametrize("spacing", SPACINGS)
def test_normals_of_a_ball_point_outward(spacing, millimetres):
    shape = tuple(2 * int(20 / s) + 3 for s in spacing)
    grid = millimetres(shape, spacing)
    away = np.linalg.norm(grid, axis=0)
    organ = Organ(away < 16, spacing)
    rng = np.random.default_rng(0)
    candidates = np.argwhere((away > 10) & (away < 18))
    angles = []
    for index in rng.permutation(candidates)[:150]:
        normal = organ.normal_at(tuple(int(i) for i in index))
        assert np.linalg.norm(normal) == pytest.approx(1)
        radial = grid[(slice(None), *index)] / away[tuple(index)]
        angles.append(np.degrees(np.arccos(np.clip(normal @ radial, -1, 1))))
    assert np.median(angles) < 5
    assert max(angles) < 25


def test_normals_of_a_plane_are_exact_also_at_the_border():
    mask = np.zeros((8, 16, 16), bool)
    mask[:, 8:] = True
    organ = Organ(mask, (4.0, 1.0, 1.0))
    for index in [(0, 8, 0), (7, 12, 15), (4, 6, 7)]:
        np.testing.assert_allclose(organ.normal_at(index), [0, -1, 0], atol=1e-6)


def test_in_a_single_slice_normals_lie_in_the_plane(millimetres):
    grid = millimetres((1, 41, 41), (5.0, 1.0, 1.0))
    organ = Organ(np.hypot(grid[1], grid[2]) < 15, (5.0, 1.0, 1.0))
    np.testing.assert_allclose(organ.normal_at((0, 20, 32)), [0, 0, 1], atol=0.05)
    np.testing.assert_allclose(
        organ.normal_at((0, 11, 11)), [0, -(0.5**0.5), -(0.5**0.5)], atol=0.05
    )


def test_a_normal_exists_even_where_there_is_no_capsule():
    organ = Organ(np.ones((3, 9, 9), bool), (1.0, 1.0, 1.0))
    assert np.linalg.norm(organ.normal_at((1, 4, 4))) == pytest.approx(1)
    with pytest.raises(GeometryError, match="outside a volume"):
        organ.normal_at((1, 4, 9))


# Mask and measures


def test_box_and_volume():
    mask = np.zeros((6, 10, 10), bool)
    mask[2:5, 1:9, 3:4] = True
    organ = Organ(mask, (2.0, 1.0, 0.5))
    assert organ.bbox == (slice(2, 5), slice(1, 9), slice(3, 4))
    assert organ.voxels == 24
    assert organ.volume_ml == pytest.approx(0.024)
    assert organ.shape == (6, 10, 10)


def test_other_types_are_read_as_not_zero():
    mask = np.zeros((1, 4, 4), np.uint8)
    mask[0, 1, 1:3] = (1, 2)
    organ = Organ(mask, (1, 1, 1))
    assert organ.mask.dtype == np.bool_
    assert organ.voxels == 2


def test_the_mask_cannot_be_written_through_the_organ():
    mask = np.ones((2, 4, 4), bool)
    organ = Organ(mask, (1, 1, 1))
    assert not organ.mask.flags.writeable
    assert mask.flags.writeable


@pytest.mark.parametrize(
    ("mask", "spacing", "error", "message"),
    [
        (np.zeros((2, 3, 4), bool), (1, 1, 1), InputError, "mask is empty"),
        (np.ones((3, 4), bool), (1, 1, 1), InputError, r"shape \(1, y, x\)"),
        (np.ones((2, 3, 4), bool), (1, 0, 1), GeometryError, "three positive sizes"),
        (np.ones((2, 3, 4), bool), (1, 1), GeometryError, "three positive sizes"),
        (np.ones((2, 3, 4), bool), (1, np.nan, 1), GeometryError, "three positive sizes"),
    ],
)
def test_bad_input_is_named(mask, spacing, error, message):
    with pytest.raises(error, match=message):
        Organ(mask, spacing)
