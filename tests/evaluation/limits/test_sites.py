"""Places for lesions of one size and depth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.limits.sites import find_sites

GRID = LimitSettings(depth_edges_mm=(5, 10), repeats=6)


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0), lesion_mm=12.0)


def found(case, band, diameter, grid=GRID, seed=0):
    return find_sites(case, grid.band(band), diameter, grid, np.random.default_rng(seed))


@pytest.mark.parametrize("band", ["rim", "5 to 10 mm", "deep"])
@pytest.mark.parametrize("diameter", [4.0, 9.0])
def test_the_surface_of_each_lies_at_the_asked_depth(liver, band, diameter):
    room = found(liver, band, diameter)

    assert len(room.sites) == GRID.repeats
    for site in room.sites:
        surface = liver.organ.depth_at(site.center) - diameter / 2
        assert GRID.band(band).holds(surface)
        assert site.zone is (Zone.RIM if surface < 5 else Zone.INTERIOR)


def test_none_touches_a_known_lesion(liver):
    labelled = np.argwhere(liver.lesions) * liver.volume.spacing

    for site in found(liver, "deep", 8.0).sites:
        away = np.linalg.norm(labelled - np.multiply(site.center, liver.volume.spacing), axis=1)
        assert away.min() > 4.0 + 1.5


def test_places_of_a_cell_are_different_and_spread(liver):
    centers = [np.multiply(s.center, liver.volume.spacing) for s in found(liver, "rim", 5.0).sites]

    apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(centers, 2)]
    assert min(apart) > 15


def test_the_same_seed_gives_the_same_places_and_another_others(liver):
    assert found(liver, "deep", 6.0).sites == found(liver, "deep", 6.0).sites
    assert found(liver, "deep", 6.0).sites != found(liver, "deep", 6.0, seed=1).sites


def test_where_there_is_no_room_it_says_why(liver):
    room = found(liver, "deep", 54.0)

    assert room.sites == ()
    assert "37 mm deep, and the organ is" in room.problem


def test_where_there_is_little_room_there_are_fewer_places(liver):
    deepest = 2 * (liver.organ.max_depth_mm - 10.5)
    known_free = LimitSettings(depth_edges_mm=(5, 10), repeats=200)
    case = type(liver)(liver.volume, liver.organ, None, liver.patient)

    room = found(case, "deep", deepest, known_free)

    assert 0 < len(room.sites) < 200
    assert f"room for {len(room.sites)} such places, not 200" in room.problem


@given(
    diameter=st.floats(2, 30),
    band=st.sampled_from(["rim", "5 to 10 mm", "deep"]),
    seed=st.integers(0, 99),
)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_asked_for_the_balls_lie_where_they_should(liver, diameter, band, seed):
    room = found(liver, band, diameter, seed=seed)

    assert (len(room.sites) == GRID.repeats) == (not room.problem)
    for site in room.sites:
        depth = liver.organ.depth_at(site.center)
        assert depth >= diameter / 6
        assert GRID.band(band).holds(depth - diameter / 2)


def test_a_single_slice_has_places_too(ball_case):
    slice_ = ball_case((1, 90, 90), (5.0, 1.0, 1.0))

    room = found(slice_, "rim", 8.0)

    assert len(room.sites) == GRID.repeats
    assert {site.center[0] for site in room.sites} == {0}


@pytest.mark.parametrize("diameter", [20.0, 40.0])
def test_at_the_rim_most_of_a_lesion_lies_in_the_organ(liver, diameter):
    grid = np.indices(liver.volume.shape).reshape(3, -1).T * liver.volume.spacing
    inside = liver.organ.mask.ravel()

    room = found(liver, "rim", diameter)

    for site in room.sites:
        away = np.linalg.norm(grid - np.multiply(site.center, liver.volume.spacing), axis=1)
        ball = away <= diameter / 2
        share = inside[ball].sum() * np.prod(liver.volume.spacing) / (np.pi / 6 * diameter**3)
        assert share > 0.5


def test_a_lesion_as_large_as_the_organ_has_no_place_at_its_rim(liver):
    assert found(liver, "rim", 75.0).problem == "it would be larger than half of the organ"
    assert found(liver, "rim", 75.0).sites == ()
