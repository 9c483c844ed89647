from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.evaluation.statistics.paired_shares import exact_p, mid_p
from napari_lesion_synth.evaluation.statistics.sample_size import (
    PairedTest,
    most_lost,
    paired_lesions,
    paired_power,
    unpaired_lesions,
    unpaired_power,
)

P_VALUES = {"exact": exact_p, "mid-p": mid_p}


@pytest.mark.parametrize("kind", ["exact", "mid-p"])
@pytest.mark.parametrize("level", [0.05, 0.05 / 9])
def test_the_test_is_significant_where_its_p_value_is(kind, level):
    test = PairedTest.of(level, 120, kind)

    for n in range(121):
        significant = [k for k in range(n // 2 + 1) if P_VALUES[kind](k, n - k) <= level]
        assert test.critical[n] == max(significant, default=-1)


@pytest.mark.parametrize(
    ("worse", "better", "lesions"), [(0.65, 0.95, 27), (0.65, 0.80, 138), (0.75, 0.85, 250)]
)
def test_unpaired_lesions_are_those_of_the_tables(worse, better, lesions):
    assert unpaired_lesions(worse, better, 0.05, 0.8) == lesions
    assert unpaired_power(lesions, worse, better, 0.05) >= 0.8
    assert unpaired_power(lesions - 1, worse, better, 0.05) < 0.8


@pytest.mark.parametrize(
    ("n", "worse", "better"), [(138, 0.65, 0.8), (250, 0.75, 0.85), (90, 0.65, 0.8)]
)
def test_unpaired_power_is_how_often_a_simulated_gain_is_seen(n, worse, better):
    rng = np.random.default_rng(0)
    a, b = (rng.binomial(n, share, 20_000) / n for share in (worse, better))
    pooled = (a + b) / 2
    z = (b - a) / np.sqrt(2 * pooled * (1 - pooled) / n)

    seen = (z >= stats.norm.isf(0.025)).mean()

    assert unpaired_power(n, worse, better, 0.05) == pytest.approx(seen, abs=0.015)


@pytest.mark.parametrize("kind", ["exact", "mid-p"])
@pytest.mark.parametrize(
    ("n", "worse", "better", "lost"),
    [(20, 0.65, 0.95, 0.0), (60, 0.65, 0.8, 0.05), (118, 0.6, 0.75, 0.2), (10, 0.1, 0.8, 0.05)],
)
def test_paired_power_is_how_often_a_simulated_gain_is_seen(kind, n, worse, better, lost):
    rng = np.random.default_rng(1)
    won = better - worse + lost
    tables = rng.multinomial(n, [won, lost, 1 - won - lost], 6000)
    seen = np.mean([b > c and P_VALUES[kind](c, b) <= 0.05 for b, c, _ in tables.tolist()])

    test = PairedTest.of(0.05, n, kind)

    assert paired_power(n, worse, better, lost, test) == pytest.approx(seen, abs=0.02)


def test_under_no_gain_the_power_is_half_the_level_at_most():
    test = PairedTest.of(0.05, 200, "exact")

    powers = [paired_power(n, 0.7, 0.7, 0.15, test) for n in range(1, 201)]

    assert max(powers) <= 0.025
    assert paired_power(100, 0.7, 0.7, 0.0, test) == 0


def test_the_number_of_paired_lesions_is_near_that_of_the_normal_approximation():
    """Connor 1987: 0.45 won, 0.05 lost, 23 pairs."""
    exact = paired_lesions(0.3, 0.7, 0.05, 0.05, 0.8, "exact")
    middle = paired_lesions(0.3, 0.7, 0.05, 0.05, 0.8, "mid-p")

    assert abs(middle - 23) <= 2
    assert 23 <= exact <= 28
    # Where it takes many, the two agree, and the change from one to the other cannot be seen.
    at_the_border = [paired_lesions(0.65, better, 0.1, 0.05, 0.8) for better in (0.7, 0.695, 0.69)]
    assert at_the_border[0] < at_the_border[1] < at_the_border[2]


@given(
    worse=st.floats(0.2, 0.8),
    gain=st.floats(0.1, 0.6),
    share=st.floats(0, 1),
    kind=st.sampled_from(["exact", "mid-p"]),
)
@settings(deadline=None, max_examples=30)
def test_with_so_many_lesions_and_any_more_the_gain_is_seen(worse, gain, share, kind):
    better = min(1.0, worse + gain)
    lost = share * most_lost(worse, better)

    n = paired_lesions(worse, better, lost, 0.05, 0.8, kind)

    test = PairedTest.of(0.05, n + 30, kind)
    powers = [paired_power(k, worse, better, lost, test) for k in range(max(1, n - 1), n + 31)]
    assert min(powers[-31:]) >= 0.8
    assert n == 1 or powers[0] < 0.8


def test_the_more_the_arms_disagree_the_more_lesions_it_takes():
    needed = [paired_lesions(0.65, 0.8, lost, 0.05, 0.8) for lost in (0, 0.05, 0.1, 0.2)]

    assert needed == sorted(needed)
    assert needed[-1] > unpaired_lesions(0.65, 0.8, 0.05, 0.8)  # worse than chance
    independent = 0.65 * (1 - 0.8)
    assert paired_lesions(0.65, 0.8, independent, 0.05, 0.8) == pytest.approx(138, rel=0.1)


def test_no_more_can_be_lost_than_is_found_by_the_one_and_missed_by_the_other():
    assert most_lost(0.65, 0.95) == pytest.approx(0.05)
    assert most_lost(0.1, 0.5) == 0.1
