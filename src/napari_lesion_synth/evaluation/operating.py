"""The operating point: a threshold chosen on validation, and what it does elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.counts import one_rule
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure
from napari_lesion_synth.intervals import patient_numbers

__all__ = ["AtThreshold", "OperatingPoint", "at_threshold", "choose_threshold", "ratio"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold, and what it did where it was chosen.

    The figures are those of the CTs that it was chosen on, and so too good; those to report are
    of `at_threshold` on other patients.

    Parameters
    ----------
    threshold : float
        Findings of at least this score are kept; infinite where none may be kept, and minus
        infinite where all may.
    asked, false_per_ct : float
        False alarms per CT allowed, and had.
    sensitivity : float
        Share of lesions found; NaN without lesions.
    cts, lesions : int
        What it was chosen on.
    reached : bool
        False where all findings together stay below the rate: the detector was not free to
        give more, and the threshold says nothing about CTs in which it would.
    rule : str
        What a hit was, in words.
    """

    threshold: float
    asked: float
    false_per_ct: float
    sensitivity: float
    cts: int
    lesions: int
    reached: bool
    rule: str


@dataclass(frozen=True, eq=False)
class AtThreshold:
    """What a given threshold does.

    Parameters
    ----------
    threshold : float
        Findings of at least this score are kept.
    found, lesions, false, cts : int
        Lesions found, all lesions, false alarms, CTs.
    sensitivity, false_per_ct : Figure
        One value each, for intervals.
    """

    threshold: float
    found: int
    lesions: int
    false: int
    cts: int
    sensitivity: Figure
    false_per_ct: Figure


def choose_threshold(results: Sequence[CaseResult], rate: float) -> OperatingPoint:
    """The lowest threshold that keeps false alarms per CT within a rate.

    It lies half-way between the highest false alarm that would be one too many and the next
    higher score of anything, so that neither decides alone.

    Parameters
    ----------
    results : sequence of CaseResult
        Of validation patients: neither trained on, nor reported on.
    rate : float
        False alarms per CT.

    Raises
    ------
    ParameterError
        If the rate is negative, or there are no results, or not of one rule.
    """
    if not (np.isfinite(rate) and rate >= 0):
        raise ParameterError(f"a rate of {rate} false alarms is none", remedy="Give 0 or more")
    rule = one_rule(results)
    false = np.sort([mark.score for r in results for mark in r.marked(Outcome.FALSE)])[::-1]
    allowed = int(np.floor(rate * len(results) + 1e-9))
    threshold = -np.inf
    if len(false) > allowed:
        kept = [mark.score for r in results for mark in r.marks if mark.score > false[allowed]]
        threshold = (false[allowed] + min(kept)) / 2 if kept else np.inf
        if kept and threshold <= false[allowed]:  # no number lies between the two
            threshold = min(kept)
    reported = at_threshold(results, float(threshold))
    return OperatingPoint(
        float(threshold),
        rate,
        reported.false / reported.cts,
        reported.found / reported.lesions if reported.lesions else float("nan"),
        reported.cts,
        reported.lesions,
        len(false) >= rate * len(results),
        rule,
    )


def at_threshold(results: Sequence[CaseResult], threshold: float) -> AtThreshold:
    """Count what a threshold leaves; on other patients than it was chosen on.

    Raises
    ------
    ParameterError
        If there are no results, their rules differ, or a CT is there twice.
    """
    one_rule(results)
    names, owner = patient_numbers([result.patient for result in results])

    def summed(counts: Sequence[int]) -> Array:
        sums = np.bincount(owner, weights=np.array(counts, np.float64), minlength=len(names))
        return sums.astype(np.float64)

    lesions = summed([len(result.lesions) for result in results])
    found = summed([len(result.found(threshold)) for result in results])
    false = summed([len(result.marked(Outcome.FALSE, threshold)) for result in results])
    cts = summed([1] * len(results))
    return AtThreshold(
        threshold,
        int(found.sum()),
        int(lesions.sum()),
        int(false.sum()),
        int(cts.sum()),
        ratio(names, found, lesions, trials=int((lesions > 0).sum())),
        ratio(names, false, cts),
    )


def ratio(names: Sequence[str], part: Array, whole: Array, trials: int = 0) -> Figure:
    """Sums over patients as a figure: all parts over all wholes; NaN where there is no whole.

    Parameters
    ----------
    names : sequence of str
        The patients.
    part, whole : ndarray, one a patient
        What is summed.
    trials : int
        For shares: patients with a whole.
    """

    def of(weights: Array) -> Array:
        values = np.full(len(weights), np.nan)
        below = weights @ whole
        np.divide(weights @ part, below, out=values, where=below > 0)
        return values[:, None]

    return Figure(tuple(names), of, trials)
