"""What is listed and drawn of a detection: the findings of one threshold, and what was missed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.detection.verdicts import FindingVerdict, verdict_at
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome

__all__ = ["MISSED", "Row", "rows_of", "score_text", "words_of"]

MISSED = "missed"
"""What a known lesion is that no finding hits; a finding's own words are those of `Outcome`."""


@dataclass(frozen=True, eq=False)
class Row:
    """One line of the table, and one mark on the canvas.

    Parameters
    ----------
    finding : Finding or None
        None for a known lesion that was missed.
    center : tuple of float
        Voxel index (z, y, x) in the CT.
    diameter_mm, depth_mm : float
        NaN where not known.
    zone : Zone or None
        Where it lies.
    verdict : str
        ``"accept"``, ``"reject"``, or empty.
    truth : str
        What it is by the known lesions; empty where they are not compared.
    """

    finding: Finding | None
    center: Triple
    diameter_mm: float
    depth_mm: float
    zone: Zone | None
    verdict: str = ""
    truth: str = ""

    @property
    def number(self) -> int | None:
        """Rank of the finding."""
        return None if self.finding is None else self.finding.number

    @property
    def label(self) -> str:
        """What stands beside the mark on the canvas."""
        if self.finding is None:
            size = "" if math.isnan(self.diameter_mm) else f" {self.diameter_mm:.0f} mm"
            return f"{self.truth or MISSED}{size}"
        parts = [score_text(self.finding.score), self.truth]
        parts += {"accept": ["accepted"], "reject": ["rejected"]}.get(self.verdict, [])
        return " ".join(part for part in parts if part)


def score_text(score: float) -> str:
    """A score in two digits, never rounded up: at a threshold of what is read it is shown."""
    return f"{math.floor(score * 100 + 1e-6) / 100:.2f}"


def rows_of(
    detection: Detection,
    threshold: float,
    verdicts: Sequence[FindingVerdict] = (),
    host: str = "",
    result: CaseResult | None = None,
) -> tuple[Row, ...]:
    """The findings of at least a score, highest first; then the lesions that they miss.

    Parameters
    ----------
    detection : Detection
        What was found.
    threshold : float
        Smallest score.
    verdicts : sequence of FindingVerdict
        A person's.
    host : str
        `Volume.sha256` of the CT.
    result : CaseResult, optional
        The findings against the known lesions.
    """
    outcomes = {} if result is None else {mark.finding: mark.outcome for mark in result.marks}
    rows = []
    for finding in detection.above(threshold):
        judged = verdict_at(verdicts, host, finding.center)
        outcome = outcomes.get(finding.number)
        rows.append(
            Row(
                finding,
                finding.center,
                finding.diameter_mm,
                finding.depth_mm,
                finding.zone,
                "" if judged is None else judged.verdict,
                "" if outcome is None else outcome.value,
            )
        )
    for lesion in () if result is None else result.missed(threshold):
        z, y, x = (float(i) for i in lesion.center)
        rows.append(
            Row(None, (z, y, x), lesion.diameter_mm, lesion.depth_mm, lesion.zone, truth=MISSED)
        )
    return tuple(rows)


def words_of(result: CaseResult, threshold: float) -> str:
    """Hits, misses and false alarms at a threshold, as a sentence."""
    found, missed = len(result.found(threshold)), len(result.missed(threshold))
    false, again, ignored = (
        len(result.marked(outcome, threshold))
        for outcome in (Outcome.FALSE, Outcome.DUPLICATE, Outcome.IGNORED)
    )
    if found + missed:
        parts = [f"{found} of {_count(found + missed, 'known lesion')} hit, {missed} missed"]
    else:
        parts = ["no known lesion counts here"]
    parts.append(_count(false, "false alarm"))
    parts += [_count(again, "duplicate")] if again else []
    parts += [f"{ignored} ignored"] if ignored else []
    return f"At {threshold:.2f}: {'; '.join(parts)}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
