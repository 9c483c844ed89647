from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.choice.feature_prior import (
    FeaturePriorSettings,
    Features,
    learn_prior,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.settings import ScalingSettings
from napari_lesion_synth.perception.scaling.utilities import fit_utilities


def judged(utilities: np.ndarray, n: int, rng: np.random.Generator) -> Comparisons:
    """Answers to random pairs."""
    k = len(utilities)
    first = rng.integers(0, k, n)
    second = (first + rng.integers(1, k, n)) % k
    won = rng.random(n) < ndtr(utilities[first] - utilities[second])
    names = tuple(f"p{i}" for i in range(k))
    return Comparisons.of(names, np.stack([first, second], axis=1), won.astype(float))


def linear(rng: np.random.Generator, k: int = 60, share: float = 0.6, spread: float = 1.0):
    """Features, and utilities of which so much follows them."""
    raw = rng.standard_normal((k, 5))
    told = raw @ rng.standard_normal(5)
    told *= np.sqrt(share) / told.std()
    return Features.of(raw), spread * (told + np.sqrt(1 - share) * rng.standard_normal(k))


def test_features_are_standardised_and_constant_ones_left_out():
    raw = np.column_stack([np.arange(6.0), np.full(6, 0.1), 1e6 + np.arange(6.0) ** 2])

    features = Features.of(raw)

    assert features.values.shape == (6, 2)
    assert features.values.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert features.values.std(axis=0) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["linear", "radial"])
def test_kernels_have_a_mean_variance_of_one_and_know_who_is_alike(kind):
    raw = np.random.default_rng(0).standard_normal((20, 4))
    raw[1] = raw[0]

    kernel = Features.of(raw).kernel(kind)

    assert np.diag(kernel).mean() == pytest.approx(1)
    assert kernel[0, 1] == pytest.approx(kernel[0, 0])
    assert np.linalg.eigvalsh(kernel).min() > -1e-9


def test_photos_without_a_difference_have_a_kernel_too():
    raw = np.repeat([[0.0], [1.0]], [7, 1], axis=0)

    kernel = Features.of(raw).kernel("radial")

    assert kernel[0, 1] == pytest.approx(1)
    assert kernel[0, 7] < 0.5


def test_before_the_first_answer_the_constants_are_the_usual_ones():
    features, _ = linear(np.random.default_rng(0), 10)

    learnt = learn_prior(
        Comparisons.of(tuple("abcdefghij")), features, scaling=ScalingSettings(spread=0.8)
    )

    assert (learnt.spread, learnt.share, learnt.answers) == (0.8, 0.5, 0)
    assert np.diag(learnt.prior.covariance).mean() == pytest.approx(0.64)


@pytest.mark.parametrize("share", [0.0, 0.9])
def test_the_share_that_follows_the_features_is_found(share):
    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        features, utilities = linear(rng, 40, share=share)
        found.append(learn_prior(judged(utilities, 500, rng), features).share)

    assert np.mean(found) == pytest.approx(share, abs=0.25)


@pytest.mark.parametrize("spread", [0.6, 1.8])
def test_the_spread_is_found(spread):
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        _, utilities = linear(rng, 30, share=0.0, spread=spread)
        learnt = learn_prior(judged(utilities, 400, rng))
        found.append(learnt.spread / utilities.std())
        assert (learnt.kernel, learnt.share) == ("none", 0.0)

    assert np.mean(found) == pytest.approx(1, abs=0.2)


def test_photos_that_nobody_judged_are_predicted_from_their_features():
    errors, sure = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        features, utilities = linear(rng, 60, share=0.8)
        known = judged(utilities[:45], 400, rng)
        asked = Comparisons(
            tuple(f"p{i}" for i in range(60)),
            known.first,
            known.second,
            known.outcome,
            known.rater,
            known.raters,
            known.first_left,
        )
        found = fit_utilities(asked, learn_prior(asked, features).prior)
        errors.append(np.corrcoef(found.mean[45:], utilities[45:])[0, 1])
        truth = utilities - utilities.mean()
        sure += [i.low <= t <= i.high for i, t in zip(found.intervals, truth, strict=True)][45:]

    assert np.mean(errors) > 0.7
    assert np.mean(sure) > 0.85


def test_useless_features_cost_little_and_useful_ones_pay():
    cost, gain = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        features, utilities = linear(rng, 40, share=0.8)
        other, _ = linear(rng, 40)
        asked = judged(utilities, 80, rng)
        alone, with_them, with_others = (
            np.corrcoef(fit_utilities(asked, learn_prior(asked, f).prior).mean, utilities)[0, 1]
            for f in (None, features, other)
        )
        gain.append(with_them - alone)
        cost.append(alone - with_others)

    assert np.mean(gain) > 0.08
    assert np.mean(cost) < 0.03


def test_a_curve_asks_for_the_radial_kernel():
    rng = np.random.default_rng(1)
    raw = rng.uniform(-2, 2, (40, 1))
    utilities = 1.5 * np.cos(2 * raw[:, 0])
    asked = judged(utilities, 500, rng)

    settings = FeaturePriorSettings(kernel="auto")
    curved = learn_prior(asked, Features.of(raw), settings)
    straight = learn_prior(judged(1.5 * raw[:, 0], 500, rng), Features.of(raw), settings)

    assert (curved.kernel, straight.kernel) == ("radial", "linear")


def test_what_is_given_is_not_learnt():
    rng = np.random.default_rng(2)
    features, utilities = linear(rng, 20, spread=3.0)

    learnt = learn_prior(
        judged(utilities, 100, rng), features, FeaturePriorSettings(share=0.3, learn_spread=False)
    )

    assert (learnt.spread, learnt.share) == (1.0, 0.3)


def test_features_that_are_none_are_refused():
    with pytest.raises(InputError, match="finite"):
        Features.of(np.array([[1.0], [np.nan]]))
    with pytest.raises(ParameterError, match="3 photos"):
        learn_prior(Comparisons.of(("a", "b")), Features.of(np.array([[1.0], [2], [4]])))
