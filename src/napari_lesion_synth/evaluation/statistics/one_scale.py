"""Two detectors' results side by side, with scores that mean the same in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome

__all__ = ["side_by_side"]

Array = NDArray[np.float64]


def side_by_side(one: Sequence[CaseResult], other: Sequence[CaseResult]) -> list[CaseResult]:
    """Both detectors' results as those of twice as many patients, the first one's sorted first.

    A score becomes minus the number of the detector's own false alarms that reach it. Curves of
    either detector by itself stay what they were; findings other than hits and false alarms,
    which no curve counts, are left out.

    Raises
    ------
    ParameterError
        If the two are not of the same CTs with the same lesions.
    """
    mine, theirs = _lesions(one), _lesions(other)
    odd = sorted(mine ^ theirs)
    if odd:
        patient, case, number = odd[0]
        what = f"lesion {number} of {case}" if number else case
        raise ParameterError(
            f"the two were not compared on the same CTs and lesions ({what} is only in one)",
            where=patient,
            remedy="Compare detectors on the same CTs, judged by one rule",
        )
    return [*_marked(one, "0"), *_marked(other, "1")]


def _lesions(results: Sequence[CaseResult]) -> set[tuple[str, str, int]]:
    """Every CT, as lesion 0, and every lesion."""
    names = {(result.patient, result.case, 0) for result in results}
    return names | {(r.patient, r.case, lesion.number) for r in results for lesion in r.lesions}


def _marked(results: Sequence[CaseResult], side: str) -> list[CaseResult]:
    false = np.sort([mark.score for r in results for mark in r.marked(Outcome.FALSE)])

    def rank(score: float) -> float:
        return float(np.searchsorted(false, score, side="left") - len(false))

    return [
        replace(
            result,
            patient=f"{side} {result.patient}",
            lesions=tuple(
                replace(lesion, score=None if lesion.score is None else rank(lesion.score))
                for lesion in result.lesions
            ),
            marks=tuple(
                replace(mark, score=rank(mark.score)) for mark in result.marked(Outcome.FALSE)
            ),
        )
        for result in results
    ]
