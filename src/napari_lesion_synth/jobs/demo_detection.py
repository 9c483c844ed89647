"""The demo's last step: the detector that comes with the program, on CTs it has not seen."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.dataset.report import Section, drawing, figure, paragraph, table
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.export import write_findings
from napari_lesion_synth.detection.familiar import familiar
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.drawing.froc_svg import froc_svg
from napari_lesion_synth.evaluation.drawing.judged_picture import judged_picture
from napari_lesion_synth.evaluation.froc import RATES, froc
from napari_lesion_synth.evaluation.matching import CaseResult, match
from napari_lesion_synth.evaluation.operating import at_threshold
from napari_lesion_synth.evaluation.rows import point_rows, to_csv
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.statistics.bootstrap import bootstrap
from napari_lesion_synth.evaluation.strata import by_diameter
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.events import Artifact, Event, Log, StopToken
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.demo_shams import DemoShams, in_brackets
from napari_lesion_synth.wording import counted

__all__ = ["UNSEEN", "detect_and_judge"]

UNSEEN = tuple(range(60, 72))
"""Seeds of simulated patients whom nothing that comes with the program has learnt from, and nobody
has looked at while it was made."""

_SPACINGS = ((2.5, 1.0, 1.0), (5.0, 1.5, 1.5))
_LESIONS = 5
_THRESHOLD = 0.5
_RULE = HitRule()


def detect_and_judge(
    case: Case,
    out: Path,
    token: StopToken,
    detector: Detector,
    unseen: Sequence[int] = UNSEEN,
) -> Generator[Event, None, Section]:
    """Find lesions in the demo's CT and in others, compare with the truth, and describe it.

    Parameters
    ----------
    case : Case
        The demo's simulated patient, with the lesions.
    out : Path
        Folder of findings, picture and table; is made.
    token : StopToken
        Checked at every batch of slices.
    detector : Detector
        For volumes.
    unseen : sequence of int
        Seeds of further simulated patients.

    Yields
    ------
    Event
        Log, Artifact.

    Returns
    -------
    Section

    Raises
    ------
    Stopped
        If the token was set.
    ParameterError
        If the detector has seen all patients.
    LesionSynthError
        If it cannot be used, or a file cannot be written.
    """
    with writing(out):
        out.mkdir(exist_ok=True)
    shown = detector.detect(case, token)
    threshold = float(shown.facts.get("threshold", _THRESHOLD))
    judged = match(shown, Truth.of(case), _RULE)
    write_findings(out, shown, case.volume, threshold)
    picture = png_bytes(judged_picture(case, shown, judged, threshold))
    write_atomic(out / "findings.png", picture)
    yield Artifact("findings", str(out))
    results = [] if familiar(detector, case) else [judged]
    shams = DemoShams(case)
    for other in _others(case, unseen):
        token.check()
        known = familiar(detector, other)
        if known:
            yield Log(f"the detector {known}: {other.patient} is left out", "warning")
            continue
        found = detector.detect(other, token)
        results.append(match(found, Truth.of(other), _RULE))
        shams.ask(detector, other, found, token)
    if not results:
        raise ParameterError("the detector has seen all CTs: there is no fair test")
    curve = froc(results)
    write_atomic(out / "froc.csv", to_csv(point_rows(curve)).encode())
    intervals = bootstrap(curve.counts.sensitivities(RATES), np.random.default_rng(0))
    return Section(
        "Detection",
        (
            paragraph(_what(case, detector, curve.cts)),
            figure(
                picture,
                f"The demo's simulated CT: {_tally(judged, threshold)}. Yellow and solid: true "
                "lesions. Blue and dashed: findings, with their scores. Orange: heat of the first "
                "net.",
            ),
            table(_rows(shown, judged, threshold)),
            drawing(
                froc_svg(curve, intervals),
                f"Free-response curve over {counted(curve.cts, 'simulated CT')}.",
            ),
            paragraph(_figures(results, threshold)),
            *shams.told(threshold),
            paragraph(
                "What this does not show: how well lesions of patients are found. The detector has "
                "learnt from simulated CTs alone, and these are of the same kind of body, lesion "
                "and scanner. Nor that synthetic lesions have helped it: no detector without them "
                "stands beside it here. With so few CTs, the intervals are wide."
            ),
        ),
    )


def _others(case: Case, seeds: Sequence[int]) -> Iterator[Case]:
    """Further simulated patients, at two spacings in turn."""
    for number, seed in enumerate(seeds):
        made = phantom(seed=seed, lesions=_LESIONS, spacing=_SPACINGS[number % len(_SPACINGS)])
        if made.patient != case.patient:
            yield made


def _what(case: Case, detector: Detector, cts: int) -> str:
    known = bool(familiar(detector, case))
    whose = (
        "It has learnt from this very patient, whose findings say nothing, and are not in the curve"
        if known
        else "It has seen none of these patients"
    )
    return (
        f"The detector that comes with the program has learnt from "
        f"{counted(len(detector.patients), 'simulated patient')}. It searched the simulated CT of "
        f"this demo, as it is, and {counted(cts - (not known), 'CT')} of other simulated patients, "
        "with slices of 2.5 and of 5 mm in turn. "
        f"{whose}. {DISCLAIMER}"
    )


def _tally(judged: CaseResult, threshold: float) -> str:
    told = at_threshold([judged], threshold)
    return (
        f"{told.found} of {counted(told.lesions, 'lesion')} found, "
        f"{counted(told.false, 'false alarm')}"
    )


def _rows(shown: Detection, judged: CaseResult, threshold: float) -> list[dict[str, object]]:
    """One row a finding, and one a lesion that was missed."""
    rows: list[dict[str, object]] = []
    by_number = {finding.number: finding for finding in shown.above(threshold)}
    for mark in judged.marks:
        finding = by_number.get(mark.finding)
        if finding is None:
            continue
        z_mm, y_mm, x_mm = finding.position_mm
        whose = "" if mark.lesion is None else f" of lesion {mark.lesion}"
        rows.append(
            {
                "finding": str(finding.number),
                "score": f"{finding.score:.2f}",
                "x, y, z, mm (LPS)": f"{x_mm:.0f}, {y_mm:.0f}, {z_mm:.0f}",
                "diameter, mm": finding.diameter_mm,
                "zone": "" if finding.zone is None else finding.zone.value,
                "what it is": f"{mark.outcome}{whose}",
            }
        )
    return rows + [
        {
            "finding": "none",
            "score": "",
            "x, y, z, mm (LPS)": "",
            "diameter, mm": lesion.diameter_mm,
            "zone": "" if lesion.zone is None else lesion.zone.value,
            "what it is": f"missed: lesion {lesion.number}",
        }
        for lesion in judged.missed(threshold)
    ]


def _figures(results: Sequence[CaseResult], threshold: float) -> str:
    """What the detector's own threshold gives."""
    told = at_threshold(results, threshold)
    rng = np.random.default_rng(0)
    (found,), (false,) = bootstrap(told.sensitivity, rng), bootstrap(told.false_per_ct, rng)
    small = by_diameter()[0]
    few = at_threshold(small.of(results), threshold)
    return (
        f"At the detector's own threshold of {threshold:.2f}: {told.found} of "
        f"{counted(told.lesions, 'lesion')} found, {in_brackets(found)}, and "
        f"{counted(told.false, 'false alarm')} in {counted(told.cts, 'CT')}, "
        f"{in_brackets(false)} per CT. Of lesions {small.name}: {few.found} of {few.lesions}. "
        "In brackets: 95 % intervals, patients drawn again."
    )
