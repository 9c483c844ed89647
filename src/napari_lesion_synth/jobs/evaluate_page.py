"""An evaluation as a page that opens offline, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from napari_lesion_synth.dataset.report import (
    Section,
    drawing,
    figure,
    page,
    paragraph,
    table,
)
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.evaluation.assessment import Assessment, Basis, Measured
from napari_lesion_synth.evaluation.assessment_rows import figures_of, number, threshold_words
from napari_lesion_synth.evaluation.drawing.curves_svg import curves_svg
from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.drawing.froc_svg import froc_svg
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.lineage.guard import Inspection
from napari_lesion_synth.evaluation.two_detectors import TwoDetectors
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.wording import counted

__all__ = ["Evaluated", "by_lesion_words", "curve_of", "page_of", "told"]

_FEW_PATIENTS = 10


@dataclass(frozen=True, eq=False)
class Evaluated:
    """All that was found out.

    Parameters
    ----------
    assessments : tuple of Assessment
        One a detector, of the same CTs.
    pairs : tuple of TwoDetectors
        Each further detector beside the first.
    inspections : mapping of str to Inspection
        Whether the test is fair, by detector.
    cut : mapping of str to (float, int)
        Of detectors whose faint findings were not kept: the lowest score kept, and how many
        were lower.
    """

    assessments: tuple[Assessment, ...]
    pairs: tuple[TwoDetectors, ...] = ()
    inspections: Mapping[str, Inspection] = field(default_factory=dict)
    cut: Mapping[str, tuple[float, int]] = field(default_factory=dict)

    @property
    def first(self) -> Assessment:
        """The first detector, whose CTs are those of all."""
        return self.assessments[0]

    @property
    def size(self) -> str:
        """How much there is, in words."""
        curve, healthy = self.first.curve, self.first.healthy
        return (
            f"{counted(curve.cts, 'CT')} ({healthy} without a lesion) of "
            f"{counted(curve.patients, 'patient')}, {counted(curve.lesions, 'lesion')}"
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be known of the figures."""
        return tuple(_notes(self))


def page_of(evaluated: Evaluated, pictures: Sequence[tuple[bytes, str]] = ()) -> str:
    """The whole page.

    Parameters
    ----------
    evaluated : Evaluated
        What is told.
    pictures : sequence of (bytes, str)
        PNG files of CTs, each with its caption.
    """
    names = ", ".join(whole.name for whole in evaluated.assessments)
    sections = [
        _fairness(evaluated),
        _figures(evaluated),
        _curves(evaluated),
        *([_differences(evaluated.pairs)] if evaluated.pairs else []),
        *(_strata(whole) for whole in evaluated.assessments),
    ]
    if pictures:
        words = (
            "Yellow and solid: true lesions. Blue and dashed: findings, with their scores. "
            f"{evaluated.first.curve.rule}"
        )
        drawn = tuple(figure(png, caption) for png, caption in pictures)
        sections.append(Section("What was found and missed", (paragraph(words), *drawn)))
    sections.append(Section("What has to be known", tuple(map(paragraph, evaluated.notes))))
    lead = f"{names}. {evaluated.size}. {evaluated.first.curve.rule}"
    return page("How good is it", lead, sections, DISCLAIMER)


def _fairness(evaluated: Evaluated) -> Section:
    heads = {
        "clean": "no leak found",
        "unknown": "UNKNOWN whether it is fair",
        "contaminated": "CONTAMINATED: these figures are too good",
    }
    parts = [
        paragraph(f"{name}: {heads[found.verdict]}. {' '.join(found.words)}")
        for name, found in evaluated.inspections.items()
    ]
    return Section("Is the test fair?", tuple(parts))


def _figures(evaluated: Evaluated) -> Section:
    wholes = evaluated.assessments
    columns = [dict(figures_of(whole)) for whole in wholes]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [
        {
            "figure": name,
            **{
                whole.name: told(column[name]) if name in column else ""
                for whole, column in zip(wholes, columns, strict=True)
            },
        }
        for name in names
    ]
    thresholds = "; ".join(f"{whole.name}: {threshold_words(whole.point)}" for whole in wholes)
    return Section(
        "Figures",
        (table(rows), paragraph(f"The threshold: {thresholds}."), paragraph(_BRACKETS)),
    )


def _curves(evaluated: Evaluated) -> Section:
    wholes = evaluated.assessments
    parts = [] if len(wholes) == 1 else [drawing(curve_of(evaluated), "All detectors.")]
    parts += [
        drawing(_own_curve(whole), f"Free-response curve of {whole.name}.") for whole in wholes
    ]
    return Section("Free-response curve", (*parts, table(_points(wholes))))


def _points(wholes: Sequence[Assessment]) -> list[dict[str, object]]:
    """What is found at each rate, counted over lesions, CTs and patients."""
    rows: list[dict[str, object]] = []
    for whole in wholes:
        curve = whole.curve
        for point in curve.points():
            at = int((curve.per_ct <= point.rate + 1e-12).sum()) - 1
            per_lesion = f"{curve.per_lesion[at]:.3g}" if at >= 0 else "0"
            rows.append(
                {
                    "detector": whole.name,
                    "false alarms per CT, at most": rate_name(point.rate),
                    "in fact": f"{point.false:.3g}" + ("" if point.reached else " (all findings)"),
                    "per lesion": per_lesion,
                    "lesions found": number(point.sensitivity),
                    "CTs with one found": number(curve.ct_sensitivity[at]) if at >= 0 else "0.00",
                    "patients with one found": number(curve.patient_sensitivity[at])
                    if at >= 0
                    else "0.00",
                    "threshold": number(point.threshold),
                }
            )
    return rows


