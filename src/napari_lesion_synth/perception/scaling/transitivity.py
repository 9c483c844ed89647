"""Circular triads: A before B, B before C, and C before A.

A rater who knows what they like makes few; one who answers at random makes them in a quarter of
all triads. Kendall and Babington Smith's zeta [1]_ is 1 without any, and 0 with as many as there
can be. Where not all pairs were asked, only the triads count of which all three were.

References
----------
.. [1] M. G. Kendall, B. Babington Smith, "On the method of paired comparisons", Biometrika 31,
   1940.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.scaling.comparisons import Comparisons

__all__ = ["Triads", "circular_triads"]

Array = NDArray[np.float64]
_RANDOM_RATERS = 1000


@dataclass(frozen=True, slots=True)
class Triads:
    """Circular triads of one rater.

    Parameters
    ----------
    rater : str
        Who.
    triads : int
        Triads of which all three pairs were answered, ties left out.
    circular : int
        Those that go round.
    share : float
        Of the triads; NaN where there are none. 0.25 is chance.
    zeta : float or None
        1 - circular / most that there can be; None where not all pairs of the photos that the
        rater saw are decided.
    p : float
        Share of raters at random, asked the same pairs, with as few circular triads; NaN where
        there are no triads.
    """

    rater: str
    triads: int
    circular: int
    share: float
    zeta: float | None
    p: float


def circular_triads(comparisons: Comparisons, rng: np.random.Generator) -> tuple[Triads, ...]:
    """Circular triads of each rater.

    A pair asked several times is decided by the majority of its answers, and left out where
    there is none.

    Parameters
    ----------
    comparisons : Comparisons
        Of any raters.
    rng : numpy.random.Generator
        For raters at random.
    """
    return tuple(
        _of_one(name, comparisons.only(comparisons.rater == number), rng)
        for number, name in enumerate(comparisons.raters)
    )


def _of_one(rater: str, own: Comparisons, rng: np.random.Generator) -> Triads:
    seen = np.flatnonzero(own.shown)
    place = np.zeros(len(own.items), np.int64)
    place[seen] = np.arange(len(seen))
    balance = np.zeros((len(seen), len(seen)))
    np.add.at(balance, (place[own.first], place[own.second]), 2 * own.outcome - 1)
    beats = ((balance - balance.T) > 0).astype(np.float64)
    asked = beats + beats.T
    triads = round(float(np.einsum("ij,jk,ki->", asked, asked, asked, optimize=True)) / 6)
    circular = _circular(beats)
    if not triads:
        return Triads(rater, 0, 0, float("nan"), None, float("nan"))
    upper = np.triu(asked)
    fewer = 0
    for _ in range(_RANDOM_RATERS):
        won = np.triu(rng.random(upper.shape) < 0.5) * upper
        fewer += _circular(won + (upper - won).T) <= circular
    p = (1 + fewer) / (1 + _RANDOM_RATERS)
    n = len(seen)
    zeta = None
    if asked.sum() == n * (n - 1):
        zeta = 1 - 24 * circular / (n**3 - (n if n % 2 else 4 * n))
    return Triads(rater, triads, circular, circular / triads, zeta, p)


def _circular(beats: Array) -> int:
    """Each circular triad closes a walk of three steps from each of its corners."""
    return round(float(((beats @ beats) * beats.T).sum()) / 3)
