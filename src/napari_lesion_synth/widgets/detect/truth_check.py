"""The findings against the known lesions, judged in a thread."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import QObject, Signal

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.familiar import familiar
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.evaluation.matching import CaseResult, match
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.widgets.parts.latest import LatestOnly

__all__ = ["TruthCheck"]


class TruthCheck(QObject):
    """Judges one detection; one pass serves all thresholds.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    """

    judged = Signal(object, str)
    """The `CaseResult`, and how the detector knows the CT; empty where it does not."""
    failed = Signal(object)
    """The exception."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rule = HitRule()
        self._worker = LatestOnly("truth", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)

    def close(self) -> None:
        """End the thread."""
        self._worker.close()

    def judge(self, detection: Detection, case: Case, detector: Detector, host: str = "") -> None:
        """Compare.

        Parameters
        ----------
        detection : Detection
            The findings.
        case : Case
            The CT, with its known lesions.
        detector : Detector
            Who found them: one that has learnt from this CT is no fair test.
        host : str
            As for `familiar`.
        """
        self._worker.submit(partial(_judged, detection, case, self.rule, detector, host))

    def forget(self) -> None:
        """Drop what is under way."""
        self._worker.forget()

    def _on_finished(self, number: int, told: tuple[CaseResult, str]) -> None:
        if number == self._worker.newest:
            self.judged.emit(*told)

    def _on_failed(self, number: int, error: Exception) -> None:
        if number == self._worker.newest:
            self.failed.emit(error)


def _judged(
    detection: Detection, case: Case, rule: HitRule, detector: Detector, host: str
) -> tuple[CaseResult, str]:
    return match(detection, Truth.of(case), rule), familiar(detector, case, host)
