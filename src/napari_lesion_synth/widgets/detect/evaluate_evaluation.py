"""An evaluation of detectors, as `evaluate` wrote it, for the tab "Evaluate"."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from napari_lesion_synth.evaluation.assessment import Assessment, Basis, Measured
from napari_lesion_synth.evaluation.assessment_rows import threshold_words
from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.froc_axes import corners, rate_name
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.evaluation.report.figure_words import NONE, difference_words, p_cell
from napari_lesion_synth.evaluation.two_detectors import Difference, TwoDetectors
from napari_lesion_synth.jobs.evaluate_page import Evaluated, by_lesion_words, curve_of, told
from napari_lesion_synth.jobs.evaluate_record import KeptEvaluation, TestedCt
from napari_lesion_synth.jobs.evaluate_report import REPORT, tables_of
from napari_lesion_synth.widgets.detect.evaluate_view import (
    Place,
    ShownCurve,
    ShownTable,
    View,
    stacked,
)
from napari_lesion_synth.widgets.detect.rows import MISSED, score_text

__all__ = ["EvaluationView"]

_AT_THRESHOLD = "its threshold"
_POINT = "lesions found at the threshold"
_STARS = (
    "95 % intervals, whole patients drawn again. With a star: exact ones, which take each lesion "
    "as independent of the others."
)
_TESTED = (
    "McNemar's exact test at the thresholds, whole patients in place of lesions; not adjusted for "
    "how many detectors are compared"
)
_FAIR = {
    "unknown": "It is not known whether the test is fair",
    "contaminated": "NO FAIR TEST, the figures are too good",
}


class EvaluationView(View):
    """Detectors on the same CTs.

    Parameters
    ----------
    folder : Path
        That `evaluate` wrote.
    kept : KeptEvaluation
        What was read from it.
    """

    def __init__(self, folder: Path, kept: KeptEvaluation) -> None:
        evaluated = kept.evaluated
        self.folder, self._evaluated = folder, evaluated
        self._wholes = {whole.name: whole for whole in evaluated.assessments}
        self._cts = {ct.name: ct for ct in kept.cts}
        self.names = tuple(self._wholes)
        self.drawn = self.names
        self.baseline = self.names[0] if len(self.names) > 1 else ""
        self.heading = f"Evaluation of {', '.join(self.names)}: {evaluated.size}."
        self.warning = " ".join(
            f"{_FAIR[found.verdict]} ({name}): {' '.join(found.words)}"
            for name, found in kept.fairness.items()
            if found.verdict in _FAIR
        )
        self.rule, self.per = evaluated.first.curve.rule, "CT"
        self.rates = {_AT_THRESHOLD: None, **{rate_name(rate): rate for rate in RATES}}
        self.rate = _AT_THRESHOLD
        self.claims = tuple(_claims(evaluated))
        self.limits = evaluated.notes
        self.report = folder / REPORT

    def curve(self, name: str) -> ShownCurve:
        """In steps, as the findings give them; intervals are known at the seven rates."""
        whole = self._wholes[name]
        places = [(x, y) for x, y in corners(whole.curve) if math.isfinite(y)]
        points = [
            (point, measured.interval)
            for point, measured in zip(whole.curve.points(), whole.rates, strict=True)
            if point.reached and math.isfinite(point.sensitivity)
        ]
        return ShownCurve(
            name,
            tuple(x for x, _ in places),
            tuple(y for _, y in places),
            tuple(
                (point.rate, interval.low, interval.high)
                for point, interval in points
                if interval.low is not None and interval.high is not None
            ),
            tuple((point.rate, point.sensitivity) for point, _ in points),
            bars=True,
        )

    def arms(self, rate: float | None) -> ShownTable:
        """Each detector's share, and how far it is from the first one's."""
        first = self.names[0]
        pairs = {pair.one: pair for pair in self._evaluated.pairs}
        rows = []
        for name, whole in self._wholes.items():
            cells = [name, stacked(told(_found(whole, rate)))]
            if rate is None:
                cells.append(stacked(told(whole.point.false_per_ct).split(", ")[0]))
            if self.baseline:
                cells += _beside(pairs.get(name), rate)
            rows.append(tuple(cells))
        columns = ["Detector", "Found"]
        tips = ["Who searched", f"Share of the lesions. {_STARS}"]
        if rate is None:
            columns.append("False / CT")
            tips.append("False alarms per CT at the threshold")
        if self.baseline:
            columns += [f"Less {first}", "p"]
            tips += [
                f"Share found, less that of {first}, on the same lesions. {_STARS}",
                _TESTED,
            ]
        return ShownTable(tuple(columns), tuple(tips), tuple(rows))

    def strata(self, name: str, rate: float | None) -> ShownTable:
        """By diameter, zone, contrast and conspicuity."""
        rows = []
        for each in self._wholes[name].strata:
            measured = each.found if rate is None else each.rates[RATES.index(rate)]
            figure = stacked(told(measured).split(", ")[0])
            rows.append((f"{each.by}\n{each.name}", str(each.lesions), figure))
        tips = (
            "What lesions are grouped by",
            "Lesions in the group",
            f"Share of them found; all false alarms count. {_STARS}",
        )
        return ShownTable(("Lesions", "n", "Found"), tips, tuple(rows))

    def places(self, name: str, rate: float | None) -> tuple[Place, ...]:
        """At the threshold, or at the one that the rate gives on these CTs."""
        whole = self._wholes[name]
        at = whole.point.threshold if rate is None else whole.curve.at(rate).threshold
        return (*_missed(whole, at), *_false(whole, at))

    def ct(self, case: str) -> TestedCt:
        """As it was read when it was judged."""
        return self._cts.get(case, TestedCt(case, case, "", {}))

    def figure(self, names: Sequence[str]) -> bytes:
        """As in the report; of a few detectors, these alone."""
        wholes = tuple(self._wholes[name] for name in names) or self._evaluated.assessments
        return svg.free_standing(curve_of(Evaluated(wholes)))

    def tables(self) -> Mapping[str, str]:
        """As in the folder."""
        return tables_of(self._evaluated)


def _found(whole: Assessment, rate: float | None) -> Measured:
    return whole.point.lesions if rate is None else whole.rates[RATES.index(rate)]


def _beside(pair: TwoDetectors | None, rate: float | None) -> tuple[str, str]:
    """Difference and p-value."""
    if pair is None:
        return NONE, NONE
    figure = _POINT if rate is None else f"lesions found at {rate_name(rate)} false alarms per CT"
    each = next(each for each in pair.differences if each.figure == figure)
    by_lesion = pair.by_lesion
    p = p_cell(by_lesion.p_patients) if rate is None and by_lesion is not None else NONE
    return stacked(_difference(each)), p


def _difference(each: Difference) -> str:
    star = "*" if each.basis is Basis.TANGO else ""
    return f"{difference_words(each.interval)}{star}"


def _claims(evaluated: Evaluated) -> Iterator[str]:
    """What was counted, and no more than that."""
    for whole in evaluated.assessments:
        point = whole.point
        if not point.lesions.whole:
            yield f"{whole.name}: no lesion counts; no sensitivity can be told."
            continue
        yield (
            f"{whole.name} found {point.lesions.part} of {point.lesions.whole} lesions, "
            f"{told(point.lesions).split(', ')[0]}, with "
            f"{told(point.false_per_ct).split(', ')[0]} false alarms per CT, at its threshold: "
            f"{threshold_words(point)}."
        )
    for pair in evaluated.pairs:
        each = next((e for e in pair.differences if e.figure == _POINT), None)
        if each is not None:
            yield _claimed(pair, each)
    yield _STARS


def _claimed(pair: TwoDetectors, each: Difference) -> str:
    low, high = each.interval.low, each.interval.high
    lead = f"{pair.one} less {pair.other}, each at its threshold: {_difference(each)}."
    if low is None or high is None:
        shown = "There is no interval: nothing is shown."
    elif low <= 0 <= high:
        shown = (
            "The interval holds zero: no difference is shown, and that there is none is not "
            "shown either."
        )
    else:
        shown = "By itself this interval excludes zero; it is not adjusted for anything."
    lesions = "" if pair.by_lesion is None else f" {by_lesion_words(pair)}"
    return f"{lead} {shown}{lesions}"


def _missed(whole: Assessment, threshold: float) -> Iterator[Place]:
    """The most conspicuous first: those should have been seen."""
    found = [(result, lesion) for result in whole.results for lesion in result.missed(threshold)]
    for result, lesion in sorted(found, key=lambda each: -_size(each[1].conspicuity)):
        z, y, x = (float(i) for i in lesion.center)
        score = math.nan if lesion.score is None else lesion.score
        below = "no finding hits it" if math.isnan(score) else f"hit at {score_text(score)} only"
        words = f"A lesion of {lesion.diameter_mm:.1f} mm in {result.case}: {below}"
        yield Place(MISSED, result.case, (z, y, x), lesion.diameter_mm, lesion.zone, score, words)


def _false(whole: Assessment, threshold: float) -> Iterator[Place]:
    """The highest score first."""
    found = [
        (result, mark)
        for result in whole.results
        for mark in result.marked(Outcome.FALSE, threshold)
    ]
    for result, mark in sorted(found, key=lambda each: -each[1].score):
        words = f"Finding {mark.finding} in {result.case}, score {mark.score:.3f}"
        yield Place(
            Outcome.FALSE.value, result.case, mark.center, mark.diameter_mm, mark.zone,
            mark.score, words,
        )  # fmt: skip


def _size(value: float) -> float:
    return value if math.isfinite(value) else 0.0
