"""Scoring the set by an auto-encoder, in a process of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.events import Event, Log, Progress
from napari_lesion_synth.widgets.parts.child_process import ChildJob
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.message_log import MessageLog
from napari_lesion_synth.widgets.parts.outcome import End, Outcome, outcome_text
from napari_lesion_synth.widgets.parts.run_button import RunButton, RunState

__all__ = ["ScoreSection"]

_NO_SET = "Open a set first."


class ScoreSection(QWidget):
    """An auto-encoder, Score, and how it goes.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    scored = Signal()
    """The set's score files have been written anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self.job = ChildJob(self)
        self.file = QLineEdit()
        self.file.setPlaceholderText("Auto-encoder; empty: the one that comes along")
        self.file.setAccessibleName("Auto-encoder file")
        self.file.setToolTip(
            "File that `train autoencoder` wrote; empty: the one that comes with the program."
        )
        self.browse = button("Browse…", "Choose the file of an auto-encoder", self._ask)
        self.button = RunButton("Score", "Score every lesion, in a process of its own. (Space)")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of the scoring")
        self.bar.setFormat("%v of %m")
        self.bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.bar.hide()
        self.status = note(name="State of the scoring")
        self.messages = MessageLog()
        self._lay_out()
        self.file.textChanged.connect(self._offer)
        self.button.run_requested.connect(self.start)
        self.button.cancel_requested.connect(self.cancel)
        self.job.event_arrived.connect(self._on_event)
        self.job.finished.connect(self._on_finished)
        self._offer()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self.button)
        line.addWidget(self.bar, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(4)
        layout.addWidget(row(self.file, self.browse, stretch=0))
        layout.addLayout(line)
        layout.addWidget(self.status)
        layout.addWidget(self.messages)
        layout.addStretch(1)

    def set_folder(self, folder: Path | None) -> None:
        """The set that Score is for; a run for another one ends."""
        if folder != self._folder:
            self.job.cancel()
        self._folder = folder
        self._offer()

    def start(self) -> None:
        """Score the set."""
        if self._folder is None or self.job.running or self._problem():
            return
        self.messages.clear()
        self.button.set_state(RunState.RUNNING)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.status.setText("Starting…")
        self.job.start(score_arguments(self._folder, self._file()))

    def cancel(self) -> None:
        """Stop at the next lesion; the scores stay as they were."""
        if self.job.running:
            self.button.set_state(RunState.CANCELING)
            self.status.setText("Stopping…")
            self.job.cancel()

    def close_section(self) -> None:
        """End what runs; the section is of no use any more."""
        self.job.end_now()
        # Nothing is left to end when the job goes; and Python may clear the call by which the
        # job would do so before Qt makes it, which crashes.
        with contextlib.suppress(TypeError, RuntimeError):
            self.job.destroyed.disconnect()

    def _file(self) -> Path | None:
        text = self.file.text().strip()
        return Path(text).expanduser() if text else None

    def _problem(self) -> str:
        if self._folder is None:
            return _NO_SET
        file = self._file()
        return "" if file is None or file.is_file() else f"There is no file {file}."

    def _offer(self, *_: object) -> None:
        problem = self._problem()
        self.button.set_blocked(problem)
        if not self.job.running:
            self.status.setText(problem)

    def _ask(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Auto-encoder", self.file.text(), "Auto-encoder (*.pt);;All files (*)"
        )
        if chosen:
            self.file.setText(chosen)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)
            if self.button.state is RunState.RUNNING:
                self.status.setText(f"{event.done} of {event.total} lesions scored")
        elif isinstance(event, Log):
            self.messages.add(event.text, warning=event.level == "warning")

    def _on_finished(self, outcome: Outcome) -> None:
        self.button.set_state(RunState.READY)
        self.bar.hide()
        if outcome.end is End.CRASHED and outcome.errors:
            self.messages.add(outcome.errors.strip())
        done = outcome.end is End.DONE
        self.status.setText("Scored." if done else outcome_text(outcome))
        if done:
            self.scored.emit()


def score_arguments(folder: Path, autoencoder: Path | None) -> list[str]:
    """The command line that scores a set, from ``score`` on; without a file, by the shipped one."""
    arguments = ["score", str(folder)]
    return arguments if autoencoder is None else [*arguments, "--autoencoder", str(autoencoder)]
