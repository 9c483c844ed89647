"""Alternative free-response curves: lesions found against healthy CTs with a false alarm.

References
----------
.. [1] D. P. Chakraborty, L. H. L. Winter, "Free-response methodology: alternate analysis and a
   new observer-performance experiment", Radiology 174, 1990.
.. [2] D. P. Chakraborty, K. S. Berbaum, "Observer studies involving detection and localization",
   Med. Phys. 31, 2004: the area as a share of pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.evaluation.counts import one_rule
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure
from napari_lesion_synth.intervals import patient_numbers

__all__ = ["Afroc", "afroc"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Afroc:
    """A curve from (0, 0) to (1, 1) and the area under it.

    Parameters
    ----------
    rule : str
        What a hit was, in words.
    false_share : ndarray, shape (K,)
        Share of healthy CTs with a false alarm of at least the threshold.
    sensitivity : ndarray, shape (K,)
        Share of lesions found.
    lesions, cts : int
        Lesions, and healthy CTs (or all, where that was asked for).
    figure : Figure
        The area, for intervals.
    """

    rule: str
    false_share: Array
    sensitivity: Array
    lesions: int
    cts: int
    figure: Figure

    @property
    def area(self) -> float:
        """How often a lesion scores above the worst false alarm of a CT; ties count half.

        A lesion not found, and a CT without false alarm, have the lowest score of all. So the
        last stretch of the curve, from all findings to (1, 1), is a straight line to which no
        finding belongs: that is the convention, and the area holds it. NaN without lesions or
        without CTs.
        """
        return float(self.figure.values[0])


def afroc(results: Sequence[CaseResult], *, healthy_only: bool = True) -> Afroc:
    """The curve of one detector.

    Parameters
    ----------
    results : sequence of CaseResult
        Of one detector.
    healthy_only : bool
        Take false alarms in CTs without any lesion only (AFROC); else in all (AFROC1).

    Raises
    ------
    ParameterError
        If there are no results, their rules differ, or a CT is there twice.
    """
    rule = one_rule(results)
    names, owner = patient_numbers([result.patient for result in results])
    of_lesion, lesion = [], []
    of_ct, worst = [], []
    for patient, result in zip(owner, results, strict=True):
        lesion += [-np.inf if les.score is None else les.score for les in result.lesions]
        of_lesion += [patient] * len(result.lesions)
        if result.healthy or not healthy_only:
            false = result.marked(Outcome.FALSE)
            worst.append(false[0].score if false else -np.inf)
            of_ct.append(patient)
    scores, alarms = np.array(lesion, np.float64), np.array(worst, np.float64)
    own, other = np.array(of_lesion, np.int64), np.array(of_ct, np.int64)
    thresholds = np.unique(np.concatenate([scores, alarms]))[::-1]
    return Afroc(
        rule,
        _reaching(alarms, thresholds),
        _reaching(scores, thresholds),
        len(scores),
        len(alarms),
        _area(tuple(names), (scores, own), (alarms, other)),
    )


def _reaching(scores: Array, thresholds: Array) -> Array:
    """Share that reaches each threshold, after a first point at 0."""
    if not len(scores):
        return np.full(len(thresholds) + 1, np.nan)
    share = len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
    return np.concatenate([[0.0], share / len(scores)])


def _area(
    patients: tuple[str, ...],
    lesions: tuple[Array, NDArray[np.int64]],
    cts: tuple[Array, NDArray[np.int64]],
) -> Figure:
    (scores, own), (alarms, other) = lesions, cts
    n = len(patients)
    wins = (scores[:, None] > alarms).astype(np.float64) + (scores[:, None] == alarms) / 2
    pairs = np.zeros((n, n))
    np.add.at(pairs, (own[:, None], other[None, :]), wins)
    had = np.bincount(own, minlength=n).astype(np.float64)
    seen = np.bincount(other, minlength=n).astype(np.float64)

    def of(weights: Array) -> Array:
        whole = (weights @ had) * (weights @ seen)
        won = np.einsum("rp,pq,rq->r", weights, pairs, weights, optimize=True)
        area = np.full(len(weights), np.nan)
        np.divide(won, whole, out=area, where=whole > 0)
        return area[:, None]

    return Figure(patients, of, int((had > 0).sum()))
