from __future__ import annotations

from collections import Counter
from itertools import combinations, islice

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.perception.design.random_design import (
    is_connected,
    pair_sequence,
    set_sequence,
    single_sequence,
    stretch,
)

seeds = st.integers(0, 2**32 - 1)


def names(n: int) -> list[str]:
    return [f"p{k}" for k in range(n)]


def counts(groups, items) -> list[int]:
    found = Counter(name for group in groups for name in group)
    return [found[name] for name in items]


@settings(deadline=None)
@given(st.integers(2, 20), seeds)
def test_a_tournament_has_every_pair_once_and_then_begins_anew(n, seed):
    items, every = names(n), n * (n - 1) // 2
    sequence = pair_sequence(items, np.random.default_rng(seed))
    expected = Counter(frozenset(pair) for pair in combinations(items, 2))
    for _ in range(2):
        assert Counter(frozenset(pair) for pair in islice(sequence, every)) == expected


@settings(deadline=None)
@given(st.integers(2, 20), seeds)
def test_pairs_are_connected_after_two_rounds(n, seed):
    items = names(n)
    first = list(islice(pair_sequence(items, np.random.default_rng(seed)), 2 * (n // 2)))
    assert is_connected(first, items)


@settings(deadline=None)
@given(st.integers(2, 20), st.integers(0, 80), seeds)
def test_at_any_moment_no_photo_is_ahead_by_more_than_two(n, length, seed):
    items = names(n)
    first = list(islice(pair_sequence(items, np.random.default_rng(seed)), length))
    assert np.ptp(counts(first, items)) <= (1 if n % 2 == 0 else 2)


@settings(deadline=None)
@given(st.integers(2, 12), st.integers(1, 30), st.integers(1, 5), seeds)
def test_participants_get_stretches_that_join_to_the_whole(n, length, participants, seed):
    def sequence():
        return pair_sequence(names(n), np.random.default_rng(seed))

    parts = [stretch(sequence(), p, length) for p in range(participants)]
    assert [pair for part in parts for pair in part] == list(
        islice(sequence(), participants * length)
    )


@settings(deadline=None)
@given(st.integers(3, 5), st.integers(0, 12), st.integers(1, 60), seeds)
def test_sets_hold_different_photos_and_all_photos_equally_often(size, more, length, seed):
    items = names(size + more)
    sets = list(islice(set_sequence(items, size, np.random.default_rng(seed)), length))
    assert all(len(set(group)) == size for group in sets)
    assert np.ptp(counts(sets, items)) <= 2


@settings(deadline=None)
@given(st.integers(3, 5), st.integers(0, 30), seeds)
def test_sets_are_connected_after_two_rounds(size, more, seed):
    items = names(size + more)
    rounds = 2 * -(-len(items) // size)
    sets = list(islice(set_sequence(items, size, np.random.default_rng(seed)), rounds))
    assert is_connected(sets, items)


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(0, 40), seeds)
def test_single_photos_come_equally_often(n, length, seed):
    items = names(n)
    shown = list(islice(single_sequence(items, np.random.default_rng(seed)), length))
    assert np.ptp(counts(shown, items)) <= 1


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3), max_size=8))
def test_connection_is_what_graph_theory_calls_so(groups):
    graph = nx.Graph()
    graph.add_nodes_from("abcdef")
    for group in groups:
        nx.add_path(graph, group)
    assert is_connected(groups, "abcdef") == nx.is_connected(graph)
