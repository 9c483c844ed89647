from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.perception.scaling.comparisons import Ratings
from napari_lesion_synth.perception.scaling.screening import (
    outlier_scores,
    screen_comparisons,
    screen_ratings,
)


def test_scores_are_interquartile_ranges_below_the_lower_quartile():
    scores = outlier_scores(np.array([0.0, 1.0, 2.0, 3.0, 4.0]))

    assert scores == pytest.approx([0.5, 0, -0.5, -1, -1.5])


def test_few_or_equal_raters_have_no_score():
    assert np.isnan(outlier_scores(np.array([0.0, 1.0, 2.0]))).all()
    assert np.isnan(outlier_scores(np.zeros(9))).all()
    assert np.isnan(outlier_scores(np.array([np.nan, 0, 1, 2, 3]))).tolist() == [True] + [False] * 4


def test_a_rater_who_turns_answers_round_is_named_and_no_other(answers):
    rng = np.random.default_rng(1)
    utilities = 1.5 * rng.standard_normal(12)
    asked = answers(utilities, 600, rng, sharpness=np.ones(10))
    turned = asked.rater == 4
    asked.outcome[turned] = 1 - asked.outcome[turned]

    found = screen_comparisons(asked)

    assert [s.rater for s in found if s.inspect] == ["r04"]
    assert found[4].answers == 60


def test_a_rater_who_rates_at_random_is_named_but_not_one_who_rates_high():
    rng = np.random.default_rng(2)
    value = rng.normal(0.45, 0.12, 30)
    table = value[:, None] + rng.normal(0, 0.06, (30, 9))
    table[:, 2] = rng.random(30)
    table[:, 5] += 0.25
    item, rater = np.indices(table.shape).reshape(2, -1)
    ratings = Ratings(
        tuple(f"p{i}" for i in range(30)),
        item,
        np.clip(table.ravel(), 0, 1),
        rater,
        (*(f"r{i}" for i in range(9)), "absent"),
    )

    found = screen_ratings(ratings)

    assert [s.rater for s in found if s.inspect] == ["r2"]
    assert np.isnan(found[-1].score)
    assert found[-1].answers == 0
