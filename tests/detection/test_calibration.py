from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from napari_lesion_synth.detection.calibration import PRIOR, calibrated, fit, logit
from napari_lesion_synth.errors import ParameterError


def made(n, coefficients, seed=0):
    """Logits of both nets, and labels drawn with the probability that they stand for."""
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0, 2, n), rng.normal(0, 3, n)
    return first, second, rng.uniform(size=n) < calibrated(coefficients, first, second)


def test_known_coefficients_are_recovered():
    true = (0.7, 1.3, -1.5)
    assert fit(*made(20_000, true)) == pytest.approx(true, abs=0.08)


def test_the_fit_is_that_of_logistic_regression():
    first, second, labels = made(400, (0.5, 0.8, 0.3), seed=4)
    oracle = LogisticRegression(C=np.inf, tol=1e-10).fit(np.stack([first, second], 1), labels)
    a, b, c = fit(first, second, labels, strength=0.0)
    assert (a, b) == pytest.approx(oracle.coef_[0], rel=0.05)
    assert c == pytest.approx(oracle.intercept_[0], abs=0.05)


def test_scores_are_as_often_right_as_they_say():
    coefficients = fit(*made(5000, (0.6, 1.1, -1.0)))
    first, second, labels = made(20_000, (0.6, 1.1, -1.0), seed=1)
    scores = calibrated(coefficients, first, second)
    for low in np.arange(0, 1, 0.2):
        chosen = (scores >= low) & (scores < low + 0.2)
        assert labels[chosen].mean() == pytest.approx(scores[chosen].mean(), abs=0.04)


def test_a_net_that_is_wrong_does_not_turn_scores_round():
    rng = np.random.default_rng(0)
    labels = rng.uniform(size=500) < 0.5
    good = rng.normal(0, 1, 500) + 2 * labels
    a, b, _ = fit(-good, good, labels)
    assert a == 0
    assert b > 0


@pytest.mark.parametrize("value", [True, False])
def test_one_class_alone_gives_a_finite_fit(value):
    first, second, _ = made(30, (1, 1, 0))
    coefficients = fit(first, second, np.full(30, value))
    assert np.isfinite(coefficients).all()
    assert (calibrated(coefficients, 0, 0) > 0.5) == value


def test_without_candidates_the_odds_of_both_nets_count_alike():
    assert fit([], [], []) == PRIOR


def test_classes_that_are_apart_give_no_certainty():
    labels = np.arange(20) >= 10
    scores = calibrated(fit(np.where(labels, 5, -5), np.where(labels, 5, -5), labels), 5, 5)
    assert 0.8 < scores < 0.999


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    n=st.integers(1, 40),
    logits=st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    rise=st.tuples(st.floats(0, 20), st.floats(0, 20)),
)
def test_more_sure_is_never_less_likely(seed, n, logits, rise):
    rng = np.random.default_rng(seed)
    coefficients = fit(rng.normal(0, 4, n), rng.normal(0, 4, n), rng.uniform(size=n) < 0.5)
    before = calibrated(coefficients, *logits)
    after = calibrated(coefficients, logits[0] + rise[0], logits[1] + rise[1])
    assert 0 <= before <= after <= 1


def test_the_logit_is_finite_and_turns_the_sigmoid_round():
    assert logit(expit([-5.0, 0.0, 3.0])) == pytest.approx([-5, 0, 3])
    assert logit([0.0, 1.0]) == pytest.approx([-12, 12])


def test_what_is_no_number_is_refused():
    with pytest.raises(ParameterError, match="no number"):
        fit([np.nan], [0], [True])
    with pytest.raises(ParameterError, match="labels"):
        fit([0, 1], [0], [True])
