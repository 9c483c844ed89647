"""Several trainings beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.detect.folder_list import FolderList
from napari_lesion_synth.widgets.detect.runs_plot import Curve, RunsPlot
from napari_lesion_synth.widgets.detect.training_folder import DetectorTraining, look_into
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import form

__all__ = ["CompareRuns"]


class CompareRuns(QWidget):
    """A list of trainings, the number to compare, and its curves.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: tuple[DetectorTraining, ...] = ()
        self.runs = FolderList("folders of trainings", described)
        self.metric = Choice()
        self.metric.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.metric.setToolTip("Which number of the trainings is shown.")
        self.plot = RunsPlot("Trainings compared")
        em = self.fontMetrics().height()
        self.runs.list.setIconSize(QSize(2 * em, em))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.runs)
        layout.addWidget(form([("Number", self.metric)]))
        layout.addWidget(self.plot)
        self._worker = LatestOnly("trainings", self)
        self._worker.finished.connect(self._on_read)
        self.runs.changed.connect(self.look_again)
        self.metric.currentIndexChanged.connect(self._show)

    def close_part(self) -> None:
        """End the threads."""
        self.runs.close()
        self._worker.close()

    def look_again(self) -> None:
        """Read the numbers anew."""
        self._worker.submit(partial(_read, self.runs.folders))

    def _on_read(self, _number: int, found: tuple[DetectorTraining, ...]) -> None:
        self._found = found
        names = list(dict.fromkeys(m.name for run in found for m in run.metrics))
        chosen = self.metric.currentText()
        self.metric.blockSignals(True)
        self.metric.clear()
        self.metric.addItems(names)
        usual = next((name for name in names if name.endswith("/validation/score")), "")
        self.metric.setCurrentText(chosen if chosen in names else usual or (names or [""])[0])
        self.metric.blockSignals(False)
        self._show()

    def _show(self, *_: object) -> None:
        name = self.metric.currentText()
        self.plot.show_curves([_curve(run, name) for run in self._found])
        if len(self._found) == len(self.runs.folders):
            self.runs.set_icons([self.plot.icon(k) for k in range(len(self._found))])


def described(path: Path) -> str:
    """What a training's folder holds, in words."""
    found = look_into(path)
    if not found.begun:
        return "⚠ no training"
    last = max((metric.step for metric in found.metrics), default=0)
    return f"{'finished' if found.done else 'not finished'}, step {last}"


def _read(folders: Sequence[Path]) -> tuple[DetectorTraining, ...]:
    return tuple(look_into(folder) for folder in folders)


def _curve(run: DetectorTraining, name: str) -> Curve:
    points = {metric.step: metric.value for metric in run.metrics if metric.name == name}
    steps = tuple(sorted(points))
    return Curve(run.path.name, steps, tuple(points[step] for step in steps))
