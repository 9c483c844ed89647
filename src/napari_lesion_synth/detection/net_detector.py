"""What detectors by nets have in common: the way from a CT to its findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.calibration import calibrated, logit
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
)
from napari_lesion_synth.events import StopToken

if TYPE_CHECKING:
    from napari_lesion_synth.detection.model import DetectorModel
    from napari_lesion_synth.training.device import Compute

__all__ = ["NetDetector"]


class NetDetector(ABC):
    """A `Detector` of one net or two.

    Parameters
    ----------
    model : DetectorModel
        The nets.
    compute : Compute
        How to compute.
    linking : LinkSettings, optional
        What counts as a candidate. Default: the usual, with the detector's own threshold.
    """

    first_stage: ClassVar[str]
    """Name of the stage that makes the heat."""

    def __init__(
        self, model: DetectorModel, compute: Compute, linking: LinkSettings | None = None
    ) -> None:
        self._model, self._compute = model, compute
        self._linking = linking or linking_of(model.facts)

    @property
    def id(self) -> str:
        """Which weights it has."""
        return self._model.id

    @property
    def patients(self) -> tuple[str, ...]:
        """Whose CTs or lesions it has seen."""
        return self._model.patients

    @property
    def hosts(self) -> Mapping[str, str]:
        """The CTs that it has seen, by `Volume.sha256`, and whose each is."""
        return self._model.hosts

    @abstractmethod
    def heat(
        self, frame: Frame, token: StopToken | None, report: Report | None
    ) -> NDArray[np.float32]:
        """How likely a lesion is, 0 to 1, on the frame's grid."""

    def verified(
        self,
        frame: Frame,
        heat: NDArray[np.float32],
        candidates: Sequence[Candidate],
        token: StopToken | None,
        report: Report | None,
    ) -> NDArray[np.float32] | None:
        """A second net's logit for each candidate; None where there is no second net."""
        del frame, heat, candidates, token, report
        return None

    def detect(
        self, case: Case, token: StopToken | None = None, report: Report | None = None
    ) -> Detection:
        """Find lesions in a CT; see `Detector.detect`."""
        stages = Stages()
        with stages("frame"):
            frame = frame_of(case, self._model.facts.grid)
        with stages(self.first_stage):
            heat = self.heat(frame, token, report)
        with stages("linking"):
            candidates = link(heat, frame, self._linking)
        with stages("verifying"):
            second = self.verified(frame, heat, candidates, token, report)
        with stages("findings"):
            peaks = [each.score for each in candidates]
            parts = [{"candidate": peak} for peak in peaks]
            if second is not None:
                for part, value in zip(parts, expit(second).tolist(), strict=True):
                    part["verifier"] = value
            logits = np.zeros(len(peaks)) if second is None else second
            scores = calibrated(self._model.facts.calibration, logit(peaks), logits)
            findings = findings_from(case, frame, candidates, scores.tolist(), parts)
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
