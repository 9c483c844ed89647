"""A search in the open CT while it runs, in a thread."""

from __future__ import annotations

import threading
import time
from functools import partial

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import note
from napari_lesion_synth.widgets.parts.napari_task import NapariTask
from napari_lesion_synth.widgets.parts.run_button import RunButton, RunState

__all__ = ["SearchRun"]

_TICK_MS = 60


class _Told:
    """What the thread has reported last; it is fetched, since signals must not cross threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = (0, 0, "")

    def __call__(self, done: int, total: int, text: str) -> None:
        with self._lock:
            self._state = (done, total, text)

    @property
    def state(self) -> tuple[int, int, str]:
        with self._lock:
            return self._state


class SearchRun(QWidget):
    """Button, bar and words of a search.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    run_requested = Signal()
    found = Signal(object)
    """The `Detection`."""
    failed = Signal(object)
    """The exception."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = RunButton("Detect", "Search the organ of the open CT. (Space)")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of the search")
        self.bar.setToolTip("Slices, then candidates, that are done.")
        self.bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.bar.hide()
        self.status = note(name="State of the search")
        top = QHBoxLayout()
        top.addWidget(self.button)
        top.addWidget(self.bar, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.status)
        self._worker = LatestOnly("lesion search", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._request: int | None = None
        self._token, self._told = StopToken(), _Told()
        self._task: NapariTask | None = None
        self._begun = 0.0
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show_progress)
        self.button.run_requested.connect(self.run_requested)
        self.button.cancel_requested.connect(self.cancel)

    @property
    def running(self) -> bool:
        """Whether a search is under way."""
        return self._request is not None

    def start(self, detector: Detector, case: Case) -> None:
        """Search a CT."""
        self._token, self._told = StopToken(), _Told()
        self._begun = time.monotonic()
        self.button.set_state(RunState.RUNNING)
        self.bar.setRange(0, 0)
        self.bar.show()
        self.status.setText("Preparing the CT…")
        self._task = NapariTask(
            "Searching lesions", "a search for lesions.\nClosing stops it", self.cancel, self
        )
        self._tick.start()
        call = partial(detector.detect, case, self._token, self._told)
        self._request = self._worker.submit(call)

    def cancel(self) -> None:
        """Stop at the next batch."""
        if self.running:
            self._token.stop()
            self.button.set_state(RunState.CANCELING)
            self.status.setText("Stopping at the next batch…")

    def say(self, text: str) -> None:
        """Show a sentence."""
        self.status.setText(text)

    def close_run(self) -> None:
        """Stop, and end the thread."""
        self._token.stop()
        self._worker.close()
        self._end()

    def _show_progress(self) -> None:
        done, total, text = self._told.state
        if not total or self.button.state is not RunState.RUNNING:
            return
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.status.setText(f"{text[:1].upper()}{text[1:]}: {done} of {total}")
        if self._task is not None:
            self._task.show(done, total)

    def _on_finished(self, number: int, detection: Detection) -> None:
        if number != self._request:
            return
        seconds = time.monotonic() - self._begun
        self._end()
        self.status.setText(f"Searched in {seconds:.1f} s{_stages(detection)}.")
        self.found.emit(detection)

    def _on_failed(self, number: int, error: Exception) -> None:
        if number != self._request:
            return
        self._end()
        if isinstance(error, Stopped):
            self.status.setText("Stopped; nothing has changed.")
            return
        self.status.setText(f"⚠ {error}")
        if not isinstance(error, LesionSynthError):
            self.failed.emit(error)

    def _end(self) -> None:
        self._request = None
        self._tick.stop()
        if self._task is not None:
            self._task.close()
            self._task.deleteLater()
            self._task = None
        self.button.set_state(RunState.READY)
        self.bar.setRange(0, 1)
        self.bar.reset()
        self.bar.hide()


def _stages(detection: Detection) -> str:
    parts = [f"{name} {took:.1f}" for name, took in detection.seconds.items() if took >= 0.05]
    return f" ({', '.join(parts)})" if parts else ""
