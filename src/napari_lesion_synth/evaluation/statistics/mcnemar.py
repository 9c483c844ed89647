"""Lesion by lesion: which one detector finds and the other misses, and whether that is chance.

Only lesions on which two detectors disagree tell which is better. If neither is, each such lesion
falls to either side with equal chance, so their number on one side is binomial: McNemar's test
in its exact form [1]_. It is cautious, the more the fewer disagree; the mid-p value counts the
observed outcome by half, comes closer to the level, and rarely exceeds it [2]_.

All that takes lesions as independent, which those of one patient are not. `p_patients` is the same
exact test with whole patients falling to either side; where no patient has two lesions on which
the detectors disagree, it is McNemar's.

Finding or missing needs a threshold: that chosen on validation patients (`found_at`, the one to
report), or for each detector that which allows a common rate of false alarms on the test patients
themselves (`found_within`). Of several trainings, either each is tested by itself, or a lesion
counts as found where more than half of them find it (`majority`); the result says which.

References
----------
.. [1] Q. McNemar, "Note on the sampling error of the difference between correlated proportions
   or percentages", Psychometrika 12, 1947.
.. [2] M. W. Fagerland, S. Lydersen, P. Laake, "The McNemar test for binary matched-pairs data:
   mid-p and asymptotic are better than exact conditional", BMC Med. Res. Methodol. 13, 2013.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.counts import Per, one_rule
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.statistics.p_value import p_words
from napari_lesion_synth.evaluation.statistics.paired_shares import exact_p, mid_p, signs_p, tango
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.wording import counted

__all__ = [
    "Found",
    "LesionName",
    "McNemar",
    "found_at",
    "found_within",
    "majority",
    "mcnemar",
    "together",
]


class LesionName(NamedTuple):
    """Which lesion: number in the truth of a patient's CT."""

    patient: str
    case: str
    number: int


@dataclass(frozen=True, eq=False)
class Found:
    """Which lesions were found.

    Parameters
    ----------
    hit : mapping of LesionName to bool
        Every lesion that counts.
    how : str
        By what and at which threshold, in words.
    rule : str
        What a hit was, in words.
    """

    hit: Mapping[LesionName, bool]
    how: str
    rule: str

    @property
    def share(self) -> float:
        """Sensitivity; NaN without lesions."""
        return sum(self.hit.values()) / len(self.hit) if self.hit else math.nan


@dataclass(frozen=True, slots=True)
class McNemar:
    """Two detectors, lesion by lesion.

    Parameters
    ----------
    patients : int
        With lesions.
    both, only_one, only_other, neither : int
        Lesions found by both, by the first alone, by the other alone, by none.
    difference : Interval
        Sensitivity of the first less that of the other, with Tango's score interval for
        independent lesions.
    p, mid_p : float
        Exact, and mid-p, for independent lesions.
    p_patients : float
        Exact, with whole patients in place of lesions.
    how, rule : str
        What found means, in words.
    """

    patients: int
    both: int
    only_one: int
    only_other: int
    neither: int
    difference: Interval
    p: float
    mid_p: float
    p_patients: float
    how: str
    rule: str

    @property
    def lesions(self) -> int:
        """How many were compared."""
        return self.both + self.only_one + self.only_other + self.neither

    @property
    def discordant(self) -> int:
        """Lesions on which the two disagree."""
        return self.only_one + self.only_other

    def words(self, one: str = "the first", other: str = "the other") -> str:
        """Counts, difference and p-values, and what they rest on."""
        low, high = self.difference.low, self.difference.high
        return (
            f"Of {counted(self.lesions, 'lesion')} in {counted(self.patients, 'patient')}, "
            f"{one} alone found {self.only_one}, {other} alone {self.only_other}, both "
            f"{self.both} and neither {self.neither} ({self.how}). Difference of the "
            f"sensitivities {self.difference.value:+.3f} ({low:+.3f} to {high:+.3f}), "
            f"{p_words(self.p)}, {p_words(self.mid_p, 'mid-p')}, as if lesions were independent; "
            f"{p_words(self.p_patients)} where lesions of a patient go together."
        )


