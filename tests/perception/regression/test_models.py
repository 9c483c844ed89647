from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.crossval import cross_validated
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.models.chosen import Chosen
from napari_lesion_synth.perception.regression.models.gp import GaussianProcess
from napari_lesion_synth.perception.regression.models.mean import Mean
from napari_lesion_synth.perception.regression.models.others import Forest, SupportVectors
from napari_lesion_synth.perception.regression.models.protocol import Training
from napari_lesion_synth.perception.regression.models.registry import MODELS, make_model
from napari_lesion_synth.perception.regression.models.ridge import Ridge, left_out_errors
from napari_lesion_synth.perception.regression.standardising import Standardiser
from napari_lesion_synth.perception.regression.table import Block

FAST = (Ridge(), GaussianProcess(), SupportVectors(), Forest(trees=60), Forest("x", True, 60))


def rows(n: int = 60, columns: int = 5, seed: int = 0, bent: bool = False) -> Training:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, columns))
    y = np.sin(2 * x[:, 0]) if bent else x[:, 0] - 0.5 * x[:, 1]
    return Training(
        (x,), 0.5 + 0.1 * y + 0.02 * rng.standard_normal(n), np.arange(n) // 5, np.ones(n, bool)
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(1e-3, 100), st.integers(1, 6))
def test_errors_on_groups_left_out_are_those_of_models_that_have_not_seen_them(seed, penalty, size):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((20, 7)), rng.standard_normal(20)
    groups = rng.permutation(np.arange(20) // size)

    found = left_out_errors(x @ x.T, penalty, y, groups)

    for group in set(groups):
        inside = groups == group
        rest, level = x[~inside], y[~inside].mean()
        middle = rest.mean(axis=0)
        centred = rest - middle
        slopes = np.linalg.solve(
            centred.T @ centred + penalty * np.eye(7), centred.T @ (y[~inside] - level)
        )
        expected = y[inside] - level - (x[inside] - middle) @ slopes
        np.testing.assert_allclose(found[inside], expected, atol=1e-8)


def test_ridge_is_scikit_learns_with_the_same_penalty():
    linear_model = pytest.importorskip("sklearn.linear_model")
    data = rows()
    fitted = Ridge().fit(data)
    penalty = float(fitted.chosen.split()[1])
    standard = Standardiser.of(data.blocks).joined(data.blocks)

    # The penalty is told with 2 digits, so that agreement is near and not exact.
    oracle = linear_model.Ridge(alpha=penalty).fit(standard, data.target)

    np.testing.assert_allclose(fitted.predict(data.blocks), oracle.predict(standard), atol=2e-3)


def test_a_group_of_columns_that_says_nothing_gets_no_weight_and_one_that_does_gets_some():
    rng = np.random.default_rng(1)
    data = rows(120)
    noise, signal = (
        rng.standard_normal((120, 4)),
        data.target[:, None] + 0.02 * rng.standard_normal((120, 1)),
    )

    def told(more: np.ndarray) -> str:
        both = Training((*data.blocks, more), data.target, data.groups, data.judged)
        return Ridge().fit(both).chosen

    assert told(noise).endswith("1 : 0")
    assert not told(signal).endswith("1 : 0")


@pytest.mark.parametrize("model", FAST, ids=lambda model: model.name)
def test_every_model_learns_a_straight_line_better_than_the_average(model):
    if model.name != "ridge":
        pytest.importorskip("sklearn")
    data = rows(80)
    fitted, average = model.fit(data), Mean().fit(data)
    test = rows(80, seed=9)

    errors = np.abs(fitted.predict(test.blocks) - test.target).mean()

    assert errors < 0.7 * np.abs(average.predict(test.blocks) - test.target).mean()
    assert fitted.chosen
    np.testing.assert_array_equal(fitted.predict(test.blocks), model.fit(data).predict(test.blocks))


def test_a_process_follows_a_bend_that_no_straight_line_can():
    pytest.importorskip("sklearn")
    data, test = rows(150, 1, bent=True), rows(150, 1, seed=5, bent=True)

    bent, straight = (
        np.abs(m.fit(data).predict(test.blocks) - test.target).mean()
        for m in (GaussianProcess(), Ridge())
    )

    assert bent < 0.5 * straight


def test_the_model_that_does_best_in_training_is_chosen():
    data = rows(80)

    fitted = Chosen((Mean(), Ridge())).fit(data)

    assert fitted.chosen.startswith("ridge: penalty")
    np.testing.assert_array_equal(
        fitted.predict(data.blocks), Ridge().fit(data).predict(data.blocks)
    )


def test_with_one_group_nothing_is_chosen_and_something_is_learnt():
    data = rows(30)
    one = Training(data.blocks, data.target, np.zeros(30, int), data.judged)

    assert Chosen((Mean(), Ridge())).fit(one).chosen == "mean"
    assert np.corrcoef(Ridge().fit(one).predict(one.blocks), one.target)[0, 1] > 0.9


def test_the_average_is_that_of_judged_rows():
    data = rows(10)
    judged = np.arange(10) < 3

    fitted = Mean().fit(Training(data.blocks, data.target, data.groups, judged))

    assert fitted.predict(data.blocks)[0] == pytest.approx(data.target[:3].mean())


def test_columns_that_do_not_vary_and_odd_values_rule_nothing():
    data = rows(60)
    block = np.column_stack([data.blocks[0], np.full(60, 7.0)])
    odd = block.copy()
    odd[:, 5] = 1e9
    fitted = Ridge().fit(Training((block,), data.target, data.groups, data.judged))

    np.testing.assert_allclose(fitted.predict([block]), fitted.predict([odd]))
    standard = Standardiser.of([block]).blocks([block * 1e6])[0]
    assert np.abs(standard).max() <= 6


def test_names_make_models():
    assert [make_model(name).name for name in MODELS] == list(MODELS)


def test_without_scikit_learn_the_models_that_need_it_say_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.svm", None)

    with pytest.raises(ParameterError, match="scikit-learn"):
        SupportVectors().fit(rows(20))


def test_nothing_of_a_test_row_reaches_its_prediction(make_table):
    table = make_table(dishes=6, photos=6)
    whole = plan(table)
    changed = table.target.copy()
    changed[whole.folds[0].test] += 100

    one = cross_validated(Ridge(), table, whole)
    other = cross_validated(
        Ridge(), type(table)(table.items, changed, table.dishes, table.inputs), whole
    )

    rows_of_fold = whole.folds[0].test
    np.testing.assert_array_equal(one.predicted[rows_of_fold], other.predicted[rows_of_fold])
    assert not np.allclose(one.predicted, other.predicted)


def test_a_source_sees_the_training_rows_of_each_fold(make_table):
    table = make_table(dishes=5, photos=4)
    seen = []

    class Watching:
        name = "watching"

        def values(self, train: np.ndarray) -> np.ndarray:
            seen.append(tuple(train))
            return np.zeros((20, 1))

    image = table.inputs[0]
    assert isinstance(image, Block)
    found = plan(table)
    cross_validated(Ridge(), table.with_inputs(image, Watching()), found)

    assert seen == [tuple(fold.train) for fold in found.folds]
