"""What the choice and the prior from features are for: good values from few trials.

Small versions of what `benchmarks/perception_choice.py` measures with more studies.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from napari_lesion_synth.perception.choice.chooser import Chooser
from napari_lesion_synth.perception.choice.feature_prior import Features
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.scaling.scale01 import attractiveness

RANDOM = ChooserRules(by="random", random_share=0, connect_first=False, rest=0, exposure=100)
BALANCED = RANDOM.model_copy(update={"by": "balanced"})
VALUES, INFORMATION = ChooserRules(by="values"), ChooserRules(by="information")


def unit(values: np.ndarray) -> np.ndarray:
    """Stretched to 0 to 1."""
    return (values - values.min()) / np.ptp(values)


@pytest.fixture
def judged(asked):
    """Error of the values, and Spearman's rho, after a study by these rules."""

    def after(rules, utilities, trials, seed, features=None):
        rng = np.random.default_rng([seed, 1])
        model = StudyModel(features=features)
        # A choice that looks at no posterior needs no fit until the end.
        comparisons, _ = asked(Chooser(model, rules), utilities, trials, rng)
        posterior = model.posterior(comparisons)
        value = attractiveness(posterior, rng, draws=10).value
        error = np.abs(value - unit(utilities)).mean()
        return error, spearmanr(posterior.mean, utilities).statistic

    return after


def of_dish(seed: int) -> np.ndarray:
    """Utilities of 36 photos."""
    return np.random.default_rng(seed).standard_normal(36)


@pytest.mark.parametrize(("rules", "least"), [(INFORMATION, 0.92), (VALUES, 0.91)])
def test_36_photos_are_in_order_after_360_trials(judged, rules, least):
    rho = [judged(rules, of_dish(seed), 360, seed)[1] for seed in range(6)]

    assert np.mean(rho) >= least


def test_chosen_pairs_need_at_most_six_tenths_of_the_trials_of_random_ones(judged):
    """The error after 0.6 n chosen pairs is no larger than after n random ones."""
    chosen = [judged(VALUES, of_dish(seed), 360, seed)[0] for seed in range(10)]
    random = [judged(RANDOM, of_dish(seed), 600, seed)[0] for seed in range(10)]

    assert np.mean(chosen) <= np.mean(random)
    assert np.mean(chosen) < 0.08


def test_with_features_400_trials_are_enough_for_100_photos(judged):
    """Balanced pairs without features are worse by 0.02 and more."""
    errors = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        raw = rng.standard_normal((100, 8))
        told = raw @ rng.standard_normal(8)
        utilities = np.sqrt(0.6) * told / told.std() + np.sqrt(0.4) * rng.standard_normal(100)
        errors.append(
            [
                judged(VALUES, utilities, 400, seed, Features.of(raw))[0],
                judged(BALANCED, utilities, 400, seed)[0],
            ]
        )

    chosen, balanced = np.mean(errors, axis=0)
    assert chosen <= 0.09
    assert balanced - chosen >= 0.02
