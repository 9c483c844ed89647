"""The surface of a method: recovered from a known one, and monotone whatever the counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.fit import Surface, Trials, fit_surface
from napari_lesion_synth.evaluation.limits.settings import LimitSettings

from .limit_maps import GRID, Known, insertions

BANDS = ("rim", "deep")
SIZES = np.geomspace(5, 40, 30)


def trials_of(rows, grid=GRID, threshold=0.5, method="sigmoid"):
    return Trials.of(rows, method, BANDS, threshold, (grid.diameters_mm, grid.contrasts_hu))


def test_counts_are_those_of_the_rows():
    rows = insertions(Known(), np.random.default_rng(0))
    made, found, chance = trials_of(rows).totals

    assert made.shape == (2, 6, 5)
    assert (made == GRID.repeats).all()
    for row in rows[:60]:
        own = [each for each in rows if each.cell == row.cell]
        place = (
            BANDS.index(row.band),
            GRID.diameters_mm.index(row.diameter_mm),
            GRID.contrasts_hu.index(row.contrast_hu),
        )
        assert found[place] == sum(each.found(0.5) for each in own)
    assert chance.sum() == 0


def test_what_was_not_made_counts_neither_as_found_nor_as_missed():
    rows = insertions(Known(), np.random.default_rng(0))
    some = [replace(row, problem="no room") if row.spot % 2 else row for row in rows]

    made, _, _ = trials_of(some).totals

    assert (made == GRID.repeats / 2).all()


def test_a_stricter_threshold_finds_fewer():
    rows = insertions(Known(), np.random.default_rng(0))

    assert trials_of(rows, threshold=0.95).totals[1].sum() == 0
    assert trials_of(rows, threshold=0.9).totals[1].sum() > 0


def test_a_known_surface_is_found_again_from_many_lesions():
    grid = LimitSettings(repeats=300)
    known = Known(lapse=0.05)
    surface = fit_surface(trials_of(insertions(known, np.random.default_rng(1), grid), grid))

    assert surface.lapse[0] == pytest.approx(0.05, abs=0.02)
    for band in BANDS:
        for diameter in (8.0, 14.0, 30.0):
            for share in (0.5, 0.8):
                true = known.contrast_at(band, diameter, share)
                found = surface.contrast_at(band, np.array([diameter]), share)[0, 0]
                assert np.log2(found / true) == pytest.approx(0, abs=0.15)


def test_chance_is_taken_off():
    grid = LimitSettings(repeats=300)
    known = Known(chance=0.3)
    surface = fit_surface(trials_of(insertions(known, np.random.default_rng(2), grid), grid))

    true = known.contrast_at("deep", 12.0, 0.5)
    found = surface.contrast_at("deep", np.array([12.0]), 0.5)[0, 0]
    assert np.log2(found / true) == pytest.approx(0, abs=0.15)
    assert surface.share("rim", np.array([5.0]), np.array([10.0]))[0, 0] < 0.05


@given(
    rim=st.floats(-4, 4),
    first=st.floats(0.05, 6),
    last=st.floats(0.05, 6),
    contrast=st.floats(0.1, 6),
    lapse=st.floats(0, 0.3),
    share=st.floats(0.05, 0.65),
)
@settings(deadline=None, max_examples=60)
def test_contours_fall_and_both_ways_of_reading_them_agree(
    rim, first, last, contrast, lapse, share
):
    surface = Surface(
        ("rim",),
        (14.0, 25.0),
        1.5,
        np.array([[rim]]),
        np.array([[first, last, contrast]]),
        np.array([lapse]),
    )

    needed = surface.contrast_at("rim", SIZES, share)[0]

    assert (np.diff(needed) <= 1e-9 * needed[:-1]).all()
    inside = (needed > 1e-6) & (needed < 1e6)
    if inside.any():
        back = surface.diameter_at("rim", needed[inside], share)[0]
        assert back == pytest.approx(SIZES[inside], rel=1e-4)
        at = surface.share("rim", SIZES[inside], needed[inside])[0]
        assert at == pytest.approx(share, abs=1e-6)


def test_a_share_that_lapses_forbid_is_reached_nowhere():
    surface = Surface(
        ("rim",), (14.0, 25.0), 1.5, np.zeros((1, 1)), np.ones((1, 3)), np.array([0.2])
    )

    assert (
        np.isinf(surface.contrast_at("rim", SIZES, 0.9)).all()
        or (surface.contrast_at("rim", SIZES, 0.9) > 1e100).all()
    )
    assert (surface.diameter_at("rim", np.array([60.0]), 0.9) > 1e100).all()


@given(seed=st.integers(0, 200))
@settings(deadline=None, max_examples=10)
def test_whatever_the_counts_the_share_never_falls_with_size_or_contrast(seed):
    rng = np.random.default_rng(seed)
    rows = [
        replace(row, score=0.9 if rng.random() < 0.5 else None)
        for row in insertions(Known(), rng, LimitSettings(repeats=2))
    ]

    surface = fit_surface(trials_of(rows))

    for band in BANDS:
        shares = surface.share(band, SIZES[None], np.array([10.0, 20, 40, 60])[:, None])[0]
        assert (np.diff(shares, axis=0) >= -1e-9).all()
        assert (np.diff(shares, axis=1) >= -1e-9).all()


def test_without_a_lesion_there_is_nothing_to_fit():
    with pytest.raises(ParameterError, match="nothing to fit"):
        fit_surface(trials_of([]))


def test_a_depth_that_is_not_on_the_map_is_refused():
    surface = fit_surface(trials_of(insertions(Known(), np.random.default_rng(0))))

    with pytest.raises(ParameterError, match="no depth 'middle'"):
        surface.contrast_at("middle", SIZES, 0.5)
