"""What all detectors by nets share: stages with their times, and findings from candidates."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.finding import Finding
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.linking import Candidate, LinkSettings
from napari_lesion_synth.detection.measuring import brought_to_ct, finding_of
from napari_lesion_synth.errors import InputError

if TYPE_CHECKING:
    from torch import nn

    from napari_lesion_synth.detection.facts import DetectorFacts
    from napari_lesion_synth.detection.model import DetectorModel
    from napari_lesion_synth.training.device import Compute

__all__ = [
    "DISCLAIMER",
    "NO_ORGAN",
    "Stages",
    "facts_of_run",
    "findings_from",
    "frame_of",
    "linking_of",
    "placed_net",
]

DISCLAIMER = "For research only. Not a medical device."
"""Stands in everything that is exported."""

NO_ORGAN = (
    "Give the organ's mask (--organ FILE). TotalSegmentator can make one, or a click on the organ "
    "in the workbench (Organ, then save the mask)"
)
"""What to do about a CT without an organ."""


class Stages:
    """The seconds that each stage takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count the time of this block as that of a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


def frame_of(case: Case, grid: GridSettings) -> Frame:
    """`Frame.of`, with an error that says where to get an organ from.

    Raises
    ------
    InputError, ParameterError
        As `Frame.of`.
    """
    if case.organ is None:
        raise InputError(
            "lesions are sought in an organ, and this CT has no mask of it",
            where=case.inputs.get("ct") or case.patient,
            remedy=NO_ORGAN,
        )
    return Frame.of(case, grid)


def findings_from(
    case: Case,
    frame: Frame,
    candidates: Sequence[Candidate],
    scores: Sequence[float],
    parts: Sequence[Mapping[str, Any]],
) -> tuple[Finding, ...]:
    """Candidates as findings in the CT, highest score first.

    Parameters
    ----------
    case : Case
        The CT.
    frame : Frame
        The grid of the candidates.
    candidates : sequence of Candidate
        In any order.
    scores : sequence of float
        Of each.
    parts : sequence of mapping
        What each score was made from.
    """
    organ = case.require_organ()
    order = sorted(range(len(candidates)), key=lambda k: -scores[k])
    findings = []
    for number, k in enumerate(order, start=1):
        box, region = brought_to_ct(candidates[k].region, candidates[k].box, frame)
        inside = region & organ.mask[box]
        region = inside if inside.any() else region
        findings.append(
            finding_of(
                case, box, region, number=number, score=float(scores[k]), parts=dict(parts[k])
            )
        )
    return tuple(findings)


def facts_of_run(model: DetectorModel, compute: Compute) -> dict[str, Any]:
    """Provenance of a detection: which detector, from whom, and where it was computed; JSON types.

    `patients` are those whom the detector has learnt from, and `hosts` their CTs by
    `Volume.sha256`, as far as its file names them.
    """
    facts: dict[str, Any] = {
        "kind": model.facts.kind,
        "detector": model.id,
        "patients": list(model.patients),
        "hosts": model.hosts,
        "calibrated": _calibrated(model.facts),
        "computed_on": compute.text,
    }
    threshold = model.facts.thresholds.get("score")
    return facts if threshold is None else {**facts, "threshold": threshold}


def _calibrated(facts: DetectorFacts) -> bool:
    """Whether scores mean what they say; of older files, whether there were patients to ask."""
    basis = facts.training.get("calibration")
    return bool(basis["sound"]) if isinstance(basis, dict) else bool(facts.validation)


def linking_of(facts: DetectorFacts) -> LinkSettings:
    """What counts as a candidate, for a detector that may have a threshold of its own."""
    lowest = facts.thresholds.get("candidate")
    return LinkSettings() if lowest is None else LinkSettings(lowest=lowest)


def placed_net(
    model: DetectorModel, role: str, compute: Compute, slices: int
) -> tuple[nn.Module, Compute] | None:
    """A net of a detector where it is computed, and how; None where it has none of that role.

    Parameters
    ----------
    model : DetectorModel
        The detector.
    role : {"candidate", "verifier", "single"}
        Which net.
    compute : Compute
        How to compute.
    slices : int
        Of what the net sees at once.
    """
    from napari_lesion_synth.detection.nets.registry import compute_for

    spec = model.facts.spec(role)
    if spec is None:
        return None
    own = compute_for(spec, compute, slices)
    return own.place(model.net(role)), own
