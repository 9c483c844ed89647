from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.linking import LinkSettings, link

SPACING = (2.0, 1.25, 1.25)


def frame_of(shape, spacing=SPACING, flat=False):
    """A frame that is all organ."""
    return Frame(
        hu=np.full(shape, 100, np.float32),
        organ=np.ones(shape, bool),
        depth_mm=np.full(shape, 15, np.float32),
        lesions=np.zeros(shape, bool),
        spacing=spacing,
        step=(1.0, 1.0, 1.0),
        first=(0.0, 0.0, 0.0),
        ct_shape=shape if not flat else (1, *shape[1:]),
        organ_hu=100.0,
        window_hu=60.0,
    )


def blob(shape, center, diameter_mm, spacing=SPACING, top=1.0):
    """Heat of one lesion: `top` in the middle, half of it at the surface."""
    grid = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    away = np.sqrt(sum(((g - c) * s) ** 2 for g, c, s in zip(grid, center, spacing, strict=True)))
    return (top / (1 + np.exp((away - diameter_mm / 2) / 0.6))).astype(np.float32)


SHAPE = (24, 48, 48)


def test_heat_of_neighbouring_slices_is_one_candidate():
    heat = blob(SHAPE, (12, 20, 30), 14)
    (found,) = link(heat, frame_of(SHAPE))
    assert found.center == pytest.approx((12, 20, 30), abs=0.2)
    assert found.diameter_mm == pytest.approx(14, abs=0.8)
    assert found.score == pytest.approx(heat.max())
    assert found.box[0].stop - found.box[0].start > 3


def test_a_lesion_that_drifts_from_slice_to_slice_hangs_together():
    heat = np.zeros(SHAPE, np.float32)
    for k in range(6):
        heat[8 + k, 10 + 3 * k : 14 + 3 * k, 10 + 3 * k : 14 + 3 * k] = 0.9
    (found,) = link(heat, frame_of(SHAPE))
    assert found.region.sum() == 6 * 16


def test_a_gap_of_one_slice_parts_two_candidates():
    heat = np.zeros(SHAPE, np.float32)
    heat[8:10, 10:16, 10:16] = 0.9
    heat[11:13, 10:16, 10:16] = 0.8
    assert [round(each.center[0], 1) for each in link(heat, frame_of(SHAPE))] == [8.5, 11.5]


def test_two_lesions_that_touch_are_parted_at_their_peaks():
    heat = np.maximum(blob(SHAPE, (12, 20, 14), 14), blob(SHAPE, (12, 20, 26), 14, top=0.9))
    first, second = link(heat, frame_of(SHAPE))
    assert first.center == pytest.approx((12, 20, 14), abs=0.6)
    assert second.center == pytest.approx((12, 20, 26), abs=0.6)
    assert first.score > second.score


def test_one_large_lesion_with_uneven_heat_stays_one():
    rng = np.random.default_rng(0)
    heat = blob(SHAPE, (12, 24, 24), 30) * rng.uniform(0.7, 1, SHAPE).astype(np.float32)
    assert len(link(heat, frame_of(SHAPE))) == 1


def test_what_is_small_is_dropped():
    heat = np.maximum(blob(SHAPE, (12, 12, 12), 12), blob(SHAPE, (6, 36, 36), 4))
    assert len(link(heat, frame_of(SHAPE), LinkSettings(min_diameter_mm=2))) == 2
    (found,) = link(heat, frame_of(SHAPE), LinkSettings(min_diameter_mm=8))
    assert found.diameter_mm > 10


def test_no_more_than_asked_for_are_kept_the_highest_first():
    heat = np.zeros(SHAPE, np.float32)
    for k in range(5):
        heat = np.maximum(heat, blob(SHAPE, (12, 24, 5 + 9 * k), 7, top=0.5 + 0.1 * k))
    found = link(heat, frame_of(SHAPE), LinkSettings(most=3))
    assert [round(each.score, 1) for each in found] == [0.9, 0.8, 0.7]


def test_the_extent_follows_the_height():
    faint = blob(SHAPE, (12, 24, 24), 14, top=0.4)
    (found,) = link(faint, frame_of(SHAPE))
    assert found.diameter_mm == pytest.approx(14, abs=0.8)


def test_a_single_slice_has_discs():
    shape = (1, 64, 64)
    heat = blob(shape, (0, 20, 30), 16)
    (found,) = link(heat, frame_of(shape))
    assert found.diameter_mm == pytest.approx(16, abs=0.8)
    assert found.center == pytest.approx((0, 20, 30), abs=0.2)


def test_one_slice_of_a_volume_is_no_disc():
    heat = np.zeros(SHAPE, np.float32)
    heat[12, 10:18, 10:18] = 0.9
    (found,) = link(heat, frame_of(SHAPE))
    assert found.diameter_mm == pytest.approx((6 * 64 * 2 * 1.25**2 / np.pi) ** (1 / 3), rel=0.01)


def test_a_ring_has_its_centre_in_itself():
    shape = (1, 64, 64)
    ring = blob(shape, (0, 30, 30), 40) - blob(shape, (0, 30, 30), 28)
    for each in link(np.clip(ring, 0, 1), frame_of(shape), LinkSettings(valley=0.0)):
        z, y, x = (round(i) for i in each.center)
        inside = tuple(i - s.start for i, s in zip((z, y, x), each.box, strict=True))
        assert each.region[inside]


def test_nothing_is_found_in_no_heat():
    assert link(np.zeros(SHAPE, np.float32), frame_of(SHAPE)) == []


def test_heat_everywhere_is_no_harm():
    heat = np.random.default_rng(1).uniform(0.3, 0.7, (40, 96, 96)).astype(np.float32)
    found = link(heat, frame_of(heat.shape))
    assert 1 <= len(found) <= LinkSettings().most


@given(
    seed=st.integers(0, 1000),
    lowest=st.floats(0.1, 0.6),
    extent=st.floats(0, 0.9),
    valley=st.floats(0, 1),
)
def test_regions_are_apart_and_hot_and_hold_their_peak(seed, lowest, extent, valley):
    rng = np.random.default_rng(seed)
    heat = np.zeros((6, 20, 20), np.float32)
    for _ in range(4):
        center = rng.uniform(0, heat.shape)
        heat = np.maximum(heat, blob(heat.shape, center, rng.uniform(4, 12), top=rng.uniform()))
    settings = LinkSettings(lowest=lowest, extent=extent, valley=valley, min_diameter_mm=0)
    times = np.zeros(heat.shape, int)
    for each in link(heat, frame_of(heat.shape), settings):
        values = heat[each.box][each.region]
        times[each.box][each.region] += 1
        assert values.min() >= np.float32(max(lowest, np.float32(extent * each.score)) - 1e-6)
        assert values.max() == np.float32(each.score)
        sides = zip(each.center, each.box, strict=True)
        assert all(s.start <= round(c) < s.stop for c, s in sides)
    assert times.max() <= 1
