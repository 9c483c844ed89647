"""Findings against the truth: hits, misses, false alarms, duplicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.errors import GeometryError, InputError
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.truth import Truth, TruthLesion

__all__ = ["CaseResult", "LesionResult", "Mark", "Outcome", "match"]

Index = tuple[int, int, int]


class Outcome(StrEnum):
    """What a finding turned out to be."""

    HIT = "hit"
    DUPLICATE = "duplicate"
    FALSE = "false alarm"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Mark:
    """One finding, judged.

    Parameters
    ----------
    finding : int
        Its number in the detection.
    outcome : Outcome
        What it is.
    lesion : int or None
        Number of the lesion that it hit.
    score : float
        As the detector gave it.
    center : tuple of float
        Voxel index (z, y, x) in the CT.
    diameter_mm : float
        Of the finding.
    zone : Zone or None
        Where it lies.
    """

    finding: int
    outcome: Outcome
    lesion: int | None
    score: float
    center: Triple
    diameter_mm: float
    zone: Zone | None


@dataclass(frozen=True, slots=True)
class LesionResult:
    """One lesion that counts, and whether it was found.

    Parameters
    ----------
    number : int
        Its number in the truth.
    center : tuple of int
        Voxel index (z, y, x) in the CT.
    diameter_mm, depth_mm, contrast_hu : float
        Of the lesion; NaN where not known.
    zone : Zone or None
        Where it lies.
    score : float or None
        Of the finding that hit it; None where none did, at any threshold.
    finding : int or None
        Number of that finding.
    """

    number: int
    center: Index
    diameter_mm: float
    depth_mm: float
    contrast_hu: float
    zone: Zone | None
    score: float | None = None
    finding: int | None = None

    @property
    def conspicuity(self) -> float:
        """Diameter times magnitude of the contrast, in mm HU."""
        return self.diameter_mm * abs(self.contrast_hu)

    def found(self, threshold: float) -> bool:
        """Whether it was hit by a finding of at least this score."""
        return self.score is not None and self.score >= threshold


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One CT, judged; without arrays, so that those of a whole experiment fit in memory.

    Parameters
    ----------
    patient, case, detector : str
        Whose CT, which, and searched by what.
    rule : HitRule
        What a hit was.
    lesions : tuple of LesionResult
        Those that count.
    marks : tuple of Mark
        Every finding, highest score first.
    healthy : bool
        Whether the CT has no lesion at all, counted or ignored.
    """

    patient: str
    case: str
    detector: str
    rule: HitRule
    lesions: tuple[LesionResult, ...]
    marks: tuple[Mark, ...]
    healthy: bool

    def found(self, threshold: float = -np.inf) -> tuple[LesionResult, ...]:
        """Lesions that were hit by a finding of at least this score."""
        return tuple(lesion for lesion in self.lesions if lesion.found(threshold))

    def missed(self, threshold: float = -np.inf) -> tuple[LesionResult, ...]:
        """Lesions that were not."""
        return tuple(lesion for lesion in self.lesions if not lesion.found(threshold))

    def marked(self, outcome: Outcome, threshold: float = -np.inf) -> tuple[Mark, ...]:
        """Findings of one kind and at least this score, highest first."""
        return tuple(
            mark for mark in self.marks if mark.outcome is outcome and mark.score >= threshold
        )

    def only(self, keep: Callable[[LesionResult], bool]) -> CaseResult:
        """The same CT with the same findings, in which fewer lesions count.

        False alarms stay: they belong to no lesion, and so to no stratum.
        """
        return replace(self, lesions=tuple(lesion for lesion in self.lesions if keep(lesion)))


def match(detection: Detection, truth: Truth, rule: HitRule) -> CaseResult:
    """Judge every finding of a CT, as `HitRule` says.

    What a threshold would leave is judged as if the rest had not been there, since findings
    are taken by score: one pass serves all thresholds.

    Parameters
    ----------
    detection : Detection
        What was found.
    truth : Truth
        What was there.
    rule : HitRule
        What a hit is.

    Returns
    -------
    CaseResult

    Raises
    ------
    GeometryError
        If findings and truth are of CTs of different size.
    InputError
        If they are of different patients, or a score is no number.
    """
    _check(detection, truth)
    counted = [lesion for lesion in truth.lesions if _counts(lesion, rule)]
    numbers = {lesion.number for lesion in counted}
    taken: dict[int, Finding] = {}
    marks = []
    for finding in sorted(detection.findings, key=lambda each: (-each.score, each.number)):
        outcome, lesion = _judged(finding, truth, rule, numbers, taken)
        if outcome is Outcome.HIT and lesion is not None:
            taken[lesion] = finding
        marks.append(
            Mark(
                finding.number,
                outcome,
                lesion,
                finding.score,
                finding.center,
                finding.diameter_mm,
                finding.zone,
            )
        )
    return CaseResult(
        truth.patient,
        truth.case,
        detection.detector,
        rule,
        tuple(_result(lesion, taken.get(lesion.number)) for lesion in counted),
        tuple(marks),
        truth.healthy,
    )


