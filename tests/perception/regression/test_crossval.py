from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.conformal import quantile_of_errors
from napari_lesion_synth.perception.regression.crossval import (
    LEVEL,
    compared,
    cross_validated,
    summary,
)
from napari_lesion_synth.perception.regression.differences import (
    any_figure,
    mean_interval,
    paired_difference,
)
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.models.mean import Mean
from napari_lesion_synth.perception.regression.models.ridge import Ridge
from napari_lesion_synth.perception.regression.scores import pairwise_accuracy, scores, spearman


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.integers(3, 30))
def test_ranks_and_pairs_are_those_of_scipy(seed, n):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 6, n).astype(float), rng.standard_normal(n)

    if np.ptp(one) > 0:
        assert spearman(one, other) == pytest.approx(spearmanr(one, other).statistic)
    distinct = rng.permutation(n).astype(float)
    expected = (kendalltau(distinct, other).statistic + 1) / 2
    assert pairwise_accuracy(distinct, other) == pytest.approx(expected)


def test_ties_of_the_target_do_not_count_and_those_of_the_prediction_are_halves():
    target = np.array([0.0, 0.0, 1.0])

    assert pairwise_accuracy(np.array([0.2, 0.9, 0.9]), target) == 0.75
    assert np.isnan(pairwise_accuracy(target, np.zeros(3)))


def test_pairs_within_dishes_are_others_than_all_pairs():
    target = np.array([0.0, 0.1, 1.0, 1.1])
    predicted = np.array([0.1, 0.0, 1.1, 1.0])

    found = scores(predicted, target, np.array([0, 0, 1, 1]))

    assert found.pairwise == pytest.approx(4 / 6)
    assert found.pairwise_within == 0
    assert found.mae == pytest.approx(0.1)
    assert found.rmse == pytest.approx(0.1)


def test_a_perfect_and_an_ignorant_model_have_the_figures_they_must_have(make_table):
    table = make_table(noise=0.0, dish_sd=0.0)
    good = summary(cross_validated(Ridge(), table, plan(table)), np.random.default_rng(0))
    none = summary(cross_validated(Mean(), table, plan(table)), np.random.default_rng(0))

    assert good.mae.value < 0.005
    assert good.spearman.value > 0.999
    assert good.pairwise_within.value > 0.99
    # Each dish's average is that of the others, so that ranks over dishes are upside down.
    assert none.spearman.value < 0
    assert none.pairwise_within.value == 0.5
    assert none.mae.low < none.mae.value < none.mae.high
    assert good.note == (
        "Intervals: 10 dishes drawn again with all their photos, few of them: the intervals are "
        "rough."
    )


def test_the_interval_of_a_difference_is_narrower_than_those_of_its_parts(make_table):
    table = make_table(dishes=20, dish_sd=0.3)
    rng = np.random.default_rng(0)
    one, other = (cross_validated(m, table, plan(table)) for m in (Ridge(), Mean()))

    apart = compared(one, other, rng)
    part = summary(other, rng).mae

    assert apart.high < 0
    assert apart.value == pytest.approx(one.errors.mean() - other.errors.mean())
    assert apart.high - apart.low < part.high - part.low
    smaller = make_table(dishes=4)
    less = cross_validated(Mean(), smaller, plan(smaller))
    with pytest.raises(ParameterError, match="same photos"):
        compared(one, less, rng)


@pytest.mark.parametrize("dishes", [6, 30])
def test_intervals_over_dishes_hold_the_truth_as_often_as_they_say(dishes):
    rng = np.random.default_rng(0)
    names = [f"d{k}" for k in range(dishes) for _ in range(8)]
    held = []
    for _ in range(200):
        values = np.repeat(rng.standard_normal(dishes), 8) + rng.standard_normal(8 * dishes)
        found = mean_interval(values, names, rng)
        held.append(found.low < 0 < found.high)

    # 95 % are promised; photos drawn one by one would hold it half of the time.
    assert 0.89 <= np.mean(held) <= 0.99


def test_two_dishes_give_no_interval():
    found = mean_interval(np.arange(4.0), ["a", "a", "b", "b"], np.random.default_rng(0))

    assert (found.value, found.low, found.high) == (1.5, None, None)
    with pytest.raises(ParameterError, match="nothing"):
        mean_interval(np.zeros(0), [], np.random.default_rng(0))


def test_any_figure_of_a_mean_is_the_interval_of_the_mean():
    rng = np.random.default_rng(3)
    values = rng.standard_normal(120)
    names = [f"d{k % 12}" for k in range(120)]

    one = mean_interval(values, names, np.random.default_rng(0))
    other = any_figure(lambda r: float(values[r].mean()), names, np.random.default_rng(0), 1500)

    assert (one.low, one.high) == (
        pytest.approx(other.low, abs=0.03),
        pytest.approx(other.high, abs=0.03),
    )
    zero = paired_difference(values, values, names, rng)
    assert (zero.value, zero.low, zero.high) == (0, 0, 0)


def test_prediction_intervals_hold_about_what_they_promise(make_table):
    table = make_table(dishes=24, photos=10, dish_sd=0.02)

    found = cross_validated(Ridge(), table, plan(table), intervals=True)
    told = summary(found, np.random.default_rng(0))

    assert told.coverage.value == pytest.approx(LEVEL, abs=0.05)
    assert 0.2 < told.width < 0.6
    assert (
        summary(cross_validated(Ridge(), table, plan(table)), np.random.default_rng(0)).width
        is None
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.floats(0.5, 0.95))
def test_the_quantile_of_errors_leaves_room_for_one_more(n, level):
    errors = np.arange(1.0, n + 1)

    found = quantile_of_errors(errors, level)

    if np.isinf(found):
        assert (n + 1) * level > n
    else:
        assert (errors <= found).sum() / (n + 1) >= level - 1e-9


def test_a_single_dish_is_judged_photo_by_photo(make_table):
    table = make_table(dishes=1, photos=36)

    found = cross_validated(Ridge(), table, plan(table, "photo"))
    told = summary(found, np.random.default_rng(0))

    assert told.mae.low is not None
    assert told.note == "Intervals: 36 photos drawn again, all of a kind that was learnt from."


def test_nothing_is_predicted_from_nothing(make_table):
    table = make_table()

    with pytest.raises(ParameterError, match="nothing is known"):
        cross_validated(Ridge(), table.with_inputs(), plan(table))
