from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.selection.band import (
    Band,
    BandSettings,
    HeldOut,
    bands_of,
    fold_factors,
    held_out_acceptance,
)

USUAL = BandSettings()


def held(errors, zone=Zone.RIM, patients=None):
    return [
        HeldOut(f"{zone.value}{k}", f"p{k if patients is None else k % patients}", zone, 10, 0, e)
        for k, e in enumerate(errors)
    ]


def test_the_band_is_two_sided():
    band = bands_of(held(np.arange(1.0, 101)), USUAL)[Zone.RIM]
    assert (band.low, band.high) == pytest.approx((5.05, 95.95))
    assert list(band.inside([1, 5, 6, 50, 95, 96, 1e3])) == [
        False,
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert band.n == 100
    assert band.note == "100 held-out real lesions of 100 patients"


def test_each_zone_has_its_own_band():
    bands = bands_of(held(np.arange(20.0, 40)) + held(np.arange(1.0, 21), Zone.INTERIOR), USUAL)
    assert bands[Zone.INTERIOR].high < bands[Zone.RIM].low + 1
    assert not any(band.pooled for band in bands.values())


def test_a_zone_with_few_lesions_shares_the_band_of_all_and_says_so():
    bands = bands_of(held(np.arange(1.0, 21)) + held([5.0] * 9, Zone.INTERIOR), USUAL)
    assert bands[Zone.INTERIOR].pooled
    assert bands[Zone.INTERIOR].n == 29
    assert "both zones: only 9 lie in this zone (interior)" in bands[Zone.INTERIOR].note
    assert not bands[Zone.RIM].pooled


def test_ten_lesions_are_enough_for_a_band_that_can_refuse():
    band = bands_of(held(np.arange(1.0, 11)), USUAL)[Zone.RIM]
    assert not band.pooled
    assert not band.inside(0.5)
    assert "so few that about 82%" in band.note


@given(st.lists(st.floats(0.1, 1e3), min_size=10, max_size=60), st.floats(0, 2e3))
def test_ranks_rise_with_the_error_and_stay_within_0_and_1(errors, value):
    band = bands_of(held(errors), USUAL)[Zone.RIM]
    ranks = band.rank(sorted([*errors, value]))
    assert (np.diff(ranks) >= 0).all()
    assert 0 < ranks[0] <= ranks[-1] < 1


def test_ranks_of_further_real_lesions_are_uniform_and_nine_tenths_of_them_pass():
    rng = np.random.default_rng(0)
    ranks, inside = [], []
    for _ in range(400):
        errors = rng.lognormal(2.5, 0.4, 41)
        band = bands_of(held(errors[1:]), USUAL)[Zone.RIM]
        ranks.append(float(band.rank(errors[0])))
        inside.append(bool(band.inside(errors[0])))
    assert stats.kstest(ranks, "uniform").pvalue > 0.01
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)


def test_held_out_real_lesions_are_judged_without_their_own_patient():
    rng = np.random.default_rng(1)
    items = held(rng.lognormal(2.5, 0.4, 200), patients=50)
    inside, n = held_out_acceptance(items, USUAL)[Zone.RIM]
    assert n == 200
    assert inside / n == pytest.approx(0.9, abs=0.05)
    # A patient unlike all others does not make room for itself.
    odd = [HeldOut(f"o{k}", "odd", Zone.RIM, 10, 0, 500.0) for k in range(40)]
    inside, n = held_out_acceptance([*items, *odd], USUAL)[Zone.RIM]
    assert n == 240
    assert inside <= 200


def test_an_end_may_be_left_open():
    items = held(np.arange(1.0, 101))
    band = bands_of(items, BandSettings(low=0))[Zone.RIM]
    assert band.inside(0.001)
    band = bands_of(items, BandSettings(high=1))[Zone.RIM]
    assert band.inside(1e9)
    assert Band.from_dict(json.loads(json.dumps(band.to_dict(), allow_nan=False))) == band


def test_a_band_survives_its_file():
    band = bands_of(held(np.arange(1.0, 31)), USUAL)[Zone.INTERIOR]
    assert Band.from_dict(json.loads(json.dumps(band.to_dict()))) == band
    with pytest.raises(DatasetError, match="damaged"):
        Band.from_dict({"zone": "rim"})


def test_an_empty_band_is_refused():
    with pytest.raises(ValidationError, match="empty"):
        BandSettings(low=0.5, high=0.5)


def folds_with(offsets, n, seed=0):
    """Log-normal errors of folds whose nets differ by factors."""
    rng = np.random.default_rng(seed)
    folds = np.repeat(np.arange(len(offsets)), n)
    zones = [(Zone.RIM, Zone.INTERIOR)[k % 2] for k in range(len(folds))]
    harder = np.array([1.5 if zone is Zone.RIM else 1.0 for zone in zones])
    return rng.lognormal(2.5, 0.3, len(folds)) * harder * np.array(offsets)[folds], zones, folds


def test_nets_that_differ_are_made_comparable():
    factors = fold_factors(*folds_with([0.5, 1.0, 2.0], 200))
    assert factors / factors[1] == pytest.approx([0.5, 1, 2], rel=0.1)
    assert np.exp(np.log(factors).mean()) == pytest.approx(1, rel=0.05)


def test_differences_that_chance_explains_are_left_alone():
    strayed = [
        np.abs(np.log(fold_factors(*folds_with([1, 1, 1], 7, seed)))).mean() for seed in range(50)
    ]
    raw = []
    for seed in range(50):
        errors, zones, folds = folds_with([1, 1, 1], 7, seed)
        logs = np.log(errors) - np.log([1.5 if zone is Zone.RIM else 1.0 for zone in zones])
        raw.append(np.abs(np.bincount(folds, logs - logs.mean()) / 7).mean())
    assert np.median(strayed) < 0.02
    assert np.mean(strayed) < 0.6 * np.mean(raw)
