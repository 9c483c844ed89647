"""The most likely surface: against a general optimiser, and where there is little to go by."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from napari_lesion_synth.evaluation.limits import likelihood as limit_likelihood
from napari_lesion_synth.evaluation.limits.fit import Trials, counts_of
from napari_lesion_synth.evaluation.limits.likelihood import expected, most_likely

from .limit_maps import GRID, Known, insertions

BANDS = ("rim", "deep")


def trials_of(known, seed=0, threshold=0.5):
    rows = insertions(known, np.random.default_rng(seed))
    return Trials.of(rows, "sigmoid", BANDS, threshold, (GRID.diameters_mm, GRID.contrasts_hu))


def counts(known=None, seed=0):
    trials = trials_of(known or Known(), seed)
    return counts_of(trials, np.ones((1, len(trials.places))))


def loss(some, theta):
    return float(limit_likelihood._look(some, theta[None])[0][0])


def test_the_slope_of_the_likelihood_is_that_of_differences():
    some = counts(Known(chance=0.1))
    for seed in range(3):
        theta = np.random.default_rng(seed).normal(0, 1, 6)
        _, slope, _ = limit_likelihood._look(some, theta[None])
        assert slope[0] == pytest.approx(
            approx_fprime(theta, lambda t: loss(some, t), 1e-6), rel=1e-3, abs=1e-2
        )


@pytest.mark.parametrize("known", [Known(), Known(lapse=0.2), Known(diameter=0.2, contrast=0.5)])
def test_no_general_optimiser_finds_a_likelier_one(known):
    some = counts(known, seed=3)
    offsets, slopes, lapse = most_likely(some)
    own = np.concatenate([offsets[0], np.sqrt(slopes[0]), [np.log(lapse[0] / (0.5 - lapse[0]))]])

    rng = np.random.default_rng(0)
    others = [
        minimize(lambda t: loss(some, t), rng.normal(0, 1, 6), method="L-BFGS-B").fun
        for _ in range(4)
    ]

    assert loss(some, own) <= min(others) + 1e-3


@pytest.mark.parametrize("found", [0.0, 1.0])
def test_where_none_or_all_are_found_every_number_is_finite(found):
    some = counts()
    flat = type(some)(some.band, some.x, some.y, some.made, found * some.made, some.chance)

    offsets, slopes, lapse = most_likely(flat)

    share = expected(flat, offsets, slopes, lapse)
    assert np.isfinite(share).all()
    assert abs(share - found).max() < 0.1
    assert (slopes >= 0).all()
    assert (lapse >= 0).all() and (lapse <= 0.5).all()  # noqa: PT018


def test_many_draws_together_are_those_one_by_one():
    trials = trials_of(Known())
    weights = np.random.default_rng(1).multinomial(len(trials.places), np.full(120, 1 / 120), 4)

    together = most_likely(counts_of(trials, weights.astype(float)))

    for k in range(4):
        alone = most_likely(counts_of(trials, weights[k : k + 1].astype(float)))
        for a, b in zip(alone, together, strict=True):
            assert a[0] == pytest.approx(b[k], abs=2e-3)
