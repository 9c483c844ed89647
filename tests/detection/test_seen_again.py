"""A training CT that comes up again, changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.detection.toys import lessons, mixture, toy

from napari_lesion_synth.detection.drawing import Turn
from napari_lesion_synth.detection.scenes import Scene, scene_of
from napari_lesion_synth.detection.seen_again import seen_again

STILL = {"flips": False, "zoom": 0.0, "shift_hu": 0.0, "gain": 0.0, "noise_hu": 0.0}


@pytest.fixture(scope="module")
def scene():
    (host,) = lessons([toy(1, 3)]).materials.hosts
    return scene_of(host, ())


def middles(labels):
    """The centroid of each lesion."""
    return [np.argwhere(labels == k).mean(axis=0) for k in range(1, labels.max() + 1)]


def again(scene, seed=0, healthy=(), **changes):
    return seen_again(scene, healthy, mixture(**{**STILL, **changes}), np.random.default_rng(seed))


def test_with_every_change_off_it_is_as_nets_saw_it_before(scene):
    found, _ = again(scene)
    np.testing.assert_allclose(found.frame.seen, scene.frame.seen, atol=1e-5)
    np.testing.assert_array_equal(found.labels, scene.labels)


@pytest.mark.parametrize("change", [{"shift_hu": 9.0}, {"gain": 0.2}, {"noise_hu": 9.0}])
def test_hu_change_and_labels_stay(scene, change):
    found, _ = again(scene, **change)
    assert not np.allclose(found.frame.seen, scene.frame.seen, atol=1e-3)
    np.testing.assert_array_equal(found.labels, scene.labels)
    np.testing.assert_array_equal(found.frame.organ, scene.frame.organ)


@pytest.mark.parametrize("seed", range(8))
def test_turned_and_resized_everything_stays_where_it_was_of_the_rest(scene, seed):
    places = [tuple(float(i) for i in middle) for middle in middles(scene.labels)]
    with_shams = replace(scene, shams=(places[0],))
    found, moved = again(with_shams, seed, places, flips=True, zoom=0.3)
    frame = found.frame
    for values in (frame.organ, frame.depth_mm, frame.lesions, found.labels):
        assert values.shape == frame.shape
    np.testing.assert_array_equal(frame.lesions, found.labels > 0)
    assert not found.labels[~frame.organ].any()
    assert found.shams == (moved[0],)
    for place, middle in zip(moved, middles(found.labels), strict=True):
        np.testing.assert_allclose(place, middle, atol=0.8)
    # The lesions are the dark parts of the organ, before and after.
    assert frame.hu[frame.lesions].mean() < frame.hu[frame.organ & ~frame.lesions].mean() - 40


def test_sizes_change_in_the_plane(scene):
    shapes = {again(scene, seed, zoom=0.3)[0].frame.shape for seed in range(8)}
    assert len(shapes) > 2
    assert {shape[0] for shape in shapes} == {scene.frame.shape[0]}


def test_the_same_seed_gives_the_same_and_another_one_others(scene):
    usual = mixture()
    one, same, other = (
        seen_again(scene, (), usual, np.random.default_rng(seed))[0] for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one.frame.hu, same.frame.hu)
    assert one.frame.shape != other.frame.shape or (one.frame.hu != other.frame.hu).any()


def test_what_is_seen_is_not_the_hosts_own(scene):
    before = scene.frame.hu.copy(), scene.labels.copy()
    again(scene, 1, flips=True, zoom=0.3, noise_hu=20.0)
    np.testing.assert_array_equal(scene.frame.hu, before[0])
    np.testing.assert_array_equal(scene.labels, before[1])


@pytest.mark.parametrize("column", range(20, 28))
def test_no_lesion_is_lost_between_two_pixels(scene, column):
    labels = np.zeros_like(scene.labels)
    labels[8, 22, column] = 1
    assert scene.frame.organ[8, 22, column]
    frame = scene.frame.changed(scene.frame.hu, labels > 0)
    for seed in range(6):
        found, _ = again(Scene(frame, labels, ("real",), ()), seed, zoom=0.4)
        assert found.labels.max() == 1


def test_slices_are_turned_as_volumes_are():
    (host,) = lessons([toy(1, 2, dims=2)], dims=2).materials.hosts
    found, _ = again(scene_of(host, ()), 2, flips=True, zoom=0.3)
    assert found.frame.shape[0] == 1
    assert found.labels.max() == 2


@given(
    shape=st.tuples(*[st.integers(1, 6)] * 3),
    turn=st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)),
    data=st.data(),
)
def test_a_place_goes_where_its_voxel_goes(shape, turn, data):
    index = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    values = np.zeros(shape, bool)
    values[index] = True
    turn = Turn(*turn)
    moved = turn(values[None])[0]
    assert moved[tuple(int(i) for i in turn.place(tuple(map(float, index)), shape))]
