"""The next pair: by expected gain, within the rules.

In this order:

1. Photos that nothing connects are joined, smallest parts first: half as many random pairs as
   photos, then pairs of pairs, and so on (a random spanning matching).
2. A share of trials has a pair at random.
3. Else the pair of the largest expected gain, of information or of certainty about the values
   from 0 to 1; above some hundred photos, the next of a batch:
   pairs taken by gain, each photo at most once, from the state at the batch's beginning.

Photos that were just seen rest, no photo is shown much more often than others, and sides are
balanced, first of the pair, then of its photos. The choice is a function of the answers, of what
the participant saw last, and of the generator: with a generator made from the study's seed and the
trial's number, a study that was killed goes on with the same pair, and the next one can be
prepared for every answer while the question is still on the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.gain import (
    Information,
    PairGains,
    greedy_matching,
    pair_gains,
)
from napari_lesion_synth.perception.choice.guards import (
    ChoiceState,
    Pair,
    allowed_pairs,
    joining,
    pairs_within_rules,
    sided,
)
from napari_lesion_synth.perception.choice.model import PosteriorModel, fingerprint
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.choice.value_gain import value_gains
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.links import Link

__all__ = ["ChoiceState", "Chooser", "PairChoice"]

By = Literal["connect", "random", "balanced", "gain"]

_ROUNDING = 1e-9
"""Gains that differ by a smaller share are equal but for rounding."""


@dataclass(frozen=True, slots=True)
class PairChoice:
    """A pair to ask.

    Parameters
    ----------
    left, right : int
        Photos, as numbers among the comparisons' items.
    chosen_by : "connect", "random", "balanced" or "gain"
        Why; only pairs by "random" say without bias how well the model predicts.
    gain : float or None
        Expected gain, where it was why: in bits, or as a fall of variance in units of utility.
    """

    left: int
    right: int
    chosen_by: By
    gain: float | None = None


@dataclass(eq=False)
class Chooser:
    """Chooses pairs for a study.

    Parameters
    ----------
    model : PosteriorModel
        Of the study.
    rules : ChooserRules
        Fixed before the study.
    references : tuple of int, optional
        Photos that stand for 0 and 1, where the values are anchored at such.
    """

    model: PosteriorModel
    rules: ChooserRules = field(default_factory=ChooserRules)
    references: tuple[int, int] | None = None
    _batch: tuple[bytes, list[tuple[Pair, float]]] | None = field(
        default=None, init=False, repr=False
    )
    _known: tuple[Link, Information] | None = field(default=None, init=False, repr=False)

    def next(self, state: ChoiceState, rng: np.random.Generator) -> PairChoice:
        """The next pair.

        Parameters
        ----------
        state : ChoiceState
            What was answered and seen.
        rng : numpy.random.Generator
            Of this trial.

        Raises
        ------
        ParameterError
            If fewer than 2 photos may be shown.
        """
        if np.count_nonzero(state.open) < 2:
            raise ParameterError(
                "fewer than 2 photos may be shown: there is no pair",
                remedy="Add photos, or show each more often",
            )
        pair, by, gain = self._pair(state, rng)
        left, right = sided(pair, state.comparisons, rng)
        return PairChoice(left, right, by, gain)

    def prepare(
        self,
        state: ChoiceState,
        asked: PairChoice,
        rng: np.random.Generator,
        outcomes: Sequence[float] = (1.0, 0.0),
        closed: frozenset[int] | None = None,
    ) -> dict[float, PairChoice]:
        """The pair after the one that is on the screen, for each answer to it.

        Parameters
        ----------
        state : ChoiceState
            Before the answer.
        asked : PairChoice
            The pair on the screen.
        rng : numpy.random.Generator
            Of the next trial; left as it is.
        outcomes : sequence of float
            Answers to prepare for: 1 for the left photo, 0 for the right one, 0.5 for a tie.
        closed : frozenset of int, optional
            Photos that may not be shown in the next trial. Default: those of this one.

        Returns
        -------
        dict
            What `next` chooses after each answer.
        """
        recent = (*state.recent, (asked.left, asked.right))
        prepared = {}
        for outcome in outcomes:
            answered = state.comparisons.answered(asked.left, asked.right, outcome)
            barred = state.closed if closed is None else closed
            after = ChoiceState(answered, recent, barred)
            prepared[outcome] = self.next(after, deepcopy(rng))
        return prepared

    def _pair(self, state: ChoiceState, rng: np.random.Generator) -> tuple[Pair, By, float | None]:
        if self.rules.connect_first and (pair := joining(state, self.rules, rng)):
            return pair, "connect", None
        if self.rules.by == "random" or rng.random() < self.rules.random_share:
            return self._random(state, rng, balanced=False), "random", None
        if self.rules.by == "balanced":
            return self._random(state, rng, balanced=True), "balanced", None
        if len(state.comparisons.items) > self.rules.sequential_up_to:
            found = self._from_batch(state)
            if found is not None:
                return found[0], "gain", found[1]
        gains = self._gains(state.comparisons, rng)
        gain = np.where(
            allowed_pairs(gains.first, gains.second, state, self.rules), gains.gain, -np.inf
        )
        best = rng.choice(np.flatnonzero(gain >= gain.max() * (1 - _ROUNDING)))
        return gains.pair(best), "gain", float(gain[best])

    def _gains(self, comparisons: Comparisons, rng: np.random.Generator) -> PairGains:
        posterior = self.model.posterior(comparisons)
        if self._known is None or self._known[0] != posterior.link:
            self._known = posterior.link, Information.of(posterior.link)
        if self.rules.by == "values":
            return value_gains(posterior, rng, self.references, self._known[1])
        return pair_gains(posterior, self._known[1])

    def _random(self, state: ChoiceState, rng: np.random.Generator, *, balanced: bool) -> Pair:
        first, second = np.triu_indices(len(state.comparisons.items), 1)
        open_ = np.flatnonzero(allowed_pairs(first, second, state, self.rules))
        if balanced:
            shown = state.shown
            seen = shown[first[open_]] + shown[second[open_]]
            open_ = open_[seen == seen.min()]
        chosen = rng.choice(open_)
        return int(first[chosen]), int(second[chosen])

    def _from_batch(self, state: ChoiceState) -> tuple[Pair, float] | None:
        """The next pair of the current batch that may be asked; None where none is left."""
        answers, size = len(state.comparisons), len(state.comparisons.items) // 2
        start = answers // size * size
        past = state.comparisons.only(slice(start))
        key = fingerprint(past)
        if self._batch is None or self._batch[0] != key:
            # Not the trial's generator: whichever trial comes first in the batch makes it.
            gains = self._gains(past, np.random.default_rng(list(key)))
            matched = greedy_matching(gains)
            self._batch = key, [(gains.pair(row), float(gains.gain[row])) for row in matched]
        since = state.comparisons.only(slice(start, None))
        asked = {frozenset(pair) for pair in zip(since.first, since.second, strict=True)}
        left = [entry for entry in self._batch[1] if frozenset(entry[0]) not in asked]
        if not left:
            return None
        pairs = np.array([pair for pair, _ in left])
        open_ = np.flatnonzero(pairs_within_rules(pairs[:, 0], pairs[:, 1], state, self.rules))
        return left[open_[0]] if len(open_) else None
