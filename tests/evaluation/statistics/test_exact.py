from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, bootstrap
from napari_lesion_synth.evaluation.statistics.exact import (
    clopper_pearson,
    count_limits,
    garwood,
    share_limits,
)


@given(n=st.integers(1, 2000), share=st.floats(0, 1))
@settings(deadline=None)
def test_the_interval_of_a_share_is_that_of_scipy(n, share):
    successes = round(share * n)
    known = stats.binomtest(successes, n).proportion_ci(0.95, method="exact")

    found = clopper_pearson(successes, n)

    assert found.value == successes / n
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-9)


@given(events=st.integers(0, 2000), exposure=st.floats(0.1, 1000))
@settings(deadline=None)
def test_the_interval_of_a_rate_is_that_of_the_chi_squared_distribution(events, exposure):
    found = garwood(events, exposure)

    low = stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0
    high = stats.chi2.ppf(0.975, 2 * events + 2) / 2
    assert found.value == events / exposure
    assert (found.low, found.high) == pytest.approx((low / exposure, high / exposure), rel=1e-9)


def test_the_interval_of_ten_events_is_that_of_the_tables():
    found = garwood(10, 1)

    assert (found.low, found.high) == pytest.approx((4.7954, 18.3904), abs=5e-5)


def test_none_in_n_is_told_by_the_rule_of_three():
    """Hanley and Lippman-Hand, JAMA 249, 1983, of one-sided intervals; two-sided, 3.7."""
    assert garwood(0, 100).high == pytest.approx(0.0369, abs=5e-5)
    assert clopper_pearson(0, 100).high == pytest.approx(0.0362, abs=5e-5)
    assert clopper_pearson(100, 100).low == pytest.approx(1 - 0.0362, abs=5e-5)
    assert (garwood(0, 100).low, clopper_pearson(0, 9).low, clopper_pearson(9, 9).high) == (0, 0, 1)


@pytest.mark.parametrize("n", [5, 20, 76, 150])
def test_whatever_the_share_its_interval_holds_it_in_at_least_95_of_100_samples(n):
    """Worked out, not simulated: the probability of all counts whose interval holds the truth."""
    k = np.arange(n + 1)
    low, high = share_limits(k, n)
    shares = np.linspace(0.01, 0.99, 197)[:, None]
    chance = stats.binom.pmf(k, n, shares)

    held = (chance * ((low <= shares) & (shares <= high))).sum(axis=1)

    assert held.min() >= 0.95
    # It is not idle either: both tails are made use of where there are enough trials.
    assert held.mean() <= (0.985 if n >= 20 else 0.995)


def test_whatever_the_rate_its_interval_holds_it_in_at_least_95_of_100_samples():
    k = np.arange(400)
    low, high = count_limits(k)
    means = np.geomspace(0.05, 150, 300)[:, None]
    chance = stats.poisson.pmf(k, means)

    held = (chance * ((low <= means) & (means <= high))).sum(axis=1)

    assert held.min() >= 0.95
    assert held[means[:, 0] > 20].mean() <= 0.965


def test_lesions_of_a_patient_that_are_alike_break_its_promise_and_not_the_bootstraps():
    """20 patients, 6 lesions each; the chance of being found varies from patient to patient."""
    names, repetitions = tuple(f"p{k:02d}" for k in range(20)), 300
    exact = drawn = 0
    for repetition in range(repetitions):
        rng = np.random.default_rng(repetition)
        hits = rng.binomial(6, rng.beta(1.4, 0.6, 20)).astype(float)
        by_lesion = clopper_pearson(int(hits.sum()), 120)
        share = Figure(names, lambda w, hits=hits: (w @ hits / (6 * w.sum(axis=1)))[:, None], 20)
        (by_patient,) = bootstrap(share, rng, resamples=300)
        exact += by_lesion.low <= 0.7 <= by_lesion.high
        drawn += by_patient.low <= 0.7 <= by_patient.high

    assert exact / repetitions < 0.85
    assert drawn / repetitions >= 0.91


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(successes, n):
    with pytest.raises(ParameterError, match="no share"):
        clopper_pearson(successes, n)


@pytest.mark.parametrize(("events", "exposure"), [(-1, 2), (1, 0), (1, float("nan"))])
def test_what_has_no_rate_is_refused(events, exposure):
    with pytest.raises(ParameterError, match="no rate"):
        garwood(events, exposure)
