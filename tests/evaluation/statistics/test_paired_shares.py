from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.evaluation.statistics.paired_shares import exact_p, mid_p, signs_p, tango

counts = st.integers(0, 60)


@given(b=counts, c=counts)
@settings(deadline=None)
def test_the_exact_p_is_that_of_a_coin(b, c):
    known = stats.binomtest(b, b + c).pvalue if b + c else 1.0

    assert exact_p(b, c) == pytest.approx(known)


@given(b=counts, c=counts)
@settings(deadline=None)
def test_the_mid_p_counts_what_was_observed_by_half(b, c):
    n = b + c
    outcomes = stats.binom.pmf(np.arange(n + 1), n, 0.5)
    away = np.abs(2 * np.arange(n + 1) - n)
    known = outcomes[away > abs(b - c)].sum() + outcomes[away == abs(b - c)].sum() / 2

    assert mid_p(b, c) == pytest.approx(known if b != c else 1.0)


def test_p_values_of_a_published_table():
    """Fagerland et al. 2013 and 2014: hyper-responsive airways before and after, 1 against 7."""
    assert exact_p(1, 7) == pytest.approx(0.0703, abs=5e-5)
    assert mid_p(1, 7) == pytest.approx(0.0391, abs=5e-5)


@pytest.mark.parametrize(
    ("b", "c", "n", "low", "high"),
    [
        (9, 3, 32, -0.027, 0.390),  # Tango 1998
        (16, 8, 86, -0.020, 0.207),  # Agresti and Min 2005
        (1, 7, 21, -0.517, -0.026),  # Fagerland et al. 2014
        (25, 2, 102, 0.139, 0.321),  # Chang et al. 2024
    ],
)
def test_the_interval_is_that_of_published_tables(b, c, n, low, high):
    found = tango(b, c, n)

    assert found.value == (b - c) / n
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-4)


@given(b=counts, c=counts, rest=counts)
def test_the_interval_is_the_others_turned_round_and_holds_the_difference(b, c, rest):
    n = max(1, b + c + rest)
    found, turned = tango(b, c, n), tango(c, b, n)

    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low), abs=1e-7)


def test_none_discordant_and_all_have_intervals_too():
    none, every = tango(0, 0, 20), tango(20, 0, 20)
    reach = 1.959964**2 / (20 + 1.959964**2)

    assert (none.low, none.high) == pytest.approx((-reach, reach), abs=1e-6)
    assert every.high == 1
    assert 0.6 < every.low < 0.9


@pytest.mark.parametrize(
    ("n", "won", "lost"), [(30, 0.1, 0.1), (60, 0.3, 0.05), (120, 0.2, 0.1), (120, 0.05, 0.02)]
)
def test_the_interval_holds_the_truth_in_95_of_100_samples(n, won, lost):
    """Worked out over all tables, not simulated."""
    held = total = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = stats.multinomial.pmf([b, c, n - b - c], n, [won, lost, 1 - won - lost])
            if chance > 1e-6:
                found = tango(b, c, n)
                total += chance
                held += chance * (found.low <= won - lost <= found.high)

    assert total == pytest.approx(1, abs=1e-3)
    assert 0.935 <= held <= 0.975


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9))
@settings(deadline=None)
def test_the_p_of_patients_is_that_of_all_ways_to_turn_them(advantages):
    signs = 1 - 2 * ((np.arange(2 ** len(advantages))[:, None] >> np.arange(len(advantages))) & 1)
    sums = np.abs(signs @ np.array(advantages))

    assert signs_p(advantages) == pytest.approx((sums >= abs(sum(advantages))).mean())


@given(b=counts, c=counts)
def test_patients_of_one_lesion_each_are_lesions(b, c):
    assert signs_p([1] * b + [-1] * c + [0] * 7) == pytest.approx(exact_p(b, c))


def test_of_equal_detectors_the_exact_p_is_seldom_small_and_the_mid_p_about_as_often_as_it_says():
    n = np.arange(1, 80)
    exact, middle = np.zeros(80), np.zeros(80)
    for discordant in n:
        k = np.arange(discordant + 1)
        chance = stats.binom.pmf(k, discordant, 0.5)
        exact[discordant] = chance[[exact_p(b, discordant - b) <= 0.05 for b in k]].sum()
        middle[discordant] = chance[[mid_p(b, discordant - b) <= 0.05 for b in k]].sum()

    # The number of discordant lesions varies as well: about 30 of 100.
    share = stats.binom.pmf(np.arange(80), 100, 0.3)
    assert exact.max() <= 0.05
    assert 0.02 <= (share * exact).sum() <= 0.05
    assert 0.04 <= (share * middle).sum() <= 0.055
