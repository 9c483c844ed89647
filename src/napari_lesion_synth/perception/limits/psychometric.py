"""How likely an answer is, given the level: psychometric functions.

With s = 1 - exp(-(level / threshold)^slope), Weibull's function [1]_, the share of answers that
the level decides, and l the lapse rate, the share that it does not however high it is:

- ``2afc`` (which of two has it?): P(right) = 1/2 + (1/2 - l) s;
- ``yes-no`` (is it there?): P(yes) = f + (1 - f - l) s, where f is the share of yes without it;
- ``change`` (which is more delicious: the original, or the changed?): P(original) = 1/2 + d (1/2 -
  l) s, where d = 1 if the change makes it worse and -1 if it makes it better. The threshold is the
  point of subjective change.

At the threshold s is 63 %; `level_at` gives the level of any other share.

References
----------
.. [1] W. Weibull, "A statistical distribution function of wide applicability", J. Appl. Mech. 18,
   1951; as a psychometric function: A. B. Watson, "Probability summation over time", Vision
   Research 19, 1979.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Psychometric", "Task", "level_at", "seen"]

Array = NDArray[np.float64]

Task: TypeAlias = Literal["2afc", "yes-no", "change"]


def seen(level: Array | float, threshold: Array | float, slope: Array | float) -> Array:
    """Share of answers that the level decides; 0 at level 0."""
    with np.errstate(over="ignore"):  # what is beyond all numbers is seen
        return np.asarray(-np.expm1(-((np.asarray(level, np.float64) / threshold) ** slope)))


def level_at(share: float, threshold: Array | float, slope: Array | float) -> Array:
    """Level that decides a share of the answers, above 0 and below 1: inverse of `seen`."""
    return np.asarray(threshold * (-np.log1p(-share)) ** (1 / np.asarray(slope)))


@dataclass(frozen=True, eq=False)
class Psychometric:
    """One psychometric function, or many at once.

    Parameters
    ----------
    task : "2afc", "yes-no" or "change"
        What is asked.
    threshold, slope, lapse : ndarray of float64, shape (p,)
        Of each function.
    false_alarms : ndarray of float64, shape (p,)
        Share of yes without anything there; used by "yes-no".
    direction : ndarray of float64, shape (p,)
        1 for worse, -1 for better; used by "change".
    """

    task: Task
    threshold: Array
    slope: Array
    lapse: Array
    false_alarms: Array
    direction: Array

    def chance(self, level: Array | float) -> Array:
        """P(right), P(yes) or P(original), of shape (..., p) for levels of any shape."""
        decided = seen(np.asarray(level, np.float64)[..., None], self.threshold, self.slope)
        if self.task == "yes-no":
            kept = 1 - self.false_alarms - self.lapse
            return np.asarray(self.false_alarms + kept * decided)
        way = self.direction if self.task == "change" else 1.0
        return np.asarray(0.5 + way * (0.5 - self.lapse) * decided)
