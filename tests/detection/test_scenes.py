"""Lesions put into training CTs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.detection.data_settings import SETS
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.placed import Placed, painted
from napari_lesion_synth.detection.scenes import render_scene
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.api import synthesize

AROUND = np.ones((3, 3, 3), bool)


@pytest.mark.parametrize("shape", [(24, 80, 80), (1, 80, 80)])
@pytest.mark.parametrize("step_mm", [0.7, 1.25])
def test_a_lesion_brought_into_a_frame_is_that_of_the_ct_with_the_lesion(ball_case, shape, step_mm):
    case = ball_case(shape)
    grid = GridSettings(dims=2 if shape[0] == 1 else 3, pixel_mm=step_mm)
    frame = Frame.of(case, grid)
    site = propose_sites(case, 1, diameter_mm=12.0, seed=3)[0]
    sample = synthesize(case, site, method="sigmoid", seed=1)
    lesion = Placed.of_sample(frame, sample, case.volume.hu)
    found = frame.hu.copy()
    painted(found, tuple(slice(0, n) for n in frame.shape), [lesion])

    hu, truth = case.volume.hu.copy(), np.zeros(shape, bool)
    truth[sample.bbox] = sample.mask
    sample.paste(Volume(hu, case.volume.spacing))
    expected = Frame.of(replace(case, volume=Volume(hu, case.volume.spacing), lesions=truth), grid)
    np.testing.assert_allclose(found, expected.hu, atol=1e-3)
    label = np.zeros(frame.shape, bool)
    label[lesion.box] = lesion.mask
    np.testing.assert_array_equal(label, expected.lesions)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_lesion_of_a_scene_touches_another_or_changes_a_real_one(scene_of_seed, seed):
    host, scene = scene_of_seed(seed)
    frame = host.frame
    present = [scene.labels == k for k in range(1, len(scene.kinds) + 1)]
    assert all(lesion.any() for lesion in present)
    grown = [ndimage.binary_dilation(lesion, AROUND) for lesion in present]
    for k, wide in enumerate(grown):
        assert not any((wide & other).any() for other in present[k + 1 :])
    np.testing.assert_array_equal(scene.labels == 1, frame.lesions)
    np.testing.assert_array_equal(scene.frame.hu[frame.lesions], frame.hu[frame.lesions])
    assert not (scene.labels[~frame.organ] > 0).any()


@pytest.fixture(scope="module")
def scene_of_seed():
    from napari_lesion_synth.anatomy.cases import phantom
    from napari_lesion_synth.detection.data_settings import DataSettings
    from napari_lesion_synth.detection.hosts import Host
    from napari_lesion_synth.detection.materials import Materials

    host = Host.of(phantom(1, lesions=1, spacing=(4.0, 2.0, 2.0)), GridSettings(pixel_mm=2.0))
    materials = Materials((host,))
    mixture = DataSettings(methods={"sigmoid": 1.0})
    return lambda seed: (host, render_scene(materials, mixture, 0, seed, 6, shams=2))


def test_a_scene_tells_what_each_lesion_is(materials, data):
    scene = render_scene(materials, data(), 0, 1, 2, shams=1)
    assert scene.kinds[0] == "real"
    assert set(scene.kinds[1:]) <= {"poisson", "sigmoid"}
    assert scene.labels.max() == len(scene.kinds)
    np.testing.assert_array_equal(scene.frame.lesions, scene.labels > 0)


def test_the_same_seed_gives_the_same_scene(materials, data):
    one, again, other = (render_scene(materials, data(), 1, seed, 2, shams=1) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.frame.hu, again.frame.hu)
    np.testing.assert_array_equal(one.labels, again.labels)
    assert one.shams == again.shams
    assert not np.array_equal(one.labels, other.labels)


@pytest.mark.parametrize("method", ["poisson", "sigmoid", "copy-paste"])
def test_shams_change_healthy_tissue_and_are_not_labelled(materials, data, method):
    host = materials.hosts[1]
    scene = render_scene(materials, data(methods={method: 1.0}), 1, 2, 0, shams=2)
    assert scene.kinds == ()
    assert not scene.labels.any()
    assert scene.shams
    for place in scene.shams:
        assert host.frame.organ[tuple(round(i) for i in place)]
    assert (scene.frame.hu != host.frame.hu).any()


def test_shams_beside_sets_are_by_the_methods_that_made_them(materials, data):
    behind = replace(materials, in_sets={"poisson": 3, "sigmoid": 1})
    assert behind.makers(data(methods={SETS: 1.0})) == {"poisson": 0.75, "sigmoid": 0.25}
    shared = behind.makers(data(methods={SETS: 2.0, "sigmoid": 2.0}))
    assert shared == pytest.approx({"poisson": 0.375, "sigmoid": 0.625})


def test_methods_of_sets_that_are_not_at_hand_make_no_shams(materials, data):
    only = data(methods={SETS: 1.0})
    behind = replace(materials, in_sets={"cgan": 2, "poisson": 1, "of a plugin": 1})
    assert behind.makers(only) == {"poisson": 1.0}
    assert replace(behind, donors=()).makers(only) == {"sigmoid": 1.0}
    assert behind.makers(data(methods={"poisson": 1.0, "sigmoid": 1.0})) == {
        "poisson": 0.5,
        "sigmoid": 0.5,
    }


def test_a_host_without_room_gets_fewer_lesions(materials, data):
    scene = render_scene(materials, data(diameter_mm=(30.0, 30.0)), 1, 0, 8)
    assert len(scene.kinds) < 8


def test_nothing_to_make_lesions_from_is_refused(materials, data):
    without = replace(materials, donors=())
    with pytest.raises(ParameterError, match="donor"):
        without.check(data(methods={"poisson": 1.0, SETS: 1.0}))


def test_a_method_that_needs_a_generator_asks_for_it(materials, data):
    with pytest.raises(ParameterError, match="generator"):
        materials.check(data(methods={"cgan": 1.0}))
