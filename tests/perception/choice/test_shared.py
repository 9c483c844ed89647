from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.shared import (
    RatingScale,
    shared_posterior,
    take_in_ratings,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings
from napari_lesion_synth.perception.scaling.utilities import Prior, fit_utilities

NAMES = tuple(f"p{i:02d}" for i in range(20))


def rated(
    utilities: np.ndarray, n: int, rng: np.random.Generator, slope: float = 0.1, noise: float = 0.1
) -> Ratings:
    """Ratings by five raters with biases."""
    item, rater = rng.integers(0, len(utilities), n), rng.integers(0, 5, n)
    bias = rng.normal(0, 0.1, 5)
    value = 0.5 + slope * utilities[item] + bias[rater] + rng.normal(0, noise, n)
    names = NAMES[: len(utilities)]
    return Ratings(names, item, np.clip(value, 0, 1), rater, tuple("abcde"))


def compared(utilities: np.ndarray, n: int, rng: np.random.Generator) -> Comparisons:
    """Answers to random pairs."""
    k = len(utilities)
    first = rng.integers(0, k, n)
    second = (first + rng.integers(1, k, n)) % k
    won = rng.random(n) < ndtr(utilities[first] - utilities[second])
    return Comparisons.of(NAMES[:k], np.stack([first, second], axis=1), won.astype(float))


def test_ratings_are_taken_in_as_the_normal_distribution_says():
    """Against the joint distribution of utilities and ratings, biases and intercept out."""
    rng = np.random.default_rng(0)
    root = rng.standard_normal((4, 4))
    prior, scale = Prior(rng.standard_normal(4), root @ root.T + np.eye(4)), RatingScale(0.2, 0.1)
    ratings = rated(prior.mean, 9, rng)
    seen = np.zeros((9, 4))
    seen[np.arange(9), ratings.item] = 0.2
    same = ratings.rater[:, None] == ratings.rater
    whole = seen @ prior.covariance @ seen.T + 0.01 * np.eye(9) + 0.15**2 * same + 1.0
    expected = seen @ prior.mean + 0.5
    reach = prior.covariance @ seen.T @ np.linalg.inv(whole)

    after, evidence = take_in_ratings(prior, ratings, scale)

    assert after.mean == pytest.approx(prior.mean + reach @ (ratings.value - expected))
    assert after.covariance == pytest.approx(
        prior.covariance - reach @ seen @ prior.covariance, abs=1e-9
    )
    known = multivariate_normal(expected, whole).logpdf(ratings.value) + 4.5 * np.log(2 * np.pi)
    assert evidence == pytest.approx(known)


def test_both_kinds_of_answers_together_are_better_than_either():
    errors = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        utilities = rng.standard_normal(20)
        ratings, pairs = rated(utilities, 60, rng), compared(utilities, 100, rng)
        prior, none = Prior.independent(20), Comparisons.of(NAMES)
        found = [
            fit_utilities(pairs, prior),
            shared_posterior(prior, none, ratings).posterior,
            shared_posterior(prior, pairs, ratings).posterior,
        ]
        errors.append([1 - np.corrcoef(p.mean, utilities)[0, 1] for p in found])

    pairs_alone, ratings_alone, both = np.mean(errors, axis=0)
    assert both < 0.8 * min(pairs_alone, ratings_alone)


def test_intervals_of_the_shared_posterior_hold_the_truth():
    held = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        utilities = rng.standard_normal(20)
        found = shared_posterior(
            Prior.independent(20), compared(utilities, 100, rng), rated(utilities, 80, rng)
        )
        truth = utilities - utilities.mean()
        held += [
            i.low <= t <= i.high for i, t in zip(found.posterior.intervals, truth, strict=True)
        ]

    assert 0.9 <= np.mean(held) <= 0.98


def test_slope_and_noise_of_the_ratings_are_found():
    rng = np.random.default_rng(3)
    utilities = rng.standard_normal(20)

    found = shared_posterior(
        Prior.independent(20),
        compared(utilities, 600, rng),
        rated(utilities, 300, rng, slope=0.12, noise=0.08),
    )

    assert found.scale is not None
    assert found.scale.slope == pytest.approx(0.12, rel=0.3)
    assert found.scale.noise == pytest.approx(0.08, rel=0.2)


def test_without_ratings_the_comparisons_decide():
    rng = np.random.default_rng(4)
    pairs = compared(rng.standard_normal(6), 40, rng)

    found = shared_posterior(Prior.independent(6), pairs)

    assert found.scale is None
    assert found.posterior.mean == pytest.approx(fit_utilities(pairs).mean)


def test_ratings_of_other_photos_are_refused():
    rng = np.random.default_rng(5)

    with pytest.raises(ParameterError, match="same photos"):
        shared_posterior(
            Prior.independent(6), compared(np.zeros(6), 5, rng), rated(np.zeros(7), 5, rng)
        )
