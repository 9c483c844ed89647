from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.detection.crops import CHANNELS, candidate_crop
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings


@pytest.fixture
def frame(ball_case):
    return Frame.of(ball_case((40, 90, 90), (2.0, 1.25, 1.25), margin_mm=4), GridSettings())


@pytest.fixture
def heat(frame):
    return np.random.default_rng(0).uniform(size=frame.shape).astype(np.float32)


def test_the_fine_half_is_the_frame_around_the_centre(frame, heat):
    crop = candidate_crop(frame, heat, (18.2, 40.4, 45.0))
    place = (slice(10, 26), slice(24, 56), slice(29, 61))
    assert crop.shape == (CHANNELS, 16, 32, 32)
    assert crop.dtype == np.float32
    np.testing.assert_array_equal(crop[0], frame.seen[place])
    np.testing.assert_array_equal(crop[1], heat[place])
    np.testing.assert_allclose(crop[2], np.clip(frame.depth_mm[place], -20, 20) / 20, rtol=1e-6)


def test_the_coarse_half_holds_means_of_twice_the_field(frame, heat):
    crop = candidate_crop(frame, heat, (18, 40, 45))
    wide = heat[2:34, 8:72, 13:77]
    assert crop[4, 3, 5, 7] == pytest.approx(wide[6:8, 10:12, 14:16].mean(), rel=1e-5)
    assert crop[4].mean() == pytest.approx(wide.mean(), rel=1e-5)


def test_beyond_the_volume_the_ct_goes_on_and_there_is_no_heat(frame, heat):
    x = frame.shape[2]
    crop = candidate_crop(frame, heat, (0, 0, x - 1))
    border = np.broadcast_to(frame.seen[0, 0, x - 17 :], (8, 16, 17))
    np.testing.assert_array_equal(crop[0, :8, :16, :17], border)
    assert not crop[1, :8].any()
    assert not crop[1, :, :16].any()
    assert not crop[1, :, :, 17:].any()
    assert crop[1, 8, 16, 16] == heat[0, 0, x - 1]


def test_at_the_organs_edge_the_depth_changes_its_sign(frame, heat):
    place = np.argwhere(frame.organ)[0]
    depth = candidate_crop(frame, heat, tuple(place))[2]
    assert depth.min() < 0 < depth.max()


def test_a_crop_far_larger_than_the_frame_is_whole(ball_case):
    small = Frame.of(ball_case((6, 20, 20), (2.0, 1.25, 1.25), margin_mm=2), GridSettings())
    crop = candidate_crop(small, np.ones(small.shape, np.float32), (2, 9, 9))
    assert np.isfinite(crop).all()
    assert crop[1].sum() == np.prod(small.shape)


def test_single_slices_have_flat_crops(ball_case):
    case = ball_case((1, 120, 120), (5.0, 1.25, 1.25))
    frame = Frame.of(case, GridSettings(dims=2))
    heat = np.random.default_rng(0).uniform(size=frame.shape).astype(np.float32)
    crop = candidate_crop(frame, heat, (0, 50, 60))
    assert crop.shape == (CHANNELS, 48, 48)
    np.testing.assert_array_equal(crop[1], heat[0, 26:74, 36:84])
    assert crop[4, 0, 0] == pytest.approx(heat[0, 2:4, 12:14].mean(), rel=1e-5)
