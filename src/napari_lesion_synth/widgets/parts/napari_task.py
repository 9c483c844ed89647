"""A running job as napari shows it: a bar in the activity dock, a question when closing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from napari.qt.threading import GeneratorWorkerSignals, WorkerBase, create_worker
from napari.utils import cancelable_progress
from qtpy.QtCore import QObject, QTimer

__all__ = ["NapariTask"]

_EVERY_MS = 100
"""The activity dock lets Qt work at each change; more of them would slow the window down."""


class NapariTask(QObject):
    """Tells napari of a job that runs elsewhere, until `close` or the end of this object.

    Parameters
    ----------
    title : str
        Name of the job in the activity dock.
    question : str
        What the dialog says of the job when the window is closed while it runs.
    cancel : callable
        Called when napari wants the job to stop: its window closes, or Cancel is pressed in the
        activity dock.
    parent : QObject, optional
        Owner.
    """

    def __init__(
        self,
        title: str,
        question: str,
        cancel: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._told = _Told(title, question, cancel)
        self._state = (0, 0)
        self._timer = QTimer(self, interval=_EVERY_MS, singleShot=True)
        self._timer.timeout.connect(self._show)
        self.destroyed.connect(self._told.close)

    def show(self, done: int, total: int) -> None:
        """Let the bar stand at `done` of `total`."""
        self._state = (done, total)
        if not self._timer.isActive():
            self._timer.start()

    def close(self) -> None:
        """The job has ended."""
        self._timer.stop()
        self._told.close()

    def _show(self) -> None:
        self._told.show(*self._state)


class _Told:
    """What napari was told; no part of Qt, so that it can be taken back whenever Qt objects go."""

    def __init__(self, title: str, question: str, cancel: Callable[[], None]) -> None:
        self._bar: _Bar | None = _Bar(
            total=0, desc=title, cancel_callback=cancel, smoothing=0, leave=False
        )
        self._worker: WorkerBase | None = create_worker(
            _Words(question),
            _start_thread=False,
            _connect={"aborted": cancel},
            _worker_class=_Stand,
            _ignore_errors=True,
        )
        self._showing = False
        self._worker.started.emit()

    def show(self, done: int, total: int) -> None:
        """Move the bar. Qt works meanwhile, so anything may happen within, even the job's end."""
        bar = self._bar
        if bar is None or self._showing:
            return
        self._showing = True
        try:
            if bar.total != total:
                bar.reset(total)
                bar.initial = done  # what was there before says nothing of the pace
            bar.update(done - bar.n)
        finally:
            self._showing = False
        if self._worker is None:  # closed within
            self._close_bar()

    def close(self, *_: object) -> None:
        """Take it back."""
        worker, self._worker = self._worker, None
        if worker is not None:
            with contextlib.suppress(RuntimeError):  # Qt went first, at the end of the program
                worker.finished.emit()
        if not self._showing:
            self._close_bar()

    def _close_bar(self) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.close()


class _Bar(cancelable_progress):
    """A bar whose Cancel acts at once; napari's own waits for the next turn of a loop."""

    def cancel(self) -> None:
        super().cancel()
        if self.cancel_callback is not None:
            self.cancel_callback()


class _Stand(WorkerBase):
    """Stands for the job among napari's tasks; it needs no thread, since a process does the work.

    napari asks before it closes a window with a task, and then quits the task.
    """

    def __init__(self, function: Any) -> None:
        super().__init__(function, SignalsClass=GeneratorWorkerSignals)

    def quit(self) -> None:
        super().quit()
        self.aborted.emit()

    def work(self) -> None:
        """Nothing: the thread is never started."""


class _Words:
    """In the place of a function whose name napari would show."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self) -> None:
        """Nothing: the thread is never started."""

    def __str__(self) -> str:
        return self._text
