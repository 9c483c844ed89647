from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import wilson
from napari_lesion_synth.perception.scaling.retest import retest_correlation, retest_pairs


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def test_the_correlation_has_fishers_interval():
    first = rng().random(20)
    second = first + rng(1).normal(0, 0.2, 20)

    found = retest_correlation(first, second)

    known = stats.pearsonr(first, second)
    ends = known.confidence_interval(0.95)
    assert (found.value, found.low, found.high) == pytest.approx((known[0], ends.low, ends.high))


def test_correlations_of_nothing_are_refused():
    with pytest.raises(ParameterError, match="3 repeated ratings"):
        retest_correlation(np.array([0.1, 0.2]), np.array([0.1, 0.3]))
    with pytest.raises(ParameterError, match="3 repeated ratings"):
        retest_correlation(np.ones(5), np.arange(5.0))
    assert retest_correlation(np.arange(3.0), np.array([0.0, 1, 3])).low is None


def test_kappa_takes_chance_out():
    # 45 alike of 60: 20 + 25; margins 30 : 30 and 25 : 35. Chance: 0.5.
    first = np.repeat([1.0, 1.0, 0.0, 0.0], [20, 10, 5, 25])
    second = np.repeat([1.0, 0.0, 1.0, 0.0], [20, 10, 5, 25])

    found = retest_pairs(first, second, rng())

    assert found.n == 60
    assert found.same == wilson(45, 60)
    assert found.kappa.value == pytest.approx(0.5)
    assert found.kappa.low < 0.5 < found.kappa.high


def test_answers_at_random_have_a_kappa_around_nothing():
    first, second = rng(2).choice([0, 0.5, 1], (2, 400))

    found = retest_pairs(first, second, rng())

    assert found.kappa.low < 0 < found.kappa.high
    assert found.kappa.high - found.kappa.low < 0.25


def test_one_answer_throughout_has_no_kappa():
    found = retest_pairs(np.ones(4), np.ones(4), rng())

    assert found.same.value == 1
    assert np.isnan(found.kappa.value)
    with pytest.raises(ParameterError, match="asked twice"):
        retest_pairs(np.array([]), np.array([]), rng())


def test_a_few_pairs_answered_alike_do_not_make_agreement_certain():
    same = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0])

    found = retest_pairs(same, same, np.random.default_rng(0))

    assert found.kappa.value == found.kappa.high == 1
    assert found.kappa.low == pytest.approx(2 * found.same.low - 1)
    assert found.kappa.low < 0.5
