"""Which lesion goes into which copy: balanced, apart, and the same every time."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, SiteError
from napari_lesion_synth.evaluation.limits.design import design
from napari_lesion_synth.evaluation.limits.settings import LimitSettings

GRID = LimitSettings(
    diameters_mm=(5, 8, 14),
    contrasts_hu=(-15, -30, -60),
    methods=("sigmoid", "cgan"),
    repeats=4,
    per_copy=3,
    gap_mm=4,
    filled=0.2,
)


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0))


@pytest.fixture
def plan(liver):
    return design(liver, GRID)


def insertions(plan):
    return [(copy, lesion) for copy in plan.copies for lesion in copy.lesions]


def test_every_place_is_tried_once_with_every_contrast_and_method(plan):
    tried = Counter(
        (lesion.spot.number, copy.method, lesion.contrast_hu) for copy, lesion in insertions(plan)
    )

    assert set(tried.values()) == {1}
    assert len(tried) == len(plan.spots) * 3 * 2 == plan.insertions


def test_every_cell_is_tried_equally_often(plan):
    cells = Counter(
        (copy.method, lesion.spot.band, lesion.spot.diameter_mm, lesion.contrast_hu)
        for copy, lesion in insertions(plan)
    )

    assert len(cells) == len(GRID.cells)
    assert set(cells.values()) == {GRID.repeats}


def test_lesions_of_a_copy_keep_their_distance(liver, plan):
    for copy in plan.copies:
        assert 1 <= len(copy.lesions) <= GRID.per_copy
        for one, other in itertools.combinations([each.spot for each in copy.lesions], 2):
            away = np.subtract(one.site.center, other.site.center) * liver.volume.spacing
            gap = np.linalg.norm(away) - (one.diameter_mm + other.diameter_mm) / 2
            assert gap >= GRID.gap_mm


def test_a_copy_is_not_filled_with_lesions(liver):
    scarce = GRID.model_copy(update={"filled": 0.012})

    for copy in design(liver, scarce).copies:
        millilitres = [np.pi / 6 * lesion.spot.diameter_mm**3 / 1000 for lesion in copy.lesions]
        assert len(millilitres) == 1 or sum(millilitres) <= 0.012 * liver.organ.volume_ml


def test_contrasts_are_mixed_in_a_copy(plan):
    mixed = [len({lesion.contrast_hu for lesion in copy.lesions}) for copy in plan.copies]

    assert [m for m, copy in zip(mixed, plan.copies, strict=True) if m < len(copy.lesions)] == []


def test_the_first_half_of_the_copies_is_a_fair_sample(plan):
    half = plan.copies[: len(plan.copies) // 2]
    shares = Counter(copy.method for copy in half)

    assert min(shares.values()) > len(half) / 4
    assert [copy.number for copy in plan.copies] == [*range(1, len(plan.copies) + 1)]


def test_the_same_settings_give_the_same_design_and_another_seed_another(liver, plan):
    assert design(liver, GRID) == plan
    assert design(liver, GRID).key == plan.key
    assert design(liver, GRID.model_copy(update={"seed": 1})).key != plan.key


def test_a_size_without_room_is_told_and_the_others_are_planned(liver):
    grid = LimitSettings(diameters_mm=(5, 75), repeats=3)

    plan = design(liver, grid)

    assert {spot.diameter_mm for spot in plan.spots} == {5}
    assert [(s.band, s.diameter_mm, s.places) for s in plan.shortages] == [
        ("rim", 75, 0),
        ("deep", 75, 0),
    ]
    assert all(short.problem for short in plan.shortages)


def test_without_room_for_any_size_there_is_no_map(liver):
    with pytest.raises(SiteError, match="no room for any lesion of the grid"):
        design(liver, LimitSettings(diameters_mm=(75, 90)))


def test_without_an_organ_there_is_no_map(liver):
    bare = type(liver)(liver.volume)

    with pytest.raises(InputError, match="organ's mask"):
        design(bare, GRID)
