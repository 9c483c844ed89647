from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.linking import link
from napari_lesion_synth.detection.mining import MINING, mine, pooled, truth_of

GRID = GridSettings(pixel_mm=1.0, slice_mm=2.0)


@pytest.fixture
def frame(ball_case) -> Frame:
    return Frame.of(ball_case((24, 60, 60), (2.0, 1.0, 1.0)), GRID)


def ball(frame, center, radius_mm):
    axes = [
        (np.arange(n) - c) * s for n, c, s in zip(frame.shape, center, frame.spacing, strict=True)
    ]
    grid = np.meshgrid(*axes, indexing="ij")
    return sum(g**2 for g in grid) < radius_mm**2


@pytest.fixture
def middle(frame):
    return tuple(n // 2 for n in frame.shape)


def moved(place, *by):
    return tuple(p + b for p, b in zip(place, by, strict=True))


def heat_of(frame, *balls):
    heat = np.zeros(frame.shape, np.float32)
    for mask, value in balls:
        heat[mask] = value
    return heat


def mined(frame, heat, labels, **more):
    return mine(frame, heat, labels, np.random.default_rng(0), **more)


def test_a_candidate_on_a_lesion_is_one_and_another_is_a_hard_negative(frame, middle):
    lesion, elsewhere = ball(frame, middle, 6), ball(frame, moved(middle, 0, 0, 16), 4)
    found = mined(frame, heat_of(frame, (lesion, 0.9), (elsewhere, 0.6)), lesion.astype(int))
    real = found.candidates
    assert found.lesion[real].tolist() == [True, False]
    assert found.score[real] == pytest.approx([0.9, 0.6])
    assert found.number[real].tolist() == [1, 0]


def test_a_missed_lesion_is_shown_all_the_same(frame, middle):
    lesion = ball(frame, middle, 6)
    found = mined(frame, heat_of(frame), lesion.astype(int))
    assert found.lesions == 1
    assert found.lesion.sum() == 1
    assert not found.candidates.any()


def test_what_only_touches_a_lesion_is_neither(frame, middle):
    lesion, beside = ball(frame, middle, 6), ball(frame, moved(middle, 0, 0, 9), 6)
    (candidate,) = link(heat_of(frame, (beside, 0.8)), frame, MINING)
    assert truth_of(candidate, lesion.astype(int)) is None
    assert not mined(frame, heat_of(frame, (beside, 0.8)), lesion.astype(int)).candidates.any()


def test_a_candidate_that_covers_a_small_lesion_by_its_edge_is_neither(frame, middle):
    lesion, wide = ball(frame, moved(middle, 0, 0, 7), 4), ball(frame, middle, 10)
    (candidate,) = link(heat_of(frame, (wide, 0.8)), frame, MINING)
    assert truth_of(candidate, lesion.astype(int)) is None


def test_a_candidate_of_which_half_lies_in_a_lesion_is_one(frame, middle):
    lesion = ball(frame, middle, 9) & ~ball(frame, middle, 5)
    (candidate,) = link(heat_of(frame, (ball(frame, middle, 8), 0.8)), frame, MINING)
    assert truth_of(candidate, lesion.astype(int)) == 1


def test_a_smear_over_the_organ_is_no_lesion_whatever_it_covers(frame, middle):
    lesion, smear = ball(frame, moved(middle, 0, 0, 12), 4), ball(frame, middle, 19)
    (candidate,) = link(heat_of(frame, (smear, 0.8)), frame, MINING)
    assert truth_of(candidate, lesion.astype(int)) == 0


def test_a_test_takes_what_only_touches_a_lesion_for_a_false_alarm(frame, middle):
    lesion, beside = ball(frame, middle, 6), ball(frame, moved(middle, 0, 0, 9), 6)
    found = mined(frame, heat_of(frame, (beside, 0.8)), lesion.astype(int), strict=True)
    assert found.candidates.sum() == 1
    assert not found.lesion[found.candidates].any()


def test_a_healthy_place_on_which_a_lesion_has_come_to_lie_is_left_out(frame, middle):
    lesion = ball(frame, middle, 6).astype(int)
    heat = heat_of(frame)
    assert len(mined(frame, heat, lesion, healthy=[middle])) == len(mined(frame, heat, lesion))


def test_places_known_to_be_healthy_are_shown_as_healthy(frame, middle):
    empty = np.zeros(frame.shape, int)
    without = mined(frame, heat_of(frame), empty)
    found = mined(frame, heat_of(frame), empty, healthy=[middle])
    assert len(found) == len(without) + 1
    assert not found.lesion.any()


def test_places_drawn_in_the_organ_lie_neither_in_lesions_nor_in_heat(frame, middle):
    lesion = ball(frame, middle, 8)
    found = mined(frame, heat_of(frame, (lesion, 0.9)), lesion.astype(int))
    drawn = ~found.candidates
    assert drawn.sum() == 3
    assert not found.lesion[drawn].any()
    center = found.crops[drawn][:, 1, 8, 16, 16]  # the heat
    assert (center == 0).all()


def test_where_a_net_sees_lesions_everywhere_the_coldest_places_are_shown(frame, middle):
    lesion = ball(frame, middle, 6)
    warm = np.linspace(0.3, 0.9, frame.shape[2], dtype=np.float32)
    heat = np.where(frame.organ, np.broadcast_to(warm, frame.shape), np.float32(0))
    found = mined(frame, heat, lesion.astype(int))
    drawn = ~found.candidates & ~found.lesion
    assert drawn.sum() == 3
    assert (found.crops[drawn][:, 1, 8, 16, 16] < np.quantile(heat[frame.organ], 0.15)).all()


def test_pools_keep_every_crop(frame, middle):
    lesion = ball(frame, middle, 6)
    one = mined(frame, heat_of(frame, (lesion, 0.9)), lesion.astype(int))
    both = pooled([one, one])
    assert len(both) == 2 * len(one)
    assert both.lesions == 2
    assert both.crops.dtype == np.float16
