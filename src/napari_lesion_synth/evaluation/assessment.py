"""What one detector did on some CTs: every figure with how sure it is, and by which argument.

With two patients or more, intervals draw whole patients (`bootstrap`). With one patient nothing
can be drawn: then they are exact ones (`exact`), which take each lesion and each false alarm as
independent of the others. Those of one patient are not, so that such an interval is too narrow
for this patient's lesions, and says nothing of other patients. Shares of patients are exact in
any case: patients are independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from napari_lesion_synth.evaluation.afroc import afroc
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.froc import RATES, Froc, froc
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome
from napari_lesion_synth.evaluation.operating import at_threshold, ratio
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, bootstrap
from napari_lesion_synth.evaluation.statistics.exact import clopper_pearson, garwood
from napari_lesion_synth.evaluation.strata import all_strata
from napari_lesion_synth.intervals import Interval, patient_numbers

__all__ = [
    "Assessment",
    "AtPoint",
    "Basis",
    "Choice",
    "Measured",
    "StratumFigures",
    "assess",
]


class Basis(StrEnum):
    """What an interval rests on."""

    PATIENTS = "patients drawn again"
    EXACT = "exact, each taken as independent"
    TANGO = "Tango's score, lesions taken as independent"
    NONE = "no interval"


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure.

    Parameters
    ----------
    interval : Interval
        Value and 95 % interval; NaN where there is nothing to measure.
    basis : Basis
        What the interval rests on.
    part, whole : int
        What was counted, as in 7 of 8 lesions, or 7 false alarms in 1 CT; 0 of 0 for figures
        that are no such share.
    """

    interval: Interval
    basis: Basis
    part: int = 0
    whole: int = 0

    @property
    def value(self) -> float:
        """The figure itself."""
        return self.interval.value


@dataclass(frozen=True, slots=True)
class Choice:
    """Which findings count where one threshold is needed.

    Parameters
    ----------
    threshold : float or None
        Those of at least this score; None: by `rate`.
    rate : float or None
        As many as stay within so many false alarms per CT, on these same CTs.
    why : str
        Who chose it, in words.
    """

    threshold: float | None = None
    rate: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AtPoint:
    """What a threshold gives.

    Parameters
    ----------
    threshold : float
        Minus infinite where all findings count, infinite where none does.
    choice : Choice
        How it was chosen.
    lesions, cts, patients : Measured
        Share found: of lesions; of CTs, and of patients, with lesions, of which one at least was.
    false_per_ct, false_per_lesion : Measured
        False alarms.
    """

    threshold: float
    choice: Choice
    lesions: Measured
    cts: Measured
    patients: Measured
    false_per_ct: Measured
    false_per_lesion: Measured


@dataclass(frozen=True, slots=True)
class StratumFigures:
    """Some of the lesions.

    Parameters
    ----------
    by, name : str
        What they are grouped by, and which of them.
    lesions, patients : int
        How many, and of how many patients.
    found : Measured
        Share found at the threshold.
    rates : tuple of Measured
        Share found within each of `froc.RATES`; false alarms are those of the whole.
    """

    by: str
    name: str
    lesions: int
    patients: int
    found: Measured
    rates: tuple[Measured, ...]


@dataclass(frozen=True, eq=False)
class Assessment:
    """All figures of one detector.

    Parameters
    ----------
    name : str
        What it is called.
    results : tuple of CaseResult
        The judged CTs.
    curve : Froc
        Its free-response curve.
    rates : tuple of Measured
        Share of lesions found within each of `froc.RATES`.
    cpm, area : Measured
        Mean of these; area under the AFROC.
    healthy : int
        Healthy CTs, whose false alarms the area takes; 0: there are none, and it takes those of
        all CTs (AFROC1).
    point : AtPoint
        At one threshold.
    strata : tuple of StratumFigures
        By size, place, contrast and conspicuity.
    """

    name: str
    results: tuple[CaseResult, ...]
    curve: Froc
    rates: tuple[Measured, ...]
    cpm: Measured
    area: Measured
    healthy: int
    point: AtPoint
    strata: tuple[StratumFigures, ...]

    @property
    def one_patient(self) -> bool:
        """Whether there is nobody to draw from."""
        return self.curve.patients < 2


def assess(
    name: str, results: Sequence[CaseResult], choice: Choice, *, seed: int = 0
) -> Assessment:
    """Measure a detector.

    Parameters
    ----------
    name : str
        What it is called.
    results : sequence of CaseResult
        Its judged CTs.
    choice : Choice
        Of the threshold.
    seed : int
        Of the draws of patients; all figures share them.

    Raises
    ------
    ParameterError
        If there are no results, their rules differ, or a CT is there twice.
    """
    curve = froc(results)
    draw = _Draws(seed)
    point = _at_point(results, curve, choice, draw)
    healthy = sum(result.healthy for result in results)
    area = afroc(results, healthy_only=healthy > 0)
    return Assessment(
        name,
        tuple(results),
        curve,
        _at_rates(curve.counts, draw),
        draw.other(curve.counts.cpm(RATES)),
        draw.other(area.figure),
        healthy,
        point,
        _strata(results, point.threshold, draw),
    )


