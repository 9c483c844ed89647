"""What curves are made of: hits and false alarms of each patient, threshold by threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure
from napari_lesion_synth.intervals import patient_numbers

__all__ = ["Counts", "Per", "one_rule"]

Array = NDArray[np.float64]
Per = Literal["ct", "patient", "lesion"]
"""What false alarms are counted over."""

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Counts:
    """Sums over the CTs of each patient; P patients, K thresholds.

    Only scores of hits are thresholds, and the lowest score of all: between two hits a lower
    threshold adds nothing but false alarms.

    Parameters
    ----------
    patients : tuple of str
        Sorted.
    rule : str
        What a hit was.
    thresholds : ndarray, shape (K,)
        Falling; empty where nothing was found.
    hits, false : ndarray, shape (P, K)
        Lesions hit, and false alarms, with scores of at least the threshold.
    cts_hit : ndarray, shape (P, K)
        CTs with lesions in which at least one was hit.
    cts, cts_with, lesions : ndarray, shape (P,)
        CTs, those with lesions that count, and such lesions.
    """

    patients: tuple[str, ...]
    rule: str
    thresholds: Array
    hits: Array
    false: Array
    cts_hit: Array
    cts: Array
    cts_with: Array
    lesions: Array

    @classmethod
    def of(cls, results: Sequence[CaseResult]) -> Counts:
        """Count.

        Parameters
        ----------
        results : sequence of CaseResult
            Of one detector; those of a CT must be in it once only.

        Raises
        ------
        ParameterError
            If there is none, their rules differ, or a CT is in it twice.
        """
        rule = one_rule(results)
        names, owner = patient_numbers([result.patient for result in results])
        p = len(names)
        hits = [[les.score for les in r.lesions if les.score is not None] for r in results]
        false = [[mark.score for mark in r.marked(Outcome.FALSE)] for r in results]
        best = [[max(scores)] if scores else [] for scores in hits]
        thresholds = _thresholds(_flat(hits), _flat(false))
        of_ct = np.array([len(r.lesions) for r in results])
        lesions, cts, cts_with = (
            np.bincount(owner, weights=count, minlength=p).astype(np.float64)
            for count in (of_ct, np.ones(len(of_ct)), of_ct > 0)
        )
        return cls(
            tuple(names),
            rule,
            thresholds,
            _summed(hits, owner, thresholds, p),
            _summed(false, owner, thresholds, p),
            _summed(best, owner, thresholds, p),
            cts,
            cts_with,
            lesions,
        )

    def shown(self, per: Per) -> Array:
        """How many of what false alarms are counted over each patient brings, shape (P,)."""
        if per == "ct":
            return self.cts
        return np.ones(len(self.patients)) if per == "patient" else self.lesions

    def sensitivities(self, rates: Sequence[float], per: Per = "ct") -> Figure:
        """Share of lesions found at so many false alarms at most; one value a rate.

        Nothing is interpolated: it is the highest share that any threshold reaches within the
        rate.
        """

        def of(weights: Array) -> Array:
            hits, false = weights @ self.hits, weights @ self.false
            return _within(hits, false, rates, weights @ self.shown(per), weights @ self.lesions)

        return Figure(self.patients, of, self.with_lesions)

    def cpm(self, rates: Sequence[float], per: Per = "ct") -> Figure:
        """Mean of the sensitivities at these rates; one value."""
        each = self.sensitivities(rates, per)
        return Figure(
            self.patients, lambda weights: each.of(weights).mean(axis=1, keepdims=True), each.trials
        )

    @property
    def with_lesions(self) -> int:
        """Patients with lesions that count."""
        return int((self.lesions > 0).sum())


def one_rule(results: Sequence[CaseResult]) -> str:
    """The rule of all results, in words.

    Raises
    ------
    ParameterError
        If there is none, their rules differ, or a CT is in it twice.
    """
    if not results:
        raise ParameterError("there are no results", remedy="Judge at least one CT")
    rules = {result.rule for result in results}
    if len(rules) > 1:
        raise ParameterError(
            "the CTs were judged by different rules", remedy="Judge them all by one rule"
        )
    names = [(result.patient, result.case) for result in results]
    twice = sorted({name for name in names if names.count(name) > 1}) if _repeats(names) else []
    if twice:
        raise ParameterError(
            f"the CT {twice[0][1]} of {twice[0][0]} is there twice",
            remedy="Give every CT a name of its own, and the results of one detector at a time",
        )
    return results[0].rule.text


def _repeats(names: Sequence[tuple[str, str]]) -> bool:
    return len(set(names)) < len(names)


def _flat(scores: Sequence[Sequence[float]]) -> list[float]:
    return [score for of_ct in scores for score in of_ct]


def _thresholds(hits: Sequence[float], false: Sequence[float]) -> Array:
    lowest = [min([*hits, *false])] if hits or false else []
    return np.unique(np.array([*hits, *lowest], np.float64))[::-1]


def _summed(
    scores: Sequence[Sequence[float]], owner: NDArray[np.int64], thresholds: Array, p: int
) -> Array:
    """How many of each patient's scores reach each threshold."""
    sums = np.zeros((p, len(thresholds)))
    for patient, of_ct in zip(owner, scores, strict=True):
        # The first threshold, of those that fall, that is not above the score.
        first = np.searchsorted(-thresholds, -np.asarray(of_ct, np.float64), side="left")
        np.add.at(sums[patient], first, 1)
    return np.cumsum(sums, axis=1)


def _within(hits: Array, false: Array, rates: Sequence[float], shown: Array, all_: Array) -> Array:
    """Share of hits at the lowest threshold whose false alarms stay within each rate."""
    found = np.full((len(hits), len(rates)), np.nan)
    some = all_ > 0
    padded = np.concatenate([np.zeros((len(hits), 1)), hits], axis=1)
    rows = np.arange(len(hits))
    for column, rate in enumerate(rates):
        allowed = rate * shown[:, None] + _ROUNDING
        last = (false <= allowed).sum(axis=1)
        found[some, column] = padded[rows, last][some] / all_[some]
    return found
