from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from napari_lesion_synth.perception.choice.feature_prior import Features
from napari_lesion_synth.perception.choice.model import StudyModel, fingerprint
from napari_lesion_synth.perception.scaling.comparisons import Comparisons


def judged(n: int, seed: int = 0) -> Comparisons:
    """Answers to random pairs of 10 photos that differ a lot."""
    rng = np.random.default_rng(seed)
    utilities = 2.5 * rng.standard_normal(10)
    first = rng.integers(0, 10, n)
    second = (first + rng.integers(1, 10, n)) % 10
    won = rng.random(n) < ndtr(utilities[first] - utilities[second])
    return Comparisons.of(tuple("abcdefghij"), np.stack([first, second], axis=1), won.astype(float))


def test_the_prior_is_learnt_again_as_answers_grow_in_number():
    asked, model = judged(90), StudyModel()

    learnt = [model.learnt(asked.only(slice(n))).answers for n in (0, 24, 25, 36, 37, 60, 90)]

    assert learnt == [0, 0, 25, 25, 37, 55, 82]


def test_the_posterior_follows_from_the_answers_alone():
    asked, used = judged(80), StudyModel()
    for n in range(0, 80, 7):
        used.posterior(asked.only(slice(n)))

    assert np.array_equal(used.posterior(asked).mean, StudyModel().posterior(asked).mean)


def test_other_answers_are_another_state():
    one, other = judged(30), judged(30, seed=1)
    model = StudyModel()
    model.posterior(one)

    assert fingerprint(one) != fingerprint(other)
    assert model.learnt(other).spread == StudyModel().learnt(other).spread
    assert model.learnt(one).spread != model.learnt(other).spread


def test_features_enter_the_prior():
    values = np.random.default_rng(0).standard_normal((10, 2))

    learnt = StudyModel(features=Features.of(values)).learnt(judged(0))

    assert learnt.kernel == "linear"
    assert learnt.share == pytest.approx(0.5)