def _strata(whole: Assessment) -> Section:
    one = RATES.index(1.0)
    rows = [
        {
            "lesions": f"{each.by}: {each.name}",
            "n": str(each.lesions),
            "patients": str(each.patients),
            "found at the threshold": told(each.found),
            "found at 1/2 false alarm per CT": told(each.rates[one - 1]),
            "found at 1": told(each.rates[one]),
        }
        for each in whole.strata
    ]
    words = (
        f"At the threshold: {threshold_words(whole.point)}. False alarms belong to no stratum: "
        f"all of them count in each. {whole.curve.rule} {_BRACKETS}"
    )
    return Section(f"Which lesions {whole.name} finds", (table(rows), paragraph(words)))


def _differences(pairs: Sequence[TwoDetectors]) -> Section:
    parts = []
    for pair in pairs:
        rows = [
            {
                "figure": each.figure,
                f"{pair.one} less {pair.other}": _interval(each.interval, each.basis, sign=True),
            }
            for each in pair.differences
        ]
        parts.append(table(rows))
        if pair.by_lesion is not None:
            parts.append(paragraph(by_lesion_words(pair)))
    words = (
        f"{_BRACKETS} The same patients are drawn for both. Many differences stand here, and none "
        "of the intervals is corrected for that: what was asked beforehand counts."
    )
    return Section("Difference", (*parts, paragraph(words)))


_BRACKETS = (
    "In brackets: 95 % intervals, whole patients drawn again. With a star: exact ones (Tango's for "
    "differences), which take each lesion, CT and false alarm as independent of the others."
)


def told(measured: Measured) -> str:
    """A figure as people read it, as in ``0.88 (0.47 to 1.00)*, 7 of 8``."""
    text = _interval(measured.interval, measured.basis)
    return f"{text}, {measured.part} of {measured.whole}" if measured.whole else text


def _interval(interval: Interval, basis: Basis, *, sign: bool = False) -> str:
    def write(value: float) -> str:
        if value != value:  # NaN
            return "none"
        return f"{value:+.2f}" if sign else f"{value:.2f}"

    if interval.low is None or interval.high is None:
        return write(interval.value)
    star = "" if basis is Basis.PATIENTS else "*"
    return f"{write(interval.value)} ({write(interval.low)} to {write(interval.high)}){star}"


def _notes(evaluated: Evaluated) -> Iterator[str]:
    curve, point = evaluated.first.curve, evaluated.first.point
    if curve.patients == 1:
        yield (
            "There is one patient, and nobody to draw again: no interval here says anything of "
            "other patients. Those with a star hold for lesions and false alarms that are "
            "independent of each other, which those of one patient are not: they are too narrow. "
            "At a rate of false alarms they take its threshold as given."
        )
    elif curve.patients < _FEW_PATIENTS:
        yield (
            f"There are only {curve.patients} patients: intervals that draw them again are rough, "
            "and tend to be too narrow."
        )
    if point.choice.rate is not None:
        yield (
            "The threshold was chosen on the CTs that it is reported on, and flatters: choose it "
            "on other patients, and give it with --threshold."
        )
    elif point.choice.why == "asked for":
        yield "The threshold was asked for; if it was chosen on these CTs, its figures flatter."
    for name, (kept_from, left_out) in evaluated.cut.items():
        yield (
            f"Of {name}, {counted(left_out, 'finding')} below {kept_from:g} were not kept: its "
            "curve ends early, and its figures at many false alarms are too low."
        )
    if evaluated.first.healthy:
        cts = counted(evaluated.first.healthy, "CT")
        yield f"The area takes the worst false alarm of each healthy CT ({cts}), and no other."
    else:
        yield (
            "No CT is without a lesion: the area is that of the AFROC1, which takes the worst "
            "false alarm of every CT."
        )
    yield "Many figures stand here, and none of the intervals is corrected for their number."


def by_lesion_words(pair: TwoDetectors) -> str:
    """Two detectors lesion by lesion; only where there are lesions."""
    assert pair.by_lesion is not None  # asked before
    return pair.by_lesion.words(pair.one, pair.other)


def curve_of(evaluated: Evaluated) -> str:
    """The curve of one detector with its intervals, or those of several over each other."""
    if len(evaluated.assessments) == 1:
        return _own_curve(evaluated.first)
    return curves_svg({whole.name: whole.curve for whole in evaluated.assessments})


def _own_curve(whole: Assessment) -> str:
    intervals = [measured.interval for measured in whole.rates]
    bases = {measured.basis for measured in whole.rates}
    basis = Basis.EXACT if Basis.EXACT in bases else Basis.PATIENTS
    return froc_svg(whole.curve, intervals, basis=basis.value)
