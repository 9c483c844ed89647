from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.statistics.multiplicity import holm
from napari_lesion_synth.evaluation.statistics.p_value import p_words

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def named(values):
    """Give each a name."""
    return {f"arm {k}": value for k, value in enumerate(values)}


def test_the_smallest_counts_for_all_the_next_for_one_less_and_none_for_less_than_one_before():
    family = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}, "arms")

    adjusted = [each.adjusted for each in family.comparisons]
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert family["d"].adjusted == pytest.approx(0.02)


@given(p_values)
def test_claims_are_those_of_the_stepwise_procedure(values):
    family = holm(named(values), "arms")

    level, claimed = 0.05, set()
    for step, k in enumerate(np.argsort(values, kind="stable")):
        if values[k] * (len(values) - step) > level:
            break
        claimed.add(f"arm {k}")
    assert {each.name for each in family.comparisons if each.adjusted <= level} == claimed


@given(p_values)
def test_adjusting_never_lowers_a_p_value_and_keeps_their_order(values):
    comparisons = holm(named(values), "arms").comparisons

    assert all(each.p <= each.adjusted <= min(1, len(values) * each.p) for each in comparisons)
    ordered = sorted(comparisons, key=lambda each: each.p)
    assert [each.adjusted for each in ordered] == sorted(each.adjusted for each in ordered)


def test_of_ten_equal_arms_one_is_claimed_in_five_of_a_hundred_experiments():
    rng = np.random.default_rng(0)
    repetitions, plain, adjusted = 2000, 0, 0
    for _ in range(repetitions):
        family = holm(named(rng.random(10)), "arms")
        plain += any(each.p <= 0.05 for each in family.comparisons)
        adjusted += any(each.adjusted <= 0.05 for each in family.comparisons)

    assert plain / repetitions > 0.35
    assert 0.035 <= adjusted / repetitions <= 0.06


def test_a_comparison_that_could_not_be_made_counts_all_the_same():
    family = holm({"a": 0.02, "b": math.nan}, "arms against the baseline")

    assert family["a"].adjusted == pytest.approx(0.04)
    assert math.isnan(family["b"].adjusted)
    assert "2 comparisons (arms against the baseline)" in family.words()


def test_it_says_how_many_comparisons_were_made_and_which_hold():
    family = holm({"cgan": 0.001, "poisson": 0.03}, "arms against real only")

    assert "2 comparisons (arms against real only)" in family.words()
    assert "there hold: cgan (p = 0.002), poisson (p = 0.03)" in family.words()
    assert "there hold: none" in holm({"cgan": 0.2}, "arms").words()
    assert "No comparison was made" in holm({}, "arms").words()


def test_p_values_are_told_with_three_digits_and_none_as_zero():
    assert p_words(0.012345) == "p = 0.0123"
    assert p_words(0.1) == "p = 0.1"
    assert p_words(0) == "p < 0.0001"
    assert p_words(math.nan) == "no p"
    assert p_words(0.5, "mid-p") == "mid-p = 0.5"


def test_what_is_no_p_value_is_refused():
    with pytest.raises(ParameterError, match="no p-value"):
        holm({"a": 1.2}, "arms")
