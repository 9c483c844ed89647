"""A command while it runs in a child process: button, bar, time left, and what it has to say."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.events import Event, Log, Progress
from napari_lesion_synth.widgets.parts.child_process import ChildJob
from napari_lesion_synth.widgets.parts.layout import note
from napari_lesion_synth.widgets.parts.message_log import MessageLog
from napari_lesion_synth.widgets.parts.napari_task import NapariTask
from napari_lesion_synth.widgets.parts.outcome import End, Outcome, outcome_text
from napari_lesion_synth.widgets.parts.run_button import RunButton, RunState
from napari_lesion_synth.widgets.parts.time_left import TimeLeft

__all__ = ["ChildRun", "RunWords"]

_TICK_MS = 1000
_EVERY_MS = 100
"""Small scenes come by the hundred a second, and each change has the window painted anew."""


@dataclass(frozen=True, slots=True)
class RunWords:
    """How a kind of run is called.

    Parameters
    ----------
    name : str
        With its article, as in "the batch".
    run : str
        On the button.
    does : str
        Tooltip of the button.
    counts : str
        Tooltip of the bar.
    """

    name: str
    run: str
    does: str
    counts: str


class ChildRun(QWidget):
    """Runs a command in a child process and shows how it goes.

    Parameters
    ----------
    words : RunWords
        How it is called.
    parent : QWidget, optional
        Owner.
    """

    run_requested = Signal()
    cancel_requested = Signal()
    """Also when no process runs yet."""
    finished = Signal(object)
    """The `Outcome`."""

    def __init__(self, words: RunWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.job = ChildJob(self)
        self.button = RunButton(words.run, words.does)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(f"Progress of {words.name}")
        self.bar.setToolTip(words.counts)
        self.bar.setFormat("%v of %m")
        self.bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.status = note(name=f"State of {words.name}")
        self.messages = MessageLog()
        self._lay_out()
        self._progress: Progress | None = None
        self._left = TimeLeft()
        self._task: NapariTask | None = None
        self._tick = QTimer(self, interval=_TICK_MS)  # the time left runs down in between
        self._tick.timeout.connect(self._show_progress)
        self._soon = QTimer(self, interval=_EVERY_MS, singleShot=True)
        self._soon.timeout.connect(self._show_progress)
        self.button.run_requested.connect(self.run_requested)
        self.button.cancel_requested.connect(self._on_cancel_clicked)
        self.job.event_arrived.connect(self._on_event)
        self.job.finished.connect(self._on_finished)
        self._show_idle()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.button)
        top.addWidget(self.bar, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.status)
        layout.addWidget(self.messages)

    @property
    def running(self) -> bool:
        """Whether a process is at work."""
        return self.job.running

    def prepare(self, text: str) -> None:
        """Something goes on before the process can start."""
        self.messages.clear()
        self.button.set_state(RunState.RUNNING)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.status.setText(text)

    def give_up(self, text: str) -> None:
        """There will be no process, for this reason."""
        self._show_idle()
        self.status.setText(text)

    def launch(self, arguments: Sequence[str], title: str, question: str) -> None:
        """Start the process.

        Parameters
        ----------
        arguments : sequence of str
            Of the command line, from the subcommand on.
        title : str
            Name of the run in napari's activity dock.
        question : str
            What runs and what closing does to it, for napari's dialog.
        """
        self.prepare("Starting…")
        self._progress, self._left = None, TimeLeft()
        self._task = NapariTask(title, question, self.cancel, self)
        self._tick.start()
        self.job.start(arguments)

    def cancel(self) -> None:
        """Stop at the next step."""
        if self.job.running:
            self.button.set_state(RunState.CANCELING)
            self.status.setText("Stopping at the next step…")
            self.job.cancel()

    def end_words(self, outcome: Outcome) -> str:
        """How the run ended, for the user."""
        return outcome_text(outcome)

    def _on_cancel_clicked(self) -> None:
        self.cancel_requested.emit()
        self.cancel()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Progress):
            self._progress = event
            self._left.add(event.done, event.total, time.monotonic())
            if self._task is not None:
                self._task.show(event.done, event.total)
            if not self._soon.isActive():
                self._soon.start()
        elif isinstance(event, Log) and self.button.state is RunState.RUNNING:
            self.messages.add(event.text, warning=event.level == "warning")
            if self._progress is None:
                self.status.setText(f"{event.text[:1].upper()}{event.text[1:]}")

    def _show_progress(self) -> None:
        seen = self._progress
        if seen is None:
            return
        self.bar.setRange(0, seen.total)
        self.bar.setValue(seen.done)
        if self.button.state is RunState.RUNNING:
            parts = (self.progress_words(seen), self._left.text(time.monotonic()))
            self.status.setText(", ".join(part for part in parts if part))

    def progress_words(self, seen: Progress) -> str:
        """How far the run is, for the user."""
        return f"{seen.done} of {seen.total}{f' {seen.text}' if seen.text else ''}"

    def _on_finished(self, outcome: Outcome) -> None:
        self._tick.stop()
        self._soon.stop()
        if self._task is not None:
            self._task.close()
            self._task.deleteLater()
            self._task = None
        self._show_idle()
        if outcome.end is End.CRASHED and outcome.errors:
            self.messages.add(outcome.errors.strip())
        self.status.setText(self.end_words(outcome))
        self.finished.emit(outcome)

    def _show_idle(self) -> None:
        self.button.set_state(RunState.READY)
        self.bar.setRange(0, 1)
        self.bar.reset()
        self.bar.hide()
