"""What is shown when chance decides: balanced, connected, and shared among the participants.

Each function makes the beginning of one endless sequence that belongs to the study. Participant
`p` gets its own stretch of it, so that all participants together are balanced as one would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

__all__ = ["is_connected", "pair_sequence", "set_sequence", "single_sequence", "stretch"]

_TRIES = 200


def stretch(
    sequence: Iterator[tuple[str, ...]], participant: int, length: int
) -> list[tuple[str, ...]]:
    """The part of an endless sequence that one participant gets."""
    return list(islice(sequence, participant * length, (participant + 1) * length))


def pair_sequence(names: Sequence[str], rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Pairs in rounds: in each round everything is compared once.

    A tournament by the circle method with names drawn at random. Any two of its rounds that
    follow each other form one closed chain through all names, so the comparisons are connected
    after two rounds; after all rounds, every pair was there once, and a new tournament begins.

    Parameters
    ----------
    names : sequence of str
        At least 2. With an odd number, one pauses in each round.
    rng : numpy.random.Generator
        Draws the names' places.

    Yields
    ------
    tuple of str
        In no particular order within the pair.

    References
    ----------
    .. [1] W. D. Wallis, "One-Factorizations", Kluwer, 1997: the factorisation GK(2n), in which
       the union of two neighbouring factors is a Hamiltonian circuit.
    """
    while True:
        drawn: list[str | None] = [names[k] for k in rng.permutation(len(names))]
        if len(drawn) % 2:
            drawn.append(None)
        middle, ring = drawn[0], drawn[1:]
        n = len(ring)
        for round_ in range(n):
            matches = [(middle, ring[round_])] + [
                (ring[(round_ + k) % n], ring[(round_ - k) % n]) for k in range(1, (n + 1) // 2)
            ]
            for place in rng.permutation(len(matches)):
                a, b = matches[place]
                if a is not None and b is not None:
                    yield a, b


def set_sequence(
    names: Sequence[str], size: int, rng: np.random.Generator
) -> Iterator[tuple[str, ...]]:
    """Sets of `size` different names; each name comes once before any comes again.

    The first two rounds are drawn so that they are connected, where that is possible.

    Parameters
    ----------
    names : sequence of str
        At least `size`.
    size : int
        At least 2.
    rng : numpy.random.Generator
        Source of randomness.
    """
    n = len(names)
    half = -(-n // size)
    for _ in range(_TRIES):
        first = list(islice(_sets(names, size, rng), 2 * half))
        if is_connected(first, names):
            break
    yield from first
    counts = {name: sum(name in group for group in first) for name in names}
    owed = [name for name in names if counts[name] < max(counts.values())]
    yield from _sets(names, size, rng, [owed[k] for k in rng.permutation(len(owed))])


def single_sequence(names: Sequence[str], rng: np.random.Generator) -> Iterator[tuple[str]]:
    """Names one by one; each comes once before any comes again."""
    while True:
        for place in rng.permutation(len(names)):
            yield (names[place],)


def is_connected(groups: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    """Whether every name is linked to every other one by a chain of comparisons."""
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    for group in groups:
        for name in group[1:]:
            root[find(name)] = find(group[0])
    return len({find(name) for name in names}) <= 1


def _sets(
    names: Sequence[str], size: int, rng: np.random.Generator, queue: Sequence[str] = ()
) -> Iterator[tuple[str, ...]]:
    waiting = list(queue)
    while True:
        group: list[str] = []
        while len(group) < size:
            if not any(name not in group for name in waiting):
                waiting += [names[k] for k in rng.permutation(len(names))]
            # A name that is in the set already waits for the next one.
            place = next(k for k, name in enumerate(waiting) if name not in group)
            group.append(waiting.pop(place))
        yield tuple(group)
