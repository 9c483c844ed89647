from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.scaling.agreement import (
    alpha,
    concordance,
    icc,
    raters_needed,
    spearman_brown,
)

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
"""Shrout & Fleiss, Psychological Bulletin 86, 1979, table 2: 6 targets, 4 judges."""

_ = np.nan
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
).T
"""Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, section C: 12 units."""


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def test_intraclass_correlations_are_those_of_shrout_and_fleiss():
    found = icc(SHROUT_FLEISS)

    assert found.single.value == pytest.approx(0.29, abs=0.005)
    assert found.mean.value == pytest.approx(0.62, abs=0.005)
    # Their intervals as published for these data by McGraw & Wong's formulae.
    assert (found.single.low, found.single.high) == pytest.approx((0.02, 0.76), abs=0.005)
    assert (found.mean.low, found.mean.high) == pytest.approx((0.07, 0.93), abs=0.005)
    assert (found.photos, found.raters) == (6, 4)


def test_intervals_of_the_intraclass_correlation_hold_the_truth():
    truth, held, n = 0.5, 0, 300
    for seed in range(n):
        draw = rng(seed)
        table = draw.normal(0, 1, (25, 1)) + draw.normal(0, np.sqrt(0.2), (1, 8))
        found = icc(table + draw.normal(0, np.sqrt(0.8), (25, 8))).single
        held += found.low <= truth <= found.high

    assert 0.92 <= held / n <= 0.98


def test_perfect_agreement_is_one_and_none_is_refused():
    table = np.arange(5.0)[:, None] * np.ones(3)

    assert icc(table).single.value == pytest.approx(1)
    with pytest.raises(ParameterError, match="all ratings are equal"):
        icc(np.ones((5, 3)))
    with pytest.raises(ParameterError, match="every photo rated by every rater"):
        icc(KRIPPENDORFF)
    with pytest.raises(ParameterError, match="2 photos and 2 raters"):
        icc(np.ones((5, 1)))


@pytest.mark.parametrize(("metric", "known"), [("nominal", 0.743), ("interval", 0.849)])
def test_alpha_is_that_of_krippendorff(metric, known):
    found = alpha(KRIPPENDORFF, rng(), metric)

    assert found.value == pytest.approx(known, abs=5e-4)
    assert found.low < found.value < found.high


@settings(deadline=None, max_examples=25)
@given(st.floats(-1000, 1000), st.floats(0.01, 100))
def test_alpha_of_distances_knows_neither_zero_nor_unit(zero, unit):
    moved = alpha(zero + unit * KRIPPENDORFF, rng(), "interval")

    assert moved.value == pytest.approx(alpha(KRIPPENDORFF, rng(), "interval").value, abs=1e-6)


def test_alpha_at_random_is_nothing():
    found = alpha(rng(1).random((200, 5)), rng())

    assert found.low < 0 < found.high
    assert found.value == pytest.approx(0, abs=0.05)


def test_alpha_of_pairs_does_not_depend_on_which_photo_is_called_the_first():
    draw = rng(2)
    likes_first = draw.random((40, 1)) < 0.9
    table = np.where(draw.random((40, 4)) < 0.8, likes_first, ~likes_first).astype(float)
    turned = np.where(draw.random((40, 1)) < 0.5, 1 - table, table)

    found, again = (alpha(each, rng(), "preference") for each in (table, turned))
    assert again == found
    # Of 6 comparisons of two raters, so many agree; by chance it is one half.
    agree = np.mean([table[:, a] == table[:, b] for a in range(4) for b in range(a)])
    assert found.value == pytest.approx(2 * agree - 1, abs=0.01)


def test_alpha_of_pairs_speaks_of_pairs():
    with pytest.raises(ParameterError, match="no pair was asked of 2 raters"):
        alpha(np.array([[1.0, np.nan], [np.nan, 0.0]]), rng(), "preference")
    with pytest.raises(ParameterError, match="all answers are ties"):
        alpha(np.full((4, 2), 0.5), rng(), "preference")


def test_alpha_needs_two_ratings_that_can_differ():
    with pytest.raises(ParameterError, match="no photo has 2"):
        alpha(np.array([[1.0, np.nan], [np.nan, 2.0]]), rng())
    with pytest.raises(ParameterError, match="all ratings are equal"):
        alpha(np.ones((4, 2)), rng(), "nominal")


def test_concordance_is_friedmans_statistic_by_its_largest_value():
    table = rng(2).integers(0, 5, (9, 6)).astype(float) + np.arange(9)[:, None]

    found = concordance(table, rng())

    known = stats.friedmanchisquare(*table)
    assert found.w.value == pytest.approx(known.statistic / (6 * 8))
    assert found.p == pytest.approx(known.pvalue)
    assert found.w.low < found.w.value < found.w.high


def test_one_ranking_of_all_has_a_concordance_of_one():
    table = np.arange(6.0)[:, None] * np.array([1, 5, 0.1])

    assert concordance(table, rng()).w.value == pytest.approx(1)
    with pytest.raises(ParameterError, match="all photos alike"):
        concordance(np.ones((4, 3)), rng())
    with pytest.raises(ParameterError, match="3 photos"):
        concordance(np.ones((2, 3)), rng())


@pytest.mark.parametrize(
    ("single", "target", "n"),
    [(0.2, 0.8, 16), (0.2, 0.9, 36), (0.35, 0.8, 8), (0.35, 0.9, 17), (0.5, 0.8, 4), (0.5, 0.9, 9)],
)
def test_raters_needed_are_the_fewest_that_reach_the_target(single, target, n):
    assert raters_needed(single, target) == n
    assert spearman_brown(single, n) >= target - 1e-9
    assert spearman_brown(single, n - 1) < target


def test_no_number_of_raters_makes_reliable_what_is_not():
    for single, target in ((0.0, 0.8), (0.3, 1.0), (-0.1, 0.8)):
        with pytest.raises(ParameterError, match="no number of raters"):
            raters_needed(single, target)
