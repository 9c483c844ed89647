from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.pair_raters import fit_pair_raters
from napari_lesion_synth.perception.scaling.utilities import fit_utilities


def test_sharpness_is_found_and_utilities_are_the_better_for_it(answers):
    sharpness = np.array([0.05] * 4 + [1.5] * 8)
    gains, found = [], None
    for seed in range(6):
        rng = np.random.default_rng(seed)
        utilities = rng.standard_normal(16)
        asked = answers(utilities, 360, rng, sharpness=sharpness)
        found = fit_pair_raters(asked)
        alike = fit_utilities(asked).mean
        gains.append(
            np.corrcoef(found.posterior.mean, utilities)[0, 1] - np.corrcoef(alike, utilities)[0, 1]
        )
        assert np.corrcoef(found.traits.sharpness, sharpness)[0, 1] > 0.7

    assert np.mean(gains) > 0.002


def test_raters_alike_lose_little(answers):
    losses = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        utilities = rng.standard_normal(16)
        asked = answers(utilities, 240, rng, sharpness=np.ones(12))
        differing = np.corrcoef(fit_pair_raters(asked).posterior.mean, utilities)[0, 1]
        losses.append(np.corrcoef(fit_utilities(asked).mean, utilities)[0, 1] - differing)

    assert np.mean(losses) < 0.005


def test_each_raters_side_bias_is_found(answers):
    rng = np.random.default_rng(0)
    utilities = rng.standard_normal(10)
    left = answers(utilities, 200, rng, side=0.8)
    right = answers(utilities, 200, rng, side=-0.8)
    both = Comparisons(
        left.items,
        np.concatenate([left.first, right.first]),
        np.concatenate([left.second, right.second]),
        np.concatenate([left.outcome, right.outcome]),
        np.repeat([0, 1], 200),
        ("left", "right"),
        np.concatenate([left.first_left, right.first_left]),
    )

    found = fit_pair_raters(both)

    assert found.side[0].low > 0.3
    assert found.side[1].high < -0.3


def test_a_rater_with_few_answers_stays_typical_and_unsure():
    asked = Comparisons.of(
        ("a", "b", "c"),
        [(0, 1)] * 20 + [(1, 2)] * 20 + [(1, 0)],
        np.append(np.tile([1, 1, 1, 0], 10), 1),
        rater=np.append(np.zeros(40, int), 1),
        raters=("many", "one", "none"),
    )

    found = fit_pair_raters(asked)

    assert 0.5 < found.sharpness[1].value < 1.1
    assert found.sharpness[1].low < 0.6 < 1.5 < found.sharpness[1].high
    assert found.sharpness[2].value == pytest.approx(1)
    assert found.side[2].value == pytest.approx(0)
