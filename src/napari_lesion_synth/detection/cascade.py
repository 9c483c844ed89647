"""The cascade: candidates slice by slice, each verified with what surrounds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.calibration import calibrated, logit
from napari_lesion_synth.detection.candidates import candidate_heat, logits_of
from napari_lesion_synth.detection.crops import SHAPES, candidate_crop
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.finding import Detection, Heat
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.linking import Candidate, LinkSettings, link
from napari_lesion_synth.detection.search import (
    Stages,
    facts_of_run,
    findings_from,
    frame_of,
    linking_of,
    placed_net,
)
from napari_lesion_synth.events import StopToken

if TYPE_CHECKING:
    from torch import nn

    from napari_lesion_synth.detection.model import DetectorModel
    from napari_lesion_synth.training.device import Compute

__all__ = ["CANDIDATES", "Cascade", "verifier_logits"]

CANDIDATES = "candidates"
"""Name of the second stage."""

_BATCH = 16


class Cascade:
    """Finds lesions in two stages.

    Parameters
    ----------
    model : DetectorModel
        Of the kind ``"cascade"``.
    compute : Compute
        How to compute.
    linking : LinkSettings, optional
        What counts as a candidate. Default: the usual, with the detector's own threshold.

    Raises
    ------
    CheckpointError
        If the model has no net for candidates.
    ParameterError
        If a net needs an extra that is not installed.
    """

    def __init__(
        self, model: DetectorModel, compute: Compute, linking: LinkSettings | None = None
    ) -> None:
        self._model = model
        self._compute = compute
        self._linking = linking or linking_of(model.facts)
        self._candidate = compute.place(model.net("candidate"))
        self._verifier = placed_net(model, "verifier", compute, SHAPES[3][0])

    @property
    def id(self) -> str:
        """Which weights it has."""
        return self._model.id

    @property
    def patients(self) -> tuple[str, ...]:
        """Whose CTs or lesions it has seen."""
        return self._model.patients

    def detect(
        self, case: Case, token: StopToken | None = None, report: Report | None = None
    ) -> Detection:
        """Find lesions in a CT; see `Detector.detect`."""
        stages = Stages()
        with stages("frame"):
            frame = frame_of(case, self._model.facts.grid)
        with stages("slices"):
            heat = candidate_heat(self._candidate, frame, self._compute, token=token, report=report)
        with stages("linking"):
            candidates = link(heat, frame, self._linking)
        with stages("verifying"):
            second = self._verified(frame, heat, candidates, token, report)
        with stages("findings"):
            first = logit([each.score for each in candidates])
            scores = calibrated(self._model.facts.calibration, first, second).tolist()
            findings = findings_from(
                case, frame, candidates, scores, self._parts(candidates, second)
            )
        return Detection(
            findings=findings,
            heat=Heat(heat, frame.step, frame.first),
            shape=case.volume.shape,
            spacing=case.volume.spacing,
            patient=case.patient,
            detector=self.id,
            seconds=stages.seconds,
            facts=facts_of_run(self._model, self._compute),
        )

    def _verified(
        self,
        frame: Frame,
        heat: NDArray[np.float32],
        candidates: Sequence[Candidate],
        token: StopToken | None,
        report: Report | None,
    ) -> NDArray[np.float32]:
        if self._verifier is None:
            return np.zeros(len(candidates), np.float32)
        net, compute = self._verifier
        return verifier_logits(net, frame, heat, candidates, compute, token=token, report=report)

    def _parts(
        self, candidates: Sequence[Candidate], second: NDArray[np.float32]
    ) -> list[dict[str, Any]]:
        parts: list[dict[str, Any]] = [{"candidate": each.score} for each in candidates]
        if self._verifier is not None:
            for part, value in zip(parts, expit(second).tolist(), strict=True):
                part["verifier"] = value
        return parts


def verifier_logits(
    net: nn.Module,
    frame: Frame,
    heat: NDArray[np.float32],
    candidates: Sequence[Candidate],
    compute: Compute,
    *,
    token: StopToken | None = None,
    report: Report | None = None,
) -> NDArray[np.float32]:
    """What the second net thinks of each candidate.

    Parameters
    ----------
    net : nn.Module
        Takes crops as `candidate_crop` makes them; gives a logit for each. In its evaluation
        mode and placed by `compute`.
    frame : Frame
        The CT on the nets' grid.
    heat : ndarray of float32, shape of the frame
        From `candidate_heat`.
    candidates : sequence of Candidate
        From `link`.
    compute : Compute
        How to compute.
    token, report
        As for `candidate_heat`.

    Returns
    -------
    ndarray of float32, shape (n,)

    Raises
    ------
    CheckpointError, LesionSynthError, Stopped
        As `candidate_heat`.
    """
    logits = np.zeros(len(candidates), np.float32)
    for start in range(0, len(candidates), _BATCH):
        if token is not None:
            token.check()
        part = candidates[start : start + _BATCH]
        crops = np.stack([candidate_crop(frame, heat, each.center) for each in part])
        logits[start : start + len(part)] = logits_of(net, crops, compute).reshape(len(part))
        if report is not None:
            report(start + len(part), len(candidates), CANDIDATES)
    return logits
