"""Train a model: what to learn from, the run, and how it goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Artifact, Event, Metric
from napari_lesion_synth.jobs.learning_settings import GanJob, LessonFiles
from napari_lesion_synth.project.command_line import train_gan_arguments, train_gan_command
from napari_lesion_synth.widgets.parts.command_text import CommandText
from napari_lesion_synth.widgets.parts.curves_plot import CurvesPlot
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.outcome import End, Outcome
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.parts.strip_view import StripView
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.synthesize.gan_fields import GanFields
from napari_lesion_synth.widgets.synthesize.gan_folder import TrainingFolder, look_into
from napari_lesion_synth.widgets.synthesize.gan_lessons import (
    LessonCount,
    counted_in_case,
    counted_in_library,
    lesson_files,
    planned_files,
)
from napari_lesion_synth.widgets.synthesize.gan_run import GanRun
from napari_lesion_synth.widgets.synthesize.on_disk import InMemory, folder_beside
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["GanTraining"]

_SETTLED_MS = 250
_LOSSES = {
    "loss/judge": "discriminator",
    "loss/maker": "generator",
    "loss/paired": "paired",
}
_HELD_OUT = {
    "val/hu_wasserstein": "held out: HU distance",
    "val/judge_gap": "judge's gap",
}
_STRIP = (
    "Left: interior; right: rim. Top row (mode residual only): places without a lesion. Two rows: "
    "lesions made there, of two noises. Bottom row: real ones. Black is fat or air beyond the "
    "capsule; flat grey is not looked at."
)


class GanTraining(QWidget):
    """The training of a generator, from the lesions to the file.

    Parameters
    ----------
    bench : Workbench
        Its case is learnt from.
    loader : CaseLoader
        Knows what of the case lives in memory only.
    """

    trained = Signal(object)
    """File of a generator whose training has ended by itself."""
    use_wanted = Signal(object)
    """File of a generator that the user wants."""

    def __init__(self, bench: Workbench, loader: CaseLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._loader = bench, loader
        self._count = LessonCount()
        self._request: int | None = None
        self._seen = TrainingFolder(Path())
        self.fields = GanFields()
        self.folder_state = note(name="State of the training's folder")
        self.run = GanRun()
        self.losses = CurvesPlot("Losses of the training", _LOSSES)
        self.held_out = CurvesPlot("Held-out lesions", _HELD_OUT)
        self.strip = StripView("Samples of the training", _STRIP)
        self.use = button(
            "&Use this model",
            "Make lesions with the generator of this folder, as it was saved last",
            self._on_use,
        )
        self.command = CommandText("The same as a command")
        self._lay_out()
        self._counter = LatestOnly("counting lesions", self)
        self._looker = LatestOnly("training folder", self)
        self._preparer = LatestOnly("training preparation", self)
        self._settled = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._connect()
        self.recount()
        self._on_changed()

    def _lay_out(self) -> None:
        command = Section("Command", expanded=False)
        command.set_content(self.command)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (
            self.fields,
            self.folder_state,
            self.run,
            self.losses,
            self.held_out,
            self.strip,
            row(self.use, None),
            command,
        ):
            layout.addWidget(part)
        for part in (self.losses, self.held_out, self.use):
            part.hide()

    def _connect(self) -> None:
        self._counter.finished.connect(self._on_counted)
        self._counter.failed.connect(self._on_not_counted)
        self._looker.finished.connect(self._on_looked)
        self._looker.failed.connect(self._on_not_looked)
        self._preparer.finished.connect(self._on_prepared)
        self._preparer.failed.connect(self._on_not_prepared)
        self._settled.timeout.connect(self.refresh)
        self.fields.lessons_changed.connect(self.recount)
        self.fields.changed.connect(self._on_changed)
        self.run.run_requested.connect(self.start)
        self.run.cancel_requested.connect(self._forget_preparation)
        self.run.job.event_arrived.connect(self._on_event)
        self.run.finished.connect(self._on_finished)
        self._bench.case_changed.connect(self.recount)
        self._bench.case_changed.connect(self._on_changed)

    def close_training(self) -> None:
        """Stop listening, and end the process."""
        self._bench.case_changed.disconnect(self.recount)
        self._bench.case_changed.disconnect(self._on_changed)
        self._settled.stop()
        for worker in (self._counter, self._looker, self._preparer):
            worker.close()
        self.run.cancel()

    # --- before the run -------------------------------------------------------------------------

    def recount(self, *_: object) -> None:
        """Count the lesions that there are to learn from."""
        case = self._bench.case
        if self.fields.from_library:
            self._count_by(partial(counted_in_library, self.fields.donors))
        elif case is None or case.organ is None:
            self._counter.forget()
            self._show_count(LessonCount(problem="Open a CT with its organ under Case first."))
        else:
            self._count_by(partial(counted_in_case, case))

    def _count_by(self, call: Callable[[], LessonCount]) -> None:
        self.fields.count.setText("Counting the lesions\u2026")
        self.run.button.set_blocked("The lesions are being counted.")
        self._counter.submit(call)

    def _on_counted(self, _number: int, count: LessonCount) -> None:
        self._show_count(count)

    def _on_not_counted(self, _number: int, error: Exception) -> None:
        self._show_count(LessonCount(problem=str(error)))

    def _show_count(self, count: LessonCount) -> None:
        self._count = count
        self.fields.count.setText(count.text)
        self.run.button.set_blocked(count.reason)

    def _on_changed(self, *_: object) -> None:
        self._settled.start()

    def refresh(self) -> None:
        """Say what Train will do in the folder, and show the command."""
        self._show_command()
        if not self.run.running:
            self._looker.submit(partial(look_into, self.fields.folder.folder))

    def _on_looked(self, _number: int, found: TrainingFolder) -> None:
        if self.run.running:
            return
        known, self._seen = self._seen, found
        self.folder_state.setText(found.text(self.fields.settings().steps))
        self.use.setVisible(found.product.exists())
        if known != found:
            self.losses.restart(found.metrics)
            self.held_out.restart(found.metrics)
            self.strip.restart(found.strips)
            self._show_plots()

    def _on_not_looked(self, _number: int, error: Exception) -> None:
        self.folder_state.setText(str(error))

    def _show_plots(self) -> None:
        self.losses.setVisible(not self.losses.empty)
        self.held_out.setVisible(not self.held_out.empty)

    def _show_command(self) -> None:
        case, out = self._bench.case, self.fields.folder.folder
        if case is None or self.run.running:
            return
        try:
            files = planned_files(case, self.fields.hosts, self.fields.donors, folder_beside(out))
            job = GanJob(lessons=files, out=out, settings=self.fields.settings())
            self.command.set_text(train_gan_command(job))
        except (LesionSynthError, ValidationError) as error:
            self.command.set_text(f"# {error}")

    # --- the run --------------------------------------------------------------------------------

    def start(self) -> None:
        """Train, or go on with a training."""
        case = self._bench.case
        if self.run.running or self._request is not None or case is None:
            return
        out, hosts, donors = self.fields.folder.folder, self.fields.hosts, self.fields.donors
        settings = self.fields.settings()
        memory = InMemory(self._loader.organ_edited, self._loader.lesions_edited)

        def prepare() -> tuple[GanJob, TrainingFolder]:
            files: LessonFiles = lesson_files(case, hosts, donors, folder_beside(out), memory)
            return GanJob(lessons=files, out=out, settings=settings), look_into(out)

        self.fields.setEnabled(False)
        self.run.prepare("Writing what the training needs\u2026")
        self._request = self._preparer.submit(prepare)

    def _on_prepared(self, number: int, prepared: tuple[GanJob, TrainingFolder]) -> None:
        if number != self._request:
            return
        self._request = None
        job, found = prepared
        try:
            arguments = train_gan_arguments(job)
        except LesionSynthError as error:
            self._refuse(error)
            return
        self._seen = found
        self.losses.restart(found.metrics)
        self.held_out.restart(found.metrics)
        self.strip.restart(found.strips)
        self._show_plots()
        self.folder_state.setText("")
        self.command.set_text(train_gan_command(job))
        self.run.start(arguments, job.out)

    def _on_not_prepared(self, number: int, error: Exception) -> None:
        if number == self._request:
            self._request = None
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        self.fields.setEnabled(True)
        self.run.give_up(f"Not started. {error}")

    def _forget_preparation(self) -> None:
        if self._request is not None:
            self._request = None
            self._preparer.forget()
            self.fields.setEnabled(True)
            self.run.give_up("Stopped before the training began.")

    def _on_use(self) -> None:
        self.use_wanted.emit(self._seen.product)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Metric):
            self.losses.add(event)
            self.held_out.add(event)
            self._show_plots()
        elif isinstance(event, Artifact) and event.role == "strip":
            self.strip.add(Path(event.path))
            self.use.setVisible(self._seen.product.exists())

    def _on_finished(self, outcome: Outcome) -> None:
        self.fields.setEnabled(True)
        self.refresh()
        if outcome.end is End.DONE and self._seen.product.exists():
            self.trained.emit(self._seen.product)
