"""Train: data, mixture, device and folder; the run; how it goes; other trainings beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Artifact, Event, Metric
from napari_lesion_synth.jobs.detector_job import DetectorJob
from napari_lesion_synth.project.command_line import (
    train_detector_arguments,
    train_detector_command,
)
from napari_lesion_synth.widgets.detect.compare_runs import CompareRuns
from napari_lesion_synth.widgets.detect.detector_run import DetectorRun
from napari_lesion_synth.widgets.detect.train_data import TrainData
from napari_lesion_synth.widgets.detect.train_fields import TrainFields
from napari_lesion_synth.widgets.detect.training_folder import DetectorTraining, look_into
from napari_lesion_synth.widgets.parts.command_text import CommandText
from napari_lesion_synth.widgets.parts.curves_plot import CurvesPlot
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.outcome import End, Outcome
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.parts.setting_words import setting_words
from napari_lesion_synth.widgets.parts.strip_view import StripView

__all__ = ["TrainTab"]

_SETTLED_MS = 250
_CURVES = {
    "Losses": {
        "candidates/loss/bce": "candidates: entropy",
        "candidates/loss/dice": "Dice",
        "verifier/loss/bce": "verifier: entropy",
    },
    "Validation patients": {
        "candidates/validation/score": "candidates: precision",
        "candidates/validation/sensitivity@1": "sensitivity",
        "verifier/validation/sensitivity@1": "verifier: sensitivity",
        "verifier/validation/score": "precision",
    },
}
_ABOUT = {
    "Losses": "Cross-entropy and 1 - Dice of the candidates' net, cross-entropy of the verifier.",
    "Validation patients": "Average precision, and sensitivity at one false alarm a CT, of each "
    "net: the higher, the better.",
}
_BATCH = (
    "Examples of the batch that is learnt from, below with outlines: yellow is the lesion's label, "
    "blue where the net sees one. Examples without yellow are healthy, shams among them."
)


class TrainTab(QWidget):
    """The training of a detector, from the data to the file.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    trained = Signal(object)
    """File of a detector whose training has ended by itself."""
    use_wanted = Signal(object)
    """File of a detector that the user wants."""

    def __init__(
        self, on_error: Callable[[Exception], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._seen = DetectorTraining(Path())
        self.data = TrainData(on_error)
        self.fields = TrainFields()
        self.folder_state = note(name="State of the training's folder")
        self.run = DetectorRun()
        self.plots = [CurvesPlot(name, labels) for name, labels in _CURVES.items()]
        self.batch = StripView("Batch of the training", _BATCH)
        self.use = button(
            "&Use this detector", "Search CTs with the detector of this folder", self._on_use
        )
        self.compare = CompareRuns()
        self.command = CommandText("The same as a command")
        self.sections: dict[str, Section] = {}
        self._lay_out()
        self._looker = LatestOnly("training folder", self)
        self._settled = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._connect()
        self._on_changed()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(4)
        self._add_section(layout, "Data", self.data)
        self._add_section(layout, "Mixture, net and device", self.fields)
        for part in (self.folder_state, self.run):
            layout.addWidget(part)
        for title, plot in zip(_CURVES, self.plots, strict=True):
            plot.setToolTip(f"<qt>{_ABOUT[title]}</qt>")
            self._add_section(layout, title, plot)
        layout.addWidget(self.batch)
        layout.addWidget(row(self.use, None))
        self._add_section(layout, "Compare trainings", self.compare, expanded=False)
        self._add_section(layout, "Command", self.command, expanded=False)
        layout.addStretch(1)
        self.use.hide()
        self._show_plots()

    def _add_section(
        self, layout: QVBoxLayout, title: str, content: QWidget, *, expanded: bool = True
    ) -> None:
        section = self.sections[title] = Section(title, expanded=expanded)
        section.set_content(content)
        layout.addWidget(section)

    def _connect(self) -> None:
        self._looker.finished.connect(self._on_looked)
        self._looker.failed.connect(self._on_not_looked)
        self._settled.timeout.connect(self.refresh)
        self.data.changed.connect(self._on_changed)
        self.fields.changed.connect(self._on_changed)
        self.run.run_requested.connect(self.start)
        self.run.job.event_arrived.connect(self._on_event)
        self.run.finished.connect(self._on_finished)

    def close_tab(self) -> None:
        """Stop listening, and end the process."""
        self._settled.stop()
        self._looker.close()
        self.data.close_part()
        self.fields.close_part()
        self.compare.close_part()
        self.run.cancel()

    # --- before the run -----------------------------------------------------------------------

    def offer_rejected(self, folder: Path) -> None:
        """Findings were rejected in this folder: they teach the next training."""
        self.data.negatives.add_folder(folder)

    def job(self) -> DetectorJob:
        """What is asked for.

        Raises
        ------
        ValidationError
            If the settings contradict each other.
        """
        return DetectorJob(
            files=self.data.files(),
            out=self.fields.folder.folder,
            data=self.fields.mixture(),
            settings=self.fields.settings(),
        )

    def _on_changed(self, *_: object) -> None:
        self._settled.start()

    def refresh(self) -> None:
        """Say what Train will do in the folder, and show the command."""
        if self.run.running:
            return
        problem = self.data.problem
        try:
            job = self.job()
            self.data.set_draw(job.settings.holdout, job.settings.seed)
            self.command.set_text(train_detector_command(job))
        except (LesionSynthError, ValidationError) as error:
            text = _told(error)
            self.command.set_text(f"# {text}")
            problem = problem or text
        self.run.button.set_blocked(problem)
        self._looker.submit(partial(look_into, self.fields.folder.folder))

    def _on_looked(self, _number: int, found: DetectorTraining) -> None:
        if self.run.running:
            return
        known, self._seen = self._seen, found
        self.folder_state.setText(found.text())
        self.run.button.set_action("Resume" if found.begun and not found.done else "Train")
        self.use.setVisible(found.done)
        if known != found:
            self._restart(found)

    def _restart(self, found: DetectorTraining) -> None:
        for plot in self.plots:
            plot.restart(found.metrics)
        self.batch.restart(found.pictures)
        self._show_plots()

    def _on_not_looked(self, _number: int, error: Exception) -> None:
        self.folder_state.setText(f"⚠ {error}")

    def _show_plots(self) -> None:
        for title, plot in zip(_CURVES, self.plots, strict=True):
            self.sections[title].setVisible(not plot.empty)

    # --- the run ------------------------------------------------------------------------------

    def start(self) -> None:
        """Train, or go on with a training."""
        if self.run.running:
            return
        if self.data.problem:
            self.run.give_up(f"Not started. {self.data.problem}")
            return
        try:
            job = self.job()
            arguments = train_detector_arguments(job)
        except (LesionSynthError, ValidationError) as error:
            self.run.give_up(f"Not started. {_told(error)}")
            return
        self._settled.stop()
        self._looker.forget()
        for part in (self.data, self.fields):
            part.setEnabled(False)
        self.folder_state.setText("")
        self.command.set_text(train_detector_command(job))
        self.run.start(arguments, job.out)

    def _on_use(self) -> None:
        self.use_wanted.emit(self._seen.product)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Metric):
            for plot in self.plots:
                plot.add(event)
            self._show_plots()
        elif isinstance(event, Artifact) and event.role == "batch":
            self.batch.add(Path(event.path))

    def _on_finished(self, outcome: Outcome) -> None:
        for part in (self.data, self.fields):
            part.setEnabled(True)
        out = self.fields.folder.folder
        self.refresh()
        if outcome.end is End.DONE:
            self.compare.runs.add_folder(out)
            product = outcome.result.get("product")
            self.trained.emit(Path(product) if product else DetectorTraining(out).product)


def _told(error: Exception) -> str:
    """What is wrong, in a line."""
    if isinstance(error, ValidationError):
        return setting_words(error, DetectorSettings, DataSettings)
    return str(error)