class _Draws:
    """Intervals, all on the same draws."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def share(self, figure: Figure, part: int, whole: int) -> Measured:
        """Of a share, such as a sensitivity."""
        if not whole:
            return Measured(Interval(float("nan")), Basis.NONE)
        found = self.other(figure)
        if found.basis is Basis.PATIENTS:
            return Measured(found.interval, found.basis, part, whole)
        return Measured(clopper_pearson(part, whole), Basis.EXACT, part, whole)

    def rate(self, figure: Figure, events: int, exposure: int) -> Measured:
        """Of a rate; where the draws agree, as with no event at all, they are no interval."""
        if not exposure:
            return Measured(Interval(float("nan")), Basis.NONE)
        found = self.other(figure)
        if found.basis is Basis.PATIENTS and found.interval.low != found.interval.high:
            return Measured(found.interval, found.basis, events, exposure)
        return Measured(garwood(events, exposure), Basis.EXACT, events, exposure)

    def other(self, figure: Figure) -> Measured:
        """Of anything else, for which there is no exact interval."""
        (interval,) = bootstrap(figure, np.random.default_rng(self._seed))
        return Measured(interval, Basis.NONE if interval.low is None else Basis.PATIENTS)

    def shares(self, figure: Figure, parts: Sequence[int], whole: int) -> tuple[Measured, ...]:
        """Of several shares at once."""
        found = bootstrap(figure, np.random.default_rng(self._seed))
        return tuple(
            Measured(interval, Basis.PATIENTS, part, whole)
            if interval.low is not None or not whole
            else Measured(clopper_pearson(part, whole), Basis.EXACT, part, whole)
            for interval, part in zip(found, parts, strict=True)
        )


def _at_rates(counts: Counts, draw: _Draws) -> tuple[Measured, ...]:
    figure, whole = counts.sensitivities(RATES), int(counts.lesions.sum())
    if not whole:
        return tuple(Measured(Interval(float("nan")), Basis.NONE) for _ in RATES)
    return draw.shares(figure, [round(value * whole) for value in figure.values], whole)


def _at_point(results: Sequence[CaseResult], curve: Froc, choice: Choice, draw: _Draws) -> AtPoint:
    threshold = -np.inf if choice.threshold is None else choice.threshold
    if choice.rate is not None:
        threshold = curve.at(choice.rate).threshold
    told = at_threshold(results, threshold)
    found = told.sensitivity
    if choice.rate is not None:  # the threshold is drawn with the patients
        found = curve.counts.sensitivities([choice.rate])
    with_lesions = [result for result in results if result.lesions]
    hit = [bool(result.found(threshold)) for result in with_lesions]
    of_cts = _over(with_lesions, lambda result: bool(result.found(threshold)), lambda _: 1)
    people = {result.patient for result in with_lesions}
    seen = {result.patient for result, good in zip(with_lesions, hit, strict=True) if good}
    patients = Measured(Interval(float("nan")), Basis.NONE)
    if people:
        patients = Measured(
            clopper_pearson(len(seen), len(people)), Basis.EXACT, len(seen), len(people)
        )
    per_lesion = _over(
        results,
        lambda result: len(result.marked(Outcome.FALSE, threshold)),
        lambda result: len(result.lesions),
        share=False,
    )
    return AtPoint(
        float(threshold),
        choice,
        draw.share(found, told.found, told.lesions),
        draw.share(of_cts, sum(hit), len(hit)),
        patients,
        draw.rate(told.false_per_ct, told.false, told.cts),
        draw.rate(per_lesion, told.false, told.lesions),
    )


def _over(
    results: Sequence[CaseResult],
    part: Callable[[CaseResult], int],
    whole: Callable[[CaseResult], int],
    *,
    share: bool = True,
) -> Figure:
    """One sum over the CTs divided by another, of which it may be a share."""
    names, owner = patient_numbers([result.patient for result in results])
    parts, wholes = np.zeros(len(names)), np.zeros(len(names))
    for patient, result in zip(owner, results, strict=True):
        parts[patient] += part(result)
        wholes[patient] += whole(result)
    return ratio(names, parts, wholes, int((wholes > 0).sum()) if share else 0)


def _strata(
    results: Sequence[CaseResult], threshold: float, draw: _Draws
) -> tuple[StratumFigures, ...]:
    figures = []
    for stratum in all_strata(results):
        own = stratum.of(results)
        told = at_threshold(own, threshold)
        figures.append(
            StratumFigures(
                stratum.by,
                stratum.name,
                told.lesions,
                len({result.patient for result in own if result.lesions}),
                draw.share(told.sensitivity, told.found, told.lesions),
                _at_rates(Counts.of(own), draw),
            )
        )
    return tuple(figures)
