"""What may be shown now: photos that rest, are closed, or were shown often enough; and sides.

The guards are the same whoever chooses: pairs alone (`chooser`), or pairs beside ratings
(`mixed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.scaling.comparisons import Comparisons

__all__ = [
    "ChoiceState",
    "allowed_pairs",
    "allowed_photos",
    "joining",
    "pairs_within_rules",
    "sided",
]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Pair = tuple[int, int]

_SPARE_EXPOSURES = 2


@dataclass(frozen=True, eq=False)
class ChoiceState:
    """What the choice depends on.

    Parameters
    ----------
    comparisons : Comparisons
        All answers so far that count, of all participants.
    recent : tuple of tuples of int
        Photos of the trials that this participant has just seen, the last one last, whatever
        kind of trial they were.
    closed : frozenset of int
        Photos that may not be shown in this trial, by rules of the session's own: those of other
        categories, or seen often enough by this participant.
    alone : ndarray of int64, shape (k,), optional
        How often each photo was shown by itself, to be rated or looked at. Default: never.
    """

    comparisons: Comparisons
    recent: tuple[tuple[int, ...], ...] = ()
    closed: frozenset[int] = frozenset()
    alone: Ints | None = None

    @cached_property
    def open(self) -> Bools:
        """Photos that may be shown, shape (k,)."""
        may = np.ones(len(self.comparisons.items), np.bool_)
        may[list(self.closed)] = False
        return may

    @cached_property
    def shown(self) -> Ints:
        """How often each photo was shown, in pairs and alone, shape (k,)."""
        shown = self.comparisons.shown
        return shown if self.alone is None else np.asarray(shown + self.alone)

    def resting(self, trials: int) -> Bools:
        """Photos that this participant saw in the last trials, shape (k,)."""
        seen = np.zeros(len(self.comparisons.items), np.bool_)
        for photos in self.recent[-trials:] if trials else ():
            seen[list(photos)] = True
        return seen


def allowed_pairs(first: Ints, second: Ints, state: ChoiceState, rules: ChooserRules) -> Bools:
    """Pairs within the rules; where there is none, within fewer of them."""
    allowed = pairs_within_rules(first, second, state, rules)
    if allowed.any():
        return allowed
    may = state.open[first] & state.open[second]
    fresh = may & ~_just_seen(first, second, state)
    return fresh if fresh.any() else may


def allowed_photos(state: ChoiceState, rules: ChooserRules) -> Bools:
    """Photos that may be shown alone, within the rules; where there is none, within fewer."""
    allowed = _fit(state, rules)
    if allowed.any():
        return allowed
    fresh = state.open & ~state.resting(1)
    return fresh if fresh.any() else state.open


def pairs_within_rules(first: Ints, second: Ints, state: ChoiceState, rules: ChooserRules) -> Bools:
    """Pairs of photos that do not rest, and were not shown too often."""
    fit = _fit(state, rules)
    return np.asarray(fit[first] & fit[second] & ~_just_seen(first, second, state))


def joining(state: ChoiceState, rules: ChooserRules, rng: np.random.Generator) -> Pair | None:
    """A random pair between the two smallest parts; None where all is connected."""
    part = state.comparisons.parts
    sizes = np.bincount(part[state.open], minlength=part.max() + 1)
    if np.count_nonzero(sizes) < 2:
        return None
    fit = state.open & ~state.resting(rules.rest)
    if len(np.unique(part[fit])) < 2:
        fit = state.open
    order = np.lexsort((rng.random(len(sizes)), sizes))
    members = [np.flatnonzero((part == number) & fit) for number in order]
    one, other = [photos for photos in members if len(photos)][:2]
    return int(rng.choice(one)), int(rng.choice(other))


def sided(pair: Pair, comparisons: Comparisons, rng: np.random.Generator) -> Pair:
    """Left and right: as the pair was not shown yet, else as balances its photos."""
    one, other = pair
    left = np.where(comparisons.first_left, comparisons.first, comparisons.second)
    right = np.where(comparisons.first_left, comparisons.second, comparisons.first)
    straight = int(((left == one) & (right == other)).sum())
    mirrored = int(((left == other) & (right == one)).sum())
    if straight == mirrored:
        straight = int((left == one).sum()) - int((right == one).sum())
        mirrored = int((left == other).sum()) - int((right == other).sum())
    if straight == mirrored:
        straight += int(rng.choice([-1, 1]))
    return (one, other) if straight < mirrored else (other, one)


def _fit(state: ChoiceState, rules: ChooserRules) -> Bools:
    most = rules.exposure * state.shown[state.open].mean() + _SPARE_EXPOSURES
    return np.asarray(state.open & ~state.resting(rules.rest) & (state.shown < most))


def _just_seen(first: Ints, second: Ints, state: ChoiceState) -> Bools:
    """Which pairs are the one that this participant saw last."""
    if not state.recent or len(state.recent[-1]) != 2:
        return np.zeros(len(first), np.bool_)
    low, high = sorted(state.recent[-1])
    return np.asarray((np.minimum(first, second) == low) & (np.maximum(first, second) == high))
