"""Batch: many lesions at once, made by a child process, looked through while it works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.faults import faults_text
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.project.command_line import generate_arguments, generate_command
from napari_lesion_synth.widgets.parts.command_text import CommandText
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import note
from napari_lesion_synth.widgets.parts.outcome import Outcome
from napari_lesion_synth.widgets.parts.set_browser import SetBrowser
from napari_lesion_synth.widgets.synthesize.batch_fields import BatchFields
from napari_lesion_synth.widgets.synthesize.batch_run import BatchRun
from napari_lesion_synth.widgets.synthesize.set_state import what_run_does

__all__ = ["BatchSection"]

Prepared = GenerateSettings | Callable[[], GenerateSettings]

_SETTLED_MS = 200
"""The folder is looked at when the user has stopped typing."""


class BatchSection(QWidget):
    """Settings, the run, and the set that comes out of it.

    Parameters
    ----------
    prepare : callable
        Takes the settings chosen here and gives the whole `GenerateSettings`, with the files of
        the cases; called in the thread of the window when Run is pressed. Instead it may give a
        callable that does so: that is called in another thread, for what takes long (writing a
        CT that only lives in memory). Both may raise `LesionSynthError`.
    command_of : callable, optional
        Gives the command line for the settings chosen here, for display, without writing
        anything; it may raise `LesionSynthError`.
    """

    started = Signal(Path)
    """The set that is being made from now on."""
    finished = Signal(object)
    """The `Outcome` of a run."""
    sample_chosen = Signal(Path, str)
    """A set, and the id of the lesion in it that the user wants to see."""
    settings_changed = Signal()

    def __init__(
        self,
        prepare: Callable[[dict[str, Any]], Prepared],
        command_of: Callable[[dict[str, Any]], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._prepare = prepare
        self._command_of = command_of
        self.fields = BatchFields()
        self.folder_state = note(name="State of the output folder")
        self.command = CommandText("Command")
        self.run = BatchRun()
        self.browser = SetBrowser()
        self.browser.hide()  # until there is a set to look at
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        for part in (self.fields, self.folder_state, self.command, self.run):
            layout.addWidget(part)
        layout.addWidget(self.browser, 1)
        self._background = LatestOnly("lesion batch preparation", self)
        self._request: int | None = None
        self._settled = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._connect()
        self._on_changed()

    def _connect(self) -> None:
        self._settled.timeout.connect(self.refresh)
        self._background.finished.connect(self._on_prepared)
        self._background.failed.connect(self._on_not_prepared)
        self.fields.changed.connect(self._on_changed)
        self.run.run_requested.connect(self.start)
        self.run.cancel_requested.connect(self._forget_preparation)
        self.run.finished.connect(self._on_finished)
        self.browser.chosen.connect(self._on_chosen)

    # --- settings -------------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What is chosen here, by the names of `GenerateSettings`."""
        return self.fields.settings()

    def set_settings(self, settings: Mapping[str, Any]) -> None:
        """Show settings, as those of a project file."""
        self.fields.set_settings(settings)

    def set_methods(self, available: Mapping[str, str | None]) -> None:
        """Offer methods, each with the reason why it cannot be used now, or None."""
        self.fields.methods.set_available(available)

    def set_fixed(self, fixed: Mapping[str, Mapping[str, Any]]) -> None:
        """Parameters by method that the user may want for all lesions."""
        self.fields.set_fixed(fixed)

    def set_command_of(self, command_of: Callable[[dict[str, Any]], str] | None) -> None:
        """Show the command that this gives for the settings."""
        self._command_of = command_of
        self.refresh_command()

    def refresh_command(self) -> None:
        """Show the command for the settings and the case as they are now."""
        self.command.setVisible(self._command_of is not None)
        if self._command_of is None or self.run.running:
            return
        try:
            self.command.set_text(
                "" if self.fields.problem() else self._command_of(self.settings())
            )
        except LesionSynthError as error:
            self.command.set_text(f"# {error}")
        except ValidationError as error:
            self.command.set_text(f"# {faults_text(error)}")

    def refresh(self) -> None:
        """Say what Run will do in the output folder, and show the command."""
        problem = self.fields.problem()
        text = ""
        if not problem:
            try:
                text = what_run_does(self.fields.folder.folder, self.settings())
            except (LesionSynthError, OSError) as error:
                text = str(error)
        self.folder_state.setText(problem or text)
        self.refresh_command()

    def _on_changed(self) -> None:
        self.run.button.set_blocked(self.fields.problem())
        self._settled.start()
        self.settings_changed.emit()

    # --- the run --------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the set, or go on with it."""
        if self.run.running or self._request is not None:
            return
        settings = self.settings()
        try:
            what_run_does(settings["out"], settings)
            prepared = self._prepare(settings)
        except (LesionSynthError, ValidationError, OSError) as error:
            self._refuse(error)
            return
        if isinstance(prepared, GenerateSettings):
            self._start(prepared)
            return
        self.fields.setEnabled(False)
        self.run.prepare("Writing what the run needs…")
        self._request = self._background.submit(prepared)

    def cancel(self) -> None:
        """Stop the run at its next step."""
        self._forget_preparation()
        self.run.cancel()

    def _on_prepared(self, number: int, settings: GenerateSettings) -> None:
        if number == self._request:
            self._request = None
            self._start(settings)

    def _on_not_prepared(self, number: int, error: Exception) -> None:
        if number == self._request:
            self._request = None
            self._refuse(error)

    def _forget_preparation(self) -> None:
        if self._request is not None:
            self._request = None
            self._background.forget()
            self.fields.setEnabled(True)
            self.run.give_up("Stopped before the run began.")

    def _start(self, settings: GenerateSettings) -> None:
        try:
            what_run_does(settings.out, settings.model_dump(mode="json"))
            arguments = generate_arguments(settings)
        except (LesionSynthError, OSError) as error:
            self._refuse(error)
            return
        self.command.set_text(generate_command(settings))
        self.fields.setEnabled(False)
        self.folder_state.setText("")
        self.run.start(arguments, settings.out, settings.n)
        self.browser.open_set(settings.out)
        self.browser.watch()
        self.browser.show()
        self.started.emit(settings.out)

    def _refuse(self, error: Exception) -> None:
        self.fields.setEnabled(True)
        text = faults_text(error) if isinstance(error, ValidationError) else str(error)
        self.run.give_up(f"Not started. {text}")

    def _on_finished(self, outcome: Outcome) -> None:
        self.fields.setEnabled(True)
        self.browser.watch(False)
        self.refresh()
        self.finished.emit(outcome)

    def _on_chosen(self, sample: str) -> None:
        if self.browser.folder is not None:
            self.sample_chosen.emit(self.browser.folder, sample)