def found_at(results: Sequence[CaseResult], threshold: float) -> Found:
    """What is found at a threshold, chosen elsewhere.

    Raises
    ------
    ParameterError
        If there are no results, their rules differ, or a CT is there twice.
    """
    return Found(
        {
            LesionName(result.patient, result.case, lesion.number): lesion.found(threshold)
            for result in results
            for lesion in result.lesions
        },
        "at the operating threshold",
        one_rule(results),
    )


def found_within(results: Sequence[CaseResult], rate: float, per: Per = "ct") -> Found:
    """What is found within a rate of false alarms on these same CTs.

    Raises
    ------
    ParameterError
        If there are no results, their rules differ, or a CT is there twice.
    """
    found = found_at(results, froc(results).at(rate, per).threshold)
    return Found(
        found.hit, f"at {rate:g} false alarms per {'CT' if per == 'ct' else per}", found.rule
    )


def together(folds: Sequence[Found]) -> Found:
    """Join the test patients of several folds, each with its own threshold.

    Raises
    ------
    ParameterError
        If there is none, they are not of one kind, or a lesion is in two.
    """
    rule, how = _one_kind(folds)
    joined = {name: hit for fold in folds for name, hit in fold.hit.items()}
    if len(joined) < sum(len(fold.hit) for fold in folds):
        raise ParameterError(
            "a lesion is in two folds", remedy="Join results of folds that share no patient"
        )
    return Found(joined, how, rule)


def majority(trainings: Sequence[Found]) -> Found:
    """Let several trainings vote: found is what more than half of them find.

    Raises
    ------
    ParameterError
        If there is none, or they are not of one kind and of the same lesions.
    """
    rule, how = _one_kind(trainings)
    for training in trainings[1:]:
        _same_lesions(trainings[0], training)
    votes = {
        name: 2 * sum(training.hit[name] for training in trainings) > len(trainings)
        for name in trainings[0].hit
    }
    n = len(trainings)
    return Found(votes, f"{how}, found by more than half of {n} trainings" if n > 1 else how, rule)


def mcnemar(one: Found, other: Found) -> McNemar:
    """Compare two detectors lesion by lesion.

    Raises
    ------
    ParameterError
        If they are not of the same lesions by one rule, or there is none.
    """
    if one.rule != other.rule:
        raise ParameterError(
            "the two were judged by different rules", remedy="Judge them both by one rule"
        )
    _same_lesions(one, other)
    if not one.hit:
        raise ParameterError("there is no lesion", remedy="Compare detectors on CTs with lesions")
    tally = Counter((hit, other.hit[name]) for name, hit in one.hit.items())
    b, c = tally[True, False], tally[False, True]
    advantage: Counter[str] = Counter()
    for name, hit in one.hit.items():
        advantage[name.patient] += int(hit) - int(other.hit[name])
    return McNemar(
        len(advantage),
        tally[True, True],
        b,
        c,
        tally[False, False],
        tango(b, c, len(one.hit)),
        exact_p(b, c),
        mid_p(b, c),
        signs_p(list(advantage.values())),
        one.how if one.how == other.how else f"the first {one.how}, the other {other.how}",
        one.rule,
    )


def _one_kind(several: Sequence[Found]) -> tuple[str, str]:
    """Rule and threshold of all, in words."""
    kinds = {(found.rule, found.how) for found in several}
    if len(kinds) != 1:
        raise ParameterError(
            "there is nothing to join" if not kinds else "the results are not of one kind",
            remedy="Give results of at least one training, by one rule and kind of threshold",
        )
    return kinds.pop()


def _same_lesions(one: Found, other: Found) -> None:
    odd = sorted(one.hit.keys() ^ other.hit.keys())
    if odd:
        patient, case, number = odd[0]
        raise ParameterError(
            f"lesion {number} of {case} is only in one of the two",
            where=patient,
            remedy="Compare detectors on the same CTs, judged by one rule",
        )
