from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.detection.frame import LIMIT, Frame
from napari_lesion_synth.detection.grid import GridSettings, axis_matrix, steps_for
from napari_lesion_synth.errors import InputError, ParameterError

GRID = GridSettings(pixel_mm=1.25, slice_mm=2.0)


@pytest.fixture
def case(ball_case) -> Case:
    return ball_case((28, 60, 60), (1.6, 0.8, 0.8))


def test_steps_are_even_in_the_plane_and_thick_slices_keep_theirs():
    assert steps_for((1.6, 0.57, 0.57), GRID) == (2.0, 1.25, 1.25)
    assert steps_for((5.0, 0.8, 0.8), GRID) == (5.0, 1.25, 1.25)
    assert steps_for((5.0, 1.7, 1.7), GridSettings(dims=2)) == (5.0, 1.25, 1.25)


@given(st.integers(1, 40), st.floats(0.3, 4), st.integers(1, 40), st.floats(-2, 5))
def test_a_constant_stays_what_it_is_on_any_grid(n, step, count, first):
    weights = axis_matrix(n, first, step, count)
    assert weights.shape == (count, n)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1)


@given(st.floats(0.3, 4), st.integers(2, 12))
def test_a_slope_stays_a_slope_away_from_the_ends(step, count):
    n = 80
    weights = axis_matrix(n, 20.0, step, count)
    np.testing.assert_allclose(weights @ np.arange(n), 20 + step * np.arange(count), atol=0.13)


def test_the_organ_and_its_margin_are_seen_and_little_else(case):
    frame = Frame.of(case, GRID)
    organ = case.require_organ()
    assert frame.spacing == (2.0, 1.25, 1.25)
    volume = frame.organ.sum() * np.prod(frame.spacing) / 1000
    assert volume == pytest.approx(organ.volume_ml, rel=0.05)
    extent = np.array(frame.shape) * frame.spacing
    box = np.array([s.stop - s.start for s in organ.bbox]) * case.volume.spacing
    assert (extent <= box + 2 * (GRID.margin_mm + 2)).all()


def test_depths_and_the_lesions_come_along(case):
    lesions = np.zeros(case.volume.shape, bool)
    lesions[12:17, 26:36, 26:36] = True
    frame = Frame.of(replace(case, lesions=lesions), GRID)
    assert (frame.depth_mm[frame.organ] > -0.7).all()
    volume = frame.lesions.sum() * np.prod(frame.spacing)
    assert volume == pytest.approx(lesions.sum() * np.prod(case.volume.spacing), rel=0.2)


def test_what_is_known_of_lesions_does_not_change_what_nets_see(case):
    lesions = np.zeros(case.volume.shape, bool)
    lesions[8:20, 20:40, 20:40] = True
    hu = case.volume.hu.copy()
    hu[lesions] -= 200
    dark = replace(case, volume=Volume(hu, case.volume.spacing))
    known = Frame.of(replace(dark, lesions=lesions), GRID)
    assert np.array_equal(known.seen, Frame.of(dark, GRID).seen)


def test_what_nets_see_is_limited(case):
    seen = Frame.of(case, GRID).seen
    assert seen.dtype == np.float32
    assert np.abs(seen).max() <= LIMIT


@given(st.tuples(*[st.floats(0, 30)] * 3))
def test_places_go_there_and_back(index):
    frame = Frame.of(_small(), GRID)
    assert frame.to_frame(frame.to_ct(index)) == pytest.approx(index)


@settings(deadline=None, max_examples=25)
@given(
    st.tuples(st.integers(2, 18), st.integers(2, 40), st.integers(2, 40)),
    st.tuples(st.integers(1, 8), st.integers(1, 14), st.integers(1, 14)),
    st.sampled_from([GRID, GridSettings(pixel_mm=0.5, slice_mm=1.0), GridSettings(pixel_mm=3.0)]),
)
def test_a_change_brought_to_the_frame_is_the_frame_of_the_changed_ct(corner, size, grid):
    case = _small()
    box = tuple(slice(c, min(c + n, m)) for c, n, m in zip(corner, size, (24, 50, 50), strict=True))
    before = Frame.of(case, grid)
    change = np.random.default_rng(0).integers(-80, 80, case.volume.hu[box].shape)
    hu = case.volume.hu.copy()
    hu[box] += change.astype(np.int16)
    after = Frame.of(Case(Volume(hu, case.volume.spacing), case.organ), grid)
    where, values = before.brought(change, box)
    mine = before.hu.copy()
    mine[where] += values
    np.testing.assert_allclose(mine, after.hu, atol=1e-3)


def test_without_an_organ_there_is_nothing_to_search(case):
    with pytest.raises(InputError, match="organ"):
        Frame.of(replace(case, organ=None), GRID)
    hardly = np.zeros(case.volume.shape, bool)
    hardly[10, 10, 10] = True
    with pytest.raises(InputError, match="1 voxels"):
        Frame.of(replace(case, organ=Organ(hardly, case.volume.spacing)), GRID)


def test_a_detector_of_volumes_refuses_a_single_slice_and_the_other_way_round(case, ball_case):
    flat = ball_case((1, 60, 60), (5.0, 0.8, 0.8))
    with pytest.raises(ParameterError, match="for volumes, and this CT has 1 slices"):
        Frame.of(flat, GRID)
    with pytest.raises(ParameterError, match="for single slices"):
        Frame.of(case, GridSettings(dims=2))
    assert Frame.of(flat, GridSettings(dims=2)).shape[0] == 1


def _small() -> Case:
    rng = np.random.default_rng(1)
    spacing = (1.7, 0.9, 0.9)
    hu = rng.integers(60, 160, (24, 50, 50)).astype(np.int16)
    organ = np.zeros(hu.shape, bool)
    organ[4:20, 10:40, 8:42] = True
    return Case(Volume(hu, spacing), Organ(organ, spacing))
