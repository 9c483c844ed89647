from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.perception.design.order import (
    balanced_order,
    recently,
    side_first,
    sided,
    spaced,
    williams,
)

seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(st.integers(1, 14))
def test_in_a_williams_square_everything_stands_everywhere_and_follows_everything(n):
    square = williams(n)
    times = 1 if n % 2 == 0 else 2
    assert square.shape == (n * times, n)
    for row in square:
        assert sorted(row) == list(range(n))
    for column in square.T:
        assert set(Counter(column.tolist()).values()) == {times}
    followers = Counter((int(a), int(b)) for row in square for a, b in pairwise(row))
    assert set(followers.values()) <= {times}
    assert len(followers) == n * (n - 1)


@settings(deadline=None)
@given(st.integers(2, 9), seeds)
def test_participants_get_the_rows_of_one_square(n, seed):
    rows = len(williams(n))
    orders = [balanced_order(n, p, np.random.default_rng(seed)) for p in range(rows)]
    for place in range(n):
        assert set(Counter(order[place] for order in orders).values()) == {rows // n}
    assert balanced_order(n, rows, np.random.default_rng(seed)) == orders[0]


pairs = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")).filter(
        lambda pair: pair[0] != pair[1]
    ),
    max_size=60,
)


@settings(deadline=None)
@given(pairs, seeds)
def test_each_photo_is_left_as_often_as_right(given_pairs, seed):
    found = sided(given_pairs, np.random.default_rng(seed))
    assert [set(pair) for pair in found] == [set(pair) for pair in given_pairs]
    left, right = Counter(a for a, _ in found), Counter(b for _, b in found)
    assert all(abs(left[name] - right[name]) <= 1 for name in "abcdefgh")


def test_sides_differ_between_seeds():
    given_pairs = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")] * 2
    found = {tuple(sided(given_pairs, np.random.default_rng(k))) for k in range(20)}
    assert len(found) > 5


def test_one_by_one_the_photo_that_was_less_often_left_goes_left():
    rng = np.random.default_rng(0)
    assert side_first(-1, 1, rng) is True
    assert side_first(2, 1, rng) is False
    assert {side_first(0, 0, rng) for _ in range(30)} == {True, False}


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(0, 4), seeds)
def test_showings_of_a_photo_are_kept_apart_where_there_are_enough_photos(spacing, rounds, seed):
    rng = np.random.default_rng(seed)
    names = [f"p{k}" for k in range(4 * (spacing + 1) * 2)]
    trials = []
    for _ in range(rounds):
        drawn = rng.permutation(names)
        trials += [tuple(pair) for pair in drawn.reshape(-1, 2)]
    order = spaced(trials, spacing, rng)
    assert sorted(order) == list(range(len(trials)))
    for place, index in enumerate(order):
        near = recently([trials[k] for k in order[:place]], spacing)
        assert near.isdisjoint(trials[index])


def test_where_the_distance_cannot_be_kept_every_trial_still_comes():
    trials = [("a", "b"), ("a", "c"), ("a", "d")]
    assert sorted(spaced(trials, 2, np.random.default_rng(0))) == [0, 1, 2]


@pytest.mark.parametrize(("spacing", "expected"), [(0, set()), (1, {"c"}), (2, {"b", "c"})])
def test_recent_photos_are_those_of_the_last_trials(spacing, expected):
    assert recently([("a",), ("b", "c"), ("c",)], spacing) == expected
