from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.equivalence import (
    judgements_needed,
    paired_power,
    pairs_needed,
    share_power,
    tost_paired,
    tost_share,
)


@pytest.mark.parametrize(("margin", "n"), [(0.10, 215), (0.067, 477), (0.131, 125)])
def test_judgements_that_show_a_share_to_be_one_half(margin, n):
    assert judgements_needed(margin) == n
    assert share_power(n, margin) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("margin", "deviation", "n"),
    [(0.05, 0.15, 78), (0.05, 0.2, 138), (0.03, 0.15, 215), (0.10, 0.2, 35)],
)
def test_pairs_of_ratings_that_show_a_difference_to_be_none(margin, deviation, n):
    assert pairs_needed(margin, deviation) == n
    assert pairs_needed(margin, deviation, method="exact") == pytest.approx(n + 1, abs=1)


def test_exact_numbers_have_the_power_from_there_on():
    n = judgements_needed(0.1, method="exact")

    assert share_power(n - 1, 0.1) < 0.8
    assert all(share_power(k, 0.1) >= 0.8 for k in range(n, n + 60))
    assert n == pytest.approx(judgements_needed(0.1), rel=0.1)


def test_the_power_of_ratings_is_that_of_simulated_ones():
    rng = np.random.default_rng(0)
    drawn = rng.normal(0.01, 0.15, (4000, 60))

    shown = np.mean([tost_paired(row, 0.05).equivalent for row in drawn])

    assert paired_power(60, 0.05, 0.15, difference=0.01) == pytest.approx(shown, abs=0.025)


@given(st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=20), st.floats(0.01, 0.6))
def test_ratings_are_tested_as_by_two_t_tests(values, margin):
    if np.std(values) < 1e-6:
        values = [*values[:-1], values[-1] + 0.1]

    found = tost_paired(values, margin)

    lower = stats.ttest_1samp(values, -margin, alternative="greater").pvalue
    upper = stats.ttest_1samp(values, margin, alternative="less").pvalue
    assert found.p == pytest.approx(max(lower, upper), abs=1e-9)
    inside = -margin < found.difference.low and found.difference.high < margin
    if abs(found.p - 0.05) > 1e-9:
        assert found.equivalent == inside


@given(st.integers(1, 300), st.data(), st.sampled_from([0.05, 0.1, 0.131]))
def test_choices_are_tested_as_by_two_binomial_tests(n, data, margin):
    chosen = data.draw(st.integers(0, n))

    found = tost_share(chosen, n, margin)

    lower = stats.binomtest(chosen, n, 0.5 - margin, alternative="greater").pvalue
    upper = stats.binomtest(chosen, n, 0.5 + margin, alternative="less").pvalue
    assert found.p == pytest.approx(max(lower, upper), abs=1e-9)
    exact = stats.binomtest(chosen, n).proportion_ci(0.9, method="exact")
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (exact.low - 0.5, exact.high - 0.5), abs=1e-9
    )


@given(st.integers(20, 400), st.data())
def test_the_normal_test_and_its_interval_agree(n, data):
    chosen = data.draw(st.integers(0, n))

    found = tost_share(chosen, n, 0.1, method="normal")

    inside = found.difference.low > -0.1 and found.difference.high < 0.1
    if abs(found.p - 0.05) > 1e-9:
        assert found.equivalent == inside
    assert found.p == pytest.approx(tost_share(chosen, n, 0.1).p, abs=0.12)


def test_equal_ratings_without_spread():
    assert tost_paired([0.02] * 5, 0.05).p == 0
    assert not tost_paired([0.07] * 5, 0.05).equivalent


def test_the_result_is_told_with_its_interval():
    words = tost_share(110, 215, 0.1).words

    assert "within ±0.1 is shown: +0.012 (90 % interval -0.047 to +0.070)" in words
    assert "215 choices" in words
    assert "is not shown" in tost_share(130, 215, 0.1).words


@pytest.mark.parametrize(
    "call",
    [
        lambda: tost_paired([0.1], 0.05),
        lambda: tost_paired([0.1, 0.2], 0.0),
        lambda: tost_share(5, 4, 0.1),
        lambda: tost_share(0, 0, 0.1),
        lambda: tost_share(2, 4, 0.5),
        lambda: judgements_needed(0.1, alpha=0.6),
        lambda: judgements_needed(0.0001, method="exact"),
    ],
)
def test_what_cannot_be_tested_is_refused(call):
    with pytest.raises(ParameterError):
        call()
