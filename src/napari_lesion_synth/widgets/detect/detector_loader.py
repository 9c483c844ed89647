"""Reading a detector in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.external import ENDINGS
from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.jobs.detector_job import DETECTOR_PT
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.sample_data import sample_detector
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.preferences import read_preferences

if TYPE_CHECKING:
    from napari_lesion_synth.detection.facts import DetectorFacts

__all__ = ["DetectorLoader", "OpenedDetector", "detector_file", "opened"]

_CTS = {2: "single slices", 3: "volumes"}

Open = Callable[[Path], "OpenedDetector"]


@dataclass(frozen=True, eq=False)
class OpenedDetector:
    """A detector, and what people want to know of it.

    Parameters
    ----------
    detector : Detector
        Ready to search.
    path : Path
        Where it was read from.
    text : str
        What it is, and what it was trained on.
    threshold : float
        Score from which findings are shown at first.
    """

    detector: Detector
    path: Path
    text: str
    threshold: float = 0.5


class DetectorLoader(QObject):
    """Holds the detector in use.

    Parameters
    ----------
    open_file : callable
        Reads a file; in a thread.
    parent : QObject, optional
        Owner.
    """

    changed = Signal()

    def __init__(self, open_file: Open | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = open_file or opened
        self.current: OpenedDetector | None = None
        self.problem = ""
        """Why the one asked for last cannot be used; empty if it can."""
        self.trained: Path | None = None
        """File of the detector trained last."""
        self._worker = LatestOnly("detector", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)

    def close(self) -> None:
        """End the thread; what it still does is dropped."""
        self._worker.close()

    @property
    def working(self) -> bool:
        """Whether a detector is on its way."""
        return self._worker.awaiting

    def open(self, path: Path) -> None:
        """Read a detector's file, or that of a training's folder."""
        self.problem = ""
        self._worker.submit(partial(self._open, path))
        self.changed.emit()

    def offer_trained(self, path: Path) -> None:
        """A training has ended: use its detector unless there is one."""
        self.trained = path
        if self.current is None:
            self.open(path)
        else:
            self.changed.emit()

    def _on_finished(self, _number: int, found: OpenedDetector) -> None:
        self.current = found
        self.changed.emit()

    def _on_failed(self, _number: int, error: Exception) -> None:
        self.problem = str(error)
        self.changed.emit()


def detector_file(path: Path) -> Path:
    """The file of a detector; of a training's folder, its product.

    Raises
    ------
    CheckpointError
        If the training has none yet.
    """
    if not path.is_dir():
        return path
    product = path / DETECTOR_PT
    if not product.exists():
        raise CheckpointError(
            f"there is no {DETECTOR_PT} in this folder",
            where=path,
            remedy="Choose the folder of a training that has ended, or go on with it",
        )
    return product


def opened(path: Path) -> OpenedDetector:
    """Read a detector; for a worker thread, since it loads torch."""
    file = detector_file(path)
    detector = open_detector(file, read_preferences().device)
    if file.name.lower().endswith(ENDINGS):
        return OpenedDetector(detector, file, f"Findings in {file.name}")
    from napari_lesion_synth.detection.model import DetectorModel

    facts = DetectorModel.load(file).facts
    return OpenedDetector(
        detector, file, _text(detector, file, facts), facts.thresholds.get("score", 0.5)
    )


def _text(detector: Detector, file: Path, facts: DetectorFacts) -> str:
    own = len(facts.patients)
    others = len(set(detector.patients) - set(facts.patients))
    name = file.parent.name if file.name == DETECTOR_PT else file.stem
    shipped = file.resolve() == sample_detector()
    parts = [
        f"{facts.kind[:1].upper()}{facts.kind[1:]} for {_CTS[facts.dims]}",
        "comes with the program" if shipped else name,
        "knows simulated CTs alone" if shipped else "",
        f"trained on {own} patient{'s' * (own != 1)}",
        f"with lesions that descend from {others} more" if others else "",
        ", ".join(f"{count} steps ({role})" for role, count in facts.steps.items()),
    ]
    return f"{', '.join(part for part in parts if part)}; id {detector.id[:8]}"
