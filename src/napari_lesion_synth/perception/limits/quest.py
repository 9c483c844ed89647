"""Thresholds from few answers: each question is asked where its answer is expected to teach most.

QUEST+ [1]_: the posterior over a grid of thresholds, slopes and lapse rates follows from the
answers by Bayes; the next level is the one at which the posterior's expected entropy after the
answer is lowest. Everything is a function of the answers so far, so that a run that was cut off
goes on with the same level.

References
----------
.. [1] A. B. Watson, "QUEST+: a general multidimensional Bayesian adaptive psychometric method", J.
   Vision 17(3):10, 2017.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.limits.psychometric import Psychometric, Task, level_at

__all__ = ["Quest", "QuestGrid"]

Array = NDArray[np.float64]

_SAME = 1e-12
_SMALLEST = 1e-300


@dataclass(frozen=True, eq=False)
class QuestGrid:
    """Levels that can be asked, and what is thought possible.

    Parameters
    ----------
    task : "2afc", "yes-no" or "change"
        What is asked.
    levels : ndarray of float64, shape (k,)
        Above 0, rising: magnitude, contrast, duration.
    thresholds, slopes, lapses : ndarray of float64
        Values of each, rising; every combination is as likely before the first answer.
    false_alarms : ndarray of float64
        The same, for "yes-no".

    Raises
    ------
    ParameterError
        If an axis is empty, does not rise, or leaves its range.
    """

    task: Task
    levels: Array
    thresholds: Array
    slopes: Array
    lapses: Array
    false_alarms: Array

    @classmethod
    def over(
        cls,
        levels: Sequence[float] | Array,
        task: Task = "2afc",
        *,
        thresholds: int = 40,
        slopes: Sequence[float] = (1, 1.5, 2.2, 3.2, 4.6, 6.8, 10),
        lapses: Sequence[float] = (0, 0.02, 0.04, 0.06),
        false_alarms: Sequence[float] = (0.01, 0.05, 0.1, 0.2, 0.35),
    ) -> QuestGrid:
        """The usual grid: thresholds from the lowest to the highest level.

        Parameters
        ----------
        levels : sequence of float
            Levels that can be asked; thresholds lie as they do, evenly or by equal factors.
        task : "2afc", "yes-no" or "change"
            What is asked.
        thresholds : int
            How many.
        slopes, lapses, false_alarms : sequence of float
            Values that are thought possible; `false_alarms` for "yes-no" alone.
        """
        asked = np.asarray(levels, np.float64)
        places = np.linspace(0, max(len(asked) - 1, 0), thresholds)
        between = np.interp(places, np.arange(len(asked)), asked) if len(asked) else asked
        alarms = false_alarms if task == "yes-no" else (0.0,)
        return cls(
            task,
            asked,
            between,
            np.asarray(slopes, np.float64),
            np.asarray(lapses, np.float64),
            np.asarray(alarms, np.float64),
        )

    def __post_init__(self) -> None:
        ranges = {
            "levels": (self.levels, _SMALLEST, np.inf),
            "thresholds": (self.thresholds, _SMALLEST, np.inf),
            "slopes": (self.slopes, _SMALLEST, np.inf),
            "lapses": (self.lapses, 0.0, 0.5),
            "false_alarms": (self.false_alarms, 0.0, 0.5),
        }
        for name, (axis, low, high) in ranges.items():
            if axis.ndim != 1 or not len(axis) or (np.diff(axis) <= 0).any():
                raise ParameterError(f"{name} must be values that rise, at least one")
            if not (axis[0] >= low and axis[-1] <= high):
                raise ParameterError(
                    f"{name} lie outside their range",
                    remedy=f"Give values from {low:g} to {high:g}",
                )

    @property
    def directions(self) -> Array:
        """Worse, and for "change" also better."""
        return np.array([1.0, -1.0]) if self.task == "change" else np.array([1.0])

    @cached_property
    def functions(self) -> Psychometric:
        """All combinations, p of them."""
        axes = (self.thresholds, self.slopes, self.lapses, self.false_alarms, self.directions)
        mixed = [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]
        return Psychometric(self.task, *mixed)

    @cached_property
    def chances(self) -> Array:
        """P(right), P(yes) or P(original) at each level, shape (k, p)."""
        return self.functions.chance(self.levels)

    @cached_property
    def entropies(self) -> Array:
        """Entropy of an answer at each level, shape (k, p), in nats."""
        return np.asarray(entr(self.chances) + entr(1 - self.chances))

    def start(self) -> Quest:
        """Before the first answer."""
        p = len(self.functions.threshold)
        return Quest(self, np.full(p, 1 / p))

    def after(self, answers: Iterable[tuple[float, bool]]) -> Quest:
        """After answers, each a level and whether it was right, yes or for the original."""
        quest = self.start()
        for level, answer in answers:
            quest = quest.answered(level, answer)
        return quest


@dataclass(frozen=True, eq=False)
class Quest:
    """What the answers so far say.

    Parameters
    ----------
    grid : QuestGrid
        Levels and parameters.
    weights : ndarray of float64, shape (p,)
        Posterior probability of each combination.
    trials : int
        Answers so far.
    """

    grid: QuestGrid
    weights: Array
    trials: int = 0

    def next(self) -> float:
        """The level to ask; of equals, the lowest."""
        entropies = self.expected_entropies
        return float(self.grid.levels[np.flatnonzero(entropies <= entropies.min() + _SAME)[0]])

    @cached_property
    def expected_entropies(self) -> Array:
        """Entropy of the posterior that is expected after an answer at each level, shape (k,).

        In nats. By symmetry of what parameters and answer tell of each other [1]_ of `quest`,
        equation 8: H(parameters) - H(answer) + E[H(answer | parameters)].
        """
        answer = self.grid.chances @ self.weights
        unsure = entr(answer) + entr(1 - answer)
        return np.asarray(self.entropy - unsure + self.grid.entropies @ self.weights)

    @property
    def entropy(self) -> float:
        """Of the posterior, in nats."""
        return float(entr(self.weights).sum())

    def answered(self, level: float, answer: bool) -> Quest:
        """After one more answer.

        Parameters
        ----------
        level : float
            Any level, also one that is not on the grid; 0 where there is nothing.
        answer : bool
            Whether it was right, yes, or for the original.

        Raises
        ------
        ParameterError
            If the level is below 0.
        """
        if not 0 <= level < np.inf:
            raise ParameterError(f"{level:g} is no level", remedy="Give one of 0 or above")
        chance = self.grid.functions.chance(level)
        weights = self.weights * (chance if answer else 1 - chance)
        total = weights.sum()
        if total < _SMALLEST:  # an answer that the grid holds impossible teaches nothing
            return Quest(self.grid, self.weights, self.trials + 1)
        return Quest(self.grid, weights / total, self.trials + 1)

    @property
    def threshold(self) -> Interval:
        """Mean of the threshold, and its 95 % interval."""
        return self._figure(self.grid.functions.threshold)

    @property
    def slope(self) -> Interval:
        """Mean of the slope, and its 95 % interval."""
        return self._figure(self.grid.functions.slope)

    @property
    def lapse(self) -> Interval:
        """Mean of the lapse rate, and its 95 % interval."""
        return self._figure(self.grid.functions.lapse)

    @property
    def false_alarms(self) -> Interval:
        """Mean of the share of yes without anything there, and its 95 % interval."""
        return self._figure(self.grid.functions.false_alarms)

    @property
    def worse(self) -> float:
        """Probability that the change makes it worse."""
        return float(self.weights[self.grid.functions.direction > 0].sum())

    def level_at(self, share: float) -> Interval:
        """Level that decides a share of the answers: median and 95 % interval."""
        functions = self.grid.functions
        levels = level_at(share, functions.threshold, functions.slope)
        low, middle, high = _quantiles(levels, self.weights, (0.025, 0.5, 0.975))
        return Interval(middle, low, high)

    def chance(self, level: float) -> Interval:
        """P(right), P(yes) or P(original) at a level: mean and 95 % interval."""
        return self._figure(self.grid.functions.chance(level))

    def _figure(self, values: Array) -> Interval:
        low, high = _quantiles(values, self.weights, (0.025, 0.975))
        return Interval(float(values @ self.weights), low, high)


def _quantiles(values: Array, weights: Array, levels: Sequence[float]) -> list[float]:
    """Quantiles of values on a grid, each of which stands for the stretch around it."""
    distinct, place = np.unique(values, return_inverse=True)
    if len(distinct) == 1:
        return [float(distinct[0])] * len(levels)
    mass = np.bincount(place.ravel(), weights, len(distinct))
    middles = (distinct[1:] + distinct[:-1]) / 2
    edges = np.concatenate([distinct[:1], middles, distinct[-1:]])
    below = np.concatenate([[0.0], np.cumsum(mass)])
    return [float(np.interp(level * below[-1], below, edges)) for level in levels]
