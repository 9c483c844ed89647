"""Contours and their intervals: they hold the truth, end with the grid, and say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.contours import Reach, fit_method
from napari_lesion_synth.evaluation.limits.fit import Trials
from napari_lesion_synth.evaluation.limits.settings import LimitSettings

from .limit_maps import GRID, Known, insertions

BANDS = ("rim", "deep")


def fitted(rows, seed=0, draws=200, grid=GRID):
    trials = Trials.of(rows, "sigmoid", BANDS, 0.5, (grid.diameters_mm, grid.contrasts_hu))
    return fit_method(trials, np.random.default_rng(seed), draws=draws)


@pytest.fixture(scope="module")
def fit():
    return fitted(insertions(Known(), np.random.default_rng(0)))


@pytest.mark.parametrize(
    "known", [Known(between=0.7), Known(lapse=0.12), Known(chance=0.08, between=0.4)]
)
def test_intervals_of_the_contours_hold_the_truth_in_some_95_of_100_maps(known):
    grid = LimitSettings(repeats=6)
    held = []
    for seed in range(20):
        rows = insertions(known, np.random.default_rng([seed, 7]), grid)
        fit = fitted(rows, seed, draws=120, grid=grid)
        for band in BANDS:
            for diameter in (8.0, 18.0):
                limit = fit.contrast_limit(band, diameter, 0.5)
                true = np.clip(known.contrast_at(band, diameter, 0.5), 10, 60)
                held.append(limit.low <= true * 1.0001 and true * 0.9999 <= limit.high)

    assert np.mean(held) > 0.86


def test_a_contour_falls_over_the_diameters_of_the_grid(fit):
    for band in BANDS:
        for share in (0.5, 0.9):
            contour = fit.contour(band, share)
            assert contour.diameters_mm[[0, -1]] == pytest.approx([5, 40])
            for line in (contour.contrast_hu, contour.low, contour.high):
                assert (np.diff(line) <= 1e-9).all()
            assert (contour.low <= contour.contrast_hu).all()
            assert (contour.contrast_hu <= contour.high).all()


def test_more_contrast_is_needed_for_nine_of_ten_and_at_the_harder_depth(fit):
    half, most = (fit.contour("rim", share).contrast_hu for share in (0.5, 0.9))

    assert (most > half).all()
    assert (half > fit.contour("deep", 0.5).contrast_hu).all()


def test_limits_are_points_of_the_contour(fit):
    limit = fit.contrast_limit("deep", 12.0, 0.5)
    contour = fit.contour("deep", 0.5)
    along = np.interp(np.log(12.0), np.log(contour.diameters_mm), contour.contrast_hu)

    assert limit.value == pytest.approx(along, rel=0.01)
    back = fit.diameter_limit("deep", limit.value, 0.5)
    assert back.value == pytest.approx(12.0, rel=1e-3)


@pytest.mark.parametrize(
    ("rim", "reach", "end"), [(-12.0, Reach.BEYOND, 40.0), (12.0, Reach.BELOW, 5.0)]
)
def test_a_limit_outside_of_the_grid_is_said_to_be_and_not_extrapolated(rim, reach, end):
    rows = insertions(Known(rim=rim, lapse=0.0), np.random.default_rng(0))

    limit = fitted(rows).diameter_limit("rim", -25.0, 0.5)

    assert limit.reach is reach
    assert limit.value == end
    assert limit.low_reach is limit.high_reach is reach


def test_what_was_not_made_is_beyond_the_grid_too():
    rows = [
        replace(row, problem="no room") if row.diameter_mm > 18 and row.band == "deep" else row
        for row in insertions(Known(deep=-4.0), np.random.default_rng(0))
    ]
    fit = fitted(rows)

    limit = fit.diameter_limit("deep", -10.0, 0.9)

    assert (limit.reach, limit.value) == (Reach.BEYOND, 18.0)
    assert fit.contour("deep", 0.5).diameters_mm[-1] == pytest.approx(18)
    assert fit.measured("rim")[0] == (5, 40)


def test_more_places_make_narrower_intervals():
    widths = []
    for repeats in (4, 32):
        grid = LimitSettings(repeats=repeats)
        fit = fitted(insertions(Known(), np.random.default_rng(0), grid), grid=grid)
        limit = fit.contrast_limit("rim", 12.0, 0.5)
        widths.append(np.log2(limit.high / limit.low))

    assert widths[1] < 0.6 * widths[0]


def test_several_cts_that_differ_make_wider_intervals_than_one():
    one, many = [], []
    for k, shift in enumerate((-2.0, 0.0, 2.0)):
        rng = np.random.default_rng(k)
        grid = LimitSettings(repeats=10)
        many += insertions(Known(rim=shift, deep=shift + 1), rng, grid, ct=f"ct{k}")
        one += [replace(row, spot=row.spot + 1000 * k) for row in insertions(Known(), rng, grid)]

    width = [
        np.log2(limit.high / limit.low)
        for rows in (one, many)
        for limit in (fitted(rows).contrast_limit("rim", 12.0, 0.5),)
    ]
    assert width[1] > 1.5 * width[0]


def test_counts_that_a_surface_describes_fit_and_others_do_not(fit):
    hump = [
        replace(row, score=None) if row.diameter_mm > 20 else row
        for row in insertions(Known(rim=3, deep=3), np.random.default_rng(0))
    ]

    assert fit.misfit > 0.02
    assert fitted(hump).misfit < 0.01


def test_a_misfit_is_told_no_more_often_than_it_should():
    told = [
        fitted(insertions(Known(), np.random.default_rng([3, k])), draws=2).misfit < 0.05
        for k in range(20)
    ]

    assert np.mean(told) < 0.21


def test_the_same_seed_gives_the_same_intervals():
    rows = insertions(Known(), np.random.default_rng(0))

    assert fitted(rows, seed=4).contrast_limit("rim", 12, 0.5) == fitted(
        rows, seed=4
    ).contrast_limit("rim", 12, 0.5)


def test_a_depth_without_a_lesion_has_no_limits():
    rows = [row for row in insertions(Known(), np.random.default_rng(0)) if row.band == "rim"]
    fit = fitted(rows)

    with pytest.raises(ParameterError, match="no lesion was made by sigmoid at the depth 'deep'"):
        fit.contour("deep", 0.5)
