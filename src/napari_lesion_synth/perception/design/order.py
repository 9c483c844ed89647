"""Orders that are balanced: Latin squares, sides, and the distance between two showings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["balanced_order", "recently", "side_first", "sided", "spaced", "williams"]

Pair = tuple[str, str]
_TRIES = 30


def williams(n: int) -> NDArray[np.int64]:
    """A Latin square in which everything follows everything else equally often.

    Parameters
    ----------
    n : int
        Number of conditions.

    Returns
    -------
    ndarray of int, shape (n, n) for even `n`, (2 n, n) for odd
        Each row is an order. Each condition stands in each place equally often, and each ordered
        pair of neighbours is there once (even) or twice (odd).

    References
    ----------
    .. [1] E. J. Williams, "Experimental designs balanced for the estimation of residual effects
       of treatments", Aust. J. Sci. Res. A 2, 1949.
    """
    zigzag = np.array([(k + 1) // 2 if k % 2 else -(k // 2) for k in range(n)], np.int64)
    square = (zigzag[None, :] + np.arange(n)[:, None]) % n
    return square if n % 2 == 0 else np.concatenate([square, square[:, ::-1]])


def balanced_order(n: int, participant: int, rng: np.random.Generator) -> list[int]:
    """The order of `n` blocks for one participant.

    Parameters
    ----------
    n : int
        Number of blocks.
    participant : int
        Number of the participant; as many as the square has rows are balanced exactly.
    rng : numpy.random.Generator
        The study's, in the same state for all participants: it names the square's conditions.
    """
    names = rng.permutation(n)
    square = williams(n)
    return [int(names[k]) for k in square[participant % len(square)]]


def sided(pairs: Sequence[Pair], rng: np.random.Generator) -> list[Pair]:
    """Give each pair a left and a right, so that each photo is left as often as right.

    The pairs are the edges of a graph; photos with an odd number of them are joined to one
    more. Walking along all edges in closed tours leaves every photo as often as it reaches it.

    Parameters
    ----------
    pairs : sequence of tuple of str
        In any order within the pairs.
    rng : numpy.random.Generator
        Direction of the tours.

    Returns
    -------
    list of tuple of str
        The same pairs in the same order, (left, right). For each photo, the numbers of left and
        right differ by 1 at most.
    """
    edges: list[tuple[str | None, str | None]] = list(pairs)
    degree: dict[str, int] = {}
    for a, b in pairs:
        degree[a], degree[b] = degree.get(a, 0) + 1, degree.get(b, 0) + 1
    edges += [(None, name) for name, count in degree.items() if count % 2]
    left: list[bool] = [True] * len(edges)
    incident: dict[str | None, list[int]] = {}
    for number in rng.permutation(len(edges)):
        for end in edges[number]:
            incident.setdefault(end, []).append(int(number))
    used = [False] * len(edges)
    for begin in incident:
        _tour(begin, edges, incident, used, left)
    return [(a, b) if left[k] else (b, a) for k, (a, b) in enumerate(pairs)]


def side_first(lead: int, other_lead: int, rng: np.random.Generator) -> bool:
    """Whether the first of a pair goes left, for pairs that are chosen one by one.

    Parameters
    ----------
    lead, other_lead : int
        How much more often the first and the second photo were left than right.
    rng : numpy.random.Generator
        Decides where both are equal.
    """
    if lead == other_lead:
        return bool(rng.integers(2))
    return lead < other_lead


def recently(shown: Sequence[Sequence[str]], spacing: int) -> frozenset[str]:
    """Photos of the last `spacing` trials: those that must not be shown now."""
    if spacing == 0:
        return frozenset()
    return frozenset(name for stimuli in shown[-spacing:] for name in stimuli)


def spaced(trials: Sequence[Sequence[str]], spacing: int, rng: np.random.Generator) -> list[int]:
    """An order in which a photo comes back after `spacing` other trials at the earliest.

    At each step, of the trials that may come next, one whose photos have most trials left comes.
    Where no order was found that keeps the distance everywhere, the one that breaks it least
    often is taken.

    Parameters
    ----------
    trials : sequence of sequence of str
        Photos of each trial.
    spacing : int
        Trials between two showings.
    rng : numpy.random.Generator
        Decides between equals.

    Returns
    -------
    list of int
        Places in `trials`.
    """
    best: list[int] = list(range(len(trials)))
    fewest = len(trials) + 1
    for _ in range(_TRIES if spacing else 1):
        order, broken = _spaced_once(trials, spacing, rng)
        if broken < fewest:
            best, fewest = order, broken
        if broken == 0:
            break
    return best


def _spaced_once(
    trials: Sequence[Sequence[str]], spacing: int, rng: np.random.Generator
) -> tuple[list[int], int]:
    remaining = [int(place) for place in rng.permutation(len(trials))]
    left: dict[str, int] = {}
    for names in trials:
        for name in names:
            left[name] = left.get(name, 0) + 1
    order: list[int] = []
    broken = 0
    while remaining:
        near = recently([trials[place] for place in order[-spacing:]], spacing)
        free = [place for place in remaining if near.isdisjoint(trials[place])]
        broken += not free
        chosen = max(free or remaining, key=lambda place: sum(left[name] for name in trials[place]))
        remaining.remove(chosen)
        order.append(chosen)
        for name in trials[chosen]:
            left[name] -= 1
    return order, broken


def _tour(
    begin: str | None,
    edges: Sequence[tuple[str | None, str | None]],
    incident: dict[str | None, list[int]],
    used: list[bool],
    left: list[bool],
) -> None:
    """Walk from a photo along unused edges until none is left; all such walks are closed."""
    here = begin
    while True:
        ways = incident[here]
        while ways and used[ways[-1]]:
            ways.pop()
        if not ways:
            return
        edge = ways.pop()
        used[edge] = True
        left[edge] = edges[edge][0] == here
        here = edges[edge][1] if left[edge] else edges[edge][0]