def _check(detection: Detection, truth: Truth) -> None:
    if detection.shape != truth.shape:
        raise GeometryError(
            f"the findings are of a CT of shape {detection.shape}, the lesions of {truth.shape}",
            where=truth.case,
            remedy="Compare the findings with the lesions of the same CT",
        )
    if detection.patient != truth.patient:
        raise InputError(
            f"the findings are those of {detection.patient}, the lesions those of {truth.patient}",
            where=truth.case,
            remedy="Compare the findings with the lesions of the same CT",
        )
    if not all(np.isfinite(finding.score) for finding in detection.findings):
        raise InputError(
            "a finding's score is not a number",
            where=truth.case,
            remedy="Mend the detector, or the file of findings",
        )


def _counts(lesion: TruthLesion, rule: HitRule) -> bool:
    if lesion.component.diameter_mm < rule.smallest_mm:
        return False
    return rule.outside == "false" or lesion.share_inside >= 0.5


def _judged(
    finding: Finding, truth: Truth, rule: HitRule, counted: set[int], taken: dict[int, Finding]
) -> tuple[Outcome, int | None]:
    """What the finding is, and the number of the lesion that it belongs to."""
    hit = _hits(finding, truth, rule)
    free = [number for number in hit if number in counted and number not in taken]
    if free:
        return Outcome.HIT, free[0]
    again = [number for number in hit if number in counted]
    if again:
        return Outcome.DUPLICATE, again[0]
    if hit:
        return Outcome.IGNORED, hit[0]
    return (Outcome.IGNORED if _outside(finding, truth, rule) else Outcome.FALSE), None


def _hits(finding: Finding, truth: Truth, rule: HitRule) -> Sequence[int]:
    """Numbers of the lesions that it hits, the one that fits best first."""
    fits = {lesion.number: _fit(finding, lesion, truth, rule) for lesion in truth.lesions}
    hit = {number: fit for number, fit in fits.items() if fit is not None}
    return sorted(hit, key=lambda number: (-hit[number], number))


def _fit(finding: Finding, lesion: TruthLesion, truth: Truth, rule: HitRule) -> float | None:
    """How well they fit, larger is better; None where it is no hit."""
    component = lesion.component
    if rule.kind == "centre":
        place = [
            i - side.start for i, side in zip(_voxel(finding.center), component.box, strict=True)
        ]
        within = all(0 <= i < n for i, n in zip(place, component.mask.shape, strict=True))
        return 1.0 if within and component.mask[tuple(place)] else None
    if rule.kind == "distance":
        radius = component.diameter_mm / 2 if rule.radius_mm is None else rule.radius_mm
        away = np.subtract(finding.center, component.center) * truth.spacing
        distance = float(np.linalg.norm(away))
        return -distance if distance <= radius else None
    overlap = _iou(finding, lesion)
    return overlap if overlap >= rule.iou else None


def _iou(finding: Finding, lesion: TruthLesion) -> float:
    component = lesion.component
    shared = [
        slice(max(a.start, b.start), min(a.stop, b.stop))
        for a, b in zip(finding.bbox, component.box, strict=True)
    ]
    if any(side.start >= side.stop for side in shared):
        return 0.0
    here, there = (
        tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(shared, box, strict=True))
        for box in (finding.bbox, component.box)
    )
    both = int(np.count_nonzero(finding.region[here] & component.mask[there]))
    either = int(np.count_nonzero(finding.region)) + int(np.count_nonzero(component.mask)) - both
    return both / either


def _outside(finding: Finding, truth: Truth, rule: HitRule) -> bool:
    if truth.organ is None or rule.outside == "false":
        return False
    voxel = _voxel(finding.center)
    return not truth.organ.contains(voxel) and truth.organ.depth_at(voxel) < -rule.outside_mm


def _voxel(center: Triple) -> Index:
    """The voxel that holds a point."""
    z, y, x = (int(np.floor(i + 0.5)) for i in center)
    return z, y, x


def _result(lesion: TruthLesion, finding: Finding | None) -> LesionResult:
    return LesionResult(
        lesion.number,
        lesion.component.center,
        lesion.component.diameter_mm,
        lesion.depth_mm,
        lesion.contrast_hu,
        lesion.zone,
        None if finding is None else finding.score,
        None if finding is None else finding.number,
    )
