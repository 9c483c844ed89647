from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.folds import divided, plan
from napari_lesion_synth.perception.regression.table import Block, Table


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=60), st.integers(2, 6))
def test_groups_stay_whole_and_parts_are_about_equal(groups, most):
    numbers = np.array(groups)
    if len(set(groups)) < 2:
        with pytest.raises(ParameterError, match="one group"):
            divided(numbers, most)
        return

    parts = divided(numbers, most)

    assert all(len(set(parts[numbers == g])) == 1 for g in set(groups))
    assert set(parts) == set(range(min(most, len(set(groups)))))
    largest = np.bincount(numbers).max()
    sizes = np.bincount(parts)
    assert sizes.max() - sizes.min() <= largest


@pytest.mark.parametrize("by", ["dish", "photo"])
def test_every_row_is_tested_once_by_rows_of_other_groups(make_table, by):
    table = make_table(dishes=7, photos=5)
    names = np.array(table.dishes if by == "dish" else table.items)

    found = plan(table, by, most=4)

    tested = np.concatenate([fold.test for fold in found.folds])
    assert sorted(tested) == list(range(35))
    for fold in found.folds:
        assert not set(names[fold.train]) & set(names[fold.test])
    assert found.text == f"4 folds, no {by} on both sides of a test"


def test_by_dish_and_rater_neither_is_on_both_sides(make_table):
    table = make_table(dishes=4, photos=6)
    raters = tuple(f"r{k % 3}" for k in range(24))
    table = replace(table, raters=raters)

    found = plan(table, "dish and rater")

    assert sorted(np.concatenate([f.test for f in found.folds])) == list(range(24))
    for fold in found.folds:
        for names in (np.array(table.dishes), np.array(raters)):
            assert not set(names[fold.train]) & set(names[fold.test])


def test_by_rater_needs_to_know_who_judged(make_table):
    with pytest.raises(ParameterError, match="who judged"):
        plan(make_table(), "rater")


def test_copies_are_learnt_from_and_not_judged():
    items = ("a", "b", "c", "a", "a", "b")
    judged = np.array([True, True, True, False, False, False])
    table = Table(items, np.zeros(6), ("x", "y", "z", "x", "x", "y"), (), (), judged)

    found = plan(table, "dish")

    assert sorted(np.concatenate([f.test for f in found.folds])) == [0, 1, 2]
    without_a = next(fold for fold in found.folds if 0 in fold.test)
    assert not set(without_a.train) & {0, 3, 4}


def test_a_table_must_be_whole():
    with pytest.raises(ParameterError, match="one length"):
        Table(("a",), np.zeros(2), ("x", "y"))
    with pytest.raises(ParameterError, match="nobody has judged"):
        Table(("a",), np.array([np.nan]), ("x",))
    with pytest.raises(ParameterError, match="finite"):
        Block("image", np.array([[np.inf]]))
    with pytest.raises(ParameterError, match="as many"):
        Block("image", np.zeros((2, 2)), ("one",))
