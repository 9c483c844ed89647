from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.transitivity import circular_triads


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def round_robin(wins: np.ndarray) -> Comparisons:
    """All pairs of one rater; the first of each wins where `wins` says so."""
    n = len(wins)
    pairs = list(combinations(range(n), 2))
    outcome = [float(wins[i, j]) for i, j in pairs]
    return Comparisons.of(tuple(f"p{i}" for i in range(n)), pairs, outcome)


def test_an_order_has_no_circular_triad():
    (found,) = circular_triads(round_robin(np.triu(np.ones((7, 7)))), rng())

    assert (found.triads, found.circular, found.zeta) == (35, 0, 1.0)
    assert found.p < 0.02


@pytest.mark.parametrize(("n", "most"), [(5, 5), (7, 14)])
def test_a_regular_tournament_has_as_many_as_there_can_be(n, most):
    """Each photo beats the half that follows it in a circle."""
    wins = np.array([[0 < (j - i) % n <= n // 2 for j in range(n)] for i in range(n)])

    (found,) = circular_triads(round_robin(wins), rng())

    assert (found.circular, found.zeta) == (most, pytest.approx(0))


def test_zeta_of_an_even_number_of_photos_is_that_of_kendall_and_babington_smith():
    """One circle of three among six: 8 circles would be the most, so zeta is 1 - 1/8."""
    wins = np.triu(np.ones((6, 6)))
    wins[0, 2] = 0  # 0 beats 1, 1 beats 2, 2 beats 0

    (found,) = circular_triads(round_robin(wins), rng())

    assert (found.circular, found.zeta) == (1, pytest.approx(1 - 1 / 8))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(3, 8))
def test_the_number_follows_from_the_scores(seed, n):
    """Kendall & Babington Smith: all triads less the pairs of wins of each photo."""
    asked = round_robin(rng(seed).random((n, n)) < 0.5)

    (found,) = circular_triads(asked, rng())

    won = np.bincount(asked.first, asked.outcome, n) + np.bincount(
        asked.second, 1 - asked.outcome, n
    )
    assert found.circular == n * (n - 1) * (n - 2) / 6 - (won * (won - 1) / 2).sum()


def test_chance_is_a_quarter_and_does_not_look_like_taste():
    found = circular_triads(round_robin(rng(3).random((25, 25)) < 0.5), rng())[0]

    assert found.share == pytest.approx(0.25, abs=0.04)
    assert found.p > 0.02


def test_only_triads_that_were_asked_count_and_ties_do_not():
    asked = Comparisons.of(
        tuple("abcd"),
        [(0, 1), (1, 2), (2, 0), (2, 3), (3, 0), (1, 0), (0, 1)],
        [1, 1, 1, 1, 0.5, 1, 1],
    )

    (found,) = circular_triads(asked, rng())

    # a-b is 2 : 1 for a; a-d is a tie, so that of two triads one is left.
    assert (found.triads, found.circular, found.zeta) == (1, 1, None)


def test_each_rater_is_judged_alone_and_one_without_triads_not_at_all():
    asked = Comparisons.of(
        tuple("abc"),
        [(0, 1), (1, 2), (2, 0), (0, 1)],
        [1, 1, 1, 1],
        rater=[0, 0, 0, 1],
        raters=("round", "short", "none"),
    )

    found = circular_triads(asked, rng())

    assert [t.circular for t in found] == [1, 0, 0]
    assert [t.triads for t in found] == [1, 0, 0]
    assert np.isnan(found[1].share)
    assert np.isnan(found[2].p)
