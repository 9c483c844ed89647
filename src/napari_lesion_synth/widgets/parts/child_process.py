"""A command of this program as a child process, heard and stopped from a Qt window."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from qtpy.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

from napari_lesion_synth.events import Done, Event, Failed
from napari_lesion_synth.widgets.parts.event_lines import EventLines
from napari_lesion_synth.widgets.parts.outcome import End, Outcome

__all__ = ["ChildJob"]

_GRACE_MS = 5000
"""Time to stop at the next step, before the process is killed; a set outlives both."""

_FAREWELL_MS = 1000
"""The same when the window goes, which has to wait for it."""

_STOPPED = 130
"""Exit code of a command that was asked to stop."""

_TAIL = 4000
"""Characters of standard error that are kept."""

_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONUTF8": "1",  # events hold paths in any script
}


class ChildJob(QObject):
    """Runs a command of this program in a process of its own, so that the window stays fluid.

    The process ends with this object and with the application; when the application is killed,
    it ends at its next event, since nobody reads it any more.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    grace_ms : int
        Time that a canceled process has to stop by itself.
    """

    event_arrived = Signal(object)
    """The next `Event` of the job; lines that are no events come as `Log`."""
    finished = Signal(object)
    """The `Outcome`; after all events."""

    def __init__(self, parent: QObject | None = None, *, grace_ms: int = _GRACE_MS) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._grace = QTimer(self, interval=grace_ms, singleShot=True)
        self._grace.timeout.connect(self._process.kill)
        self._reset()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.end_now)
        self.destroyed.connect(self._process.kill)  # Qt's own: Python may be gone by then

    def _reset(self) -> None:
        self._lines = EventLines()
        self._events: deque[Event] = deque()
        self._telling = False
        self._errors = ""
        self._canceled = False
        self._last: Done | Failed | None = None
        self._outcome: Outcome | None = None

    @property
    def running(self) -> bool:
        """Whether a process is at work."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    @property
    def pid(self) -> int:
        """Number of the process; 0 without one."""
        return int(self._process.processId())

    def start(self, arguments: Sequence[str]) -> None:
        """Start a command.

        Parameters
        ----------
        arguments : sequence of str
            Of the command line, from the subcommand on; ``--json`` is added.

        Raises
        ------
        RuntimeError
            If one runs already.
        """
        if self.running:
            raise RuntimeError("a job runs one process at a time")
        self._reset()
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in _ENVIRONMENT.items():
            environment.insert(name, value)
        self._process.setProcessEnvironment(environment)
        self._process.setProgram(sys.executable)
        # -P: a numpy.py in the folder where napari was started is not what we mean by numpy
        self._process.setArguments(
            ["-P", "-m", "napari_lesion_synth.cli", *map(str, arguments), "--json"]
        )
        self._process.start()
        self._process.closeWriteChannel()

    def cancel(self) -> None:
        """Ask the process to stop at its next step, and kill it if it takes too long.

        Worker processes of the command end with it.
        """
        if not self.running or self._canceled:
            return
        self._canceled = True
        self._ask()
        self._grace.start()

    def end_now(self) -> None:
        """End the process and wait until it is gone, a second or two at most."""
        if self.running:
            self._canceled = True
            _end(self._process)

    def _ask(self) -> None:
        if sys.platform == "win32":
            self._process.kill()  # a process without a window hears nothing else
        else:
            self._process.terminate()

    def _read(self) -> None:
        data = bytes(self._process.readAllStandardOutput().data())
        self._events.extend(self._lines.feed(data))
        self._tell()

    def _read_errors(self) -> None:
        data = bytes(self._process.readAllStandardError().data())
        self._errors = (self._errors + data.decode("utf-8", errors="replace"))[-_TAIL:]

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._grace.stop()
        self._read_errors()
        data = bytes(self._process.readAllStandardOutput().data())
        self._events.extend([*self._lines.feed(data), *self._lines.end()])
        crashed = status == QProcess.ExitStatus.CrashExit
        self._outcome = _exit(code, crashed=crashed)
        self._tell()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # `finished` does not come then
            self._errors = self._process.errorString()
            self._outcome = Outcome(End.CRASHED)
            QTimer.singleShot(0, self._tell)  # not before `start` has returned

    def _tell(self) -> None:
        """Give events on, each once and in order, even if a listener lets Qt call this again."""
        if self._telling:
            return
        self._telling = True
        try:
            while self._events:
                event = self._events.popleft()
                if isinstance(event, Done | Failed):
                    self._last = event
                self.event_arrived.emit(event)
        finally:
            self._telling = False
        if self._outcome is not None:
            outcome, self._outcome = self._judged(self._outcome), None
            self.finished.emit(outcome)

    def _judged(self, exited: Outcome) -> Outcome:
        exited = replace(exited, errors=self._errors)
        if isinstance(self._last, Done) and exited.exit_code == 0:
            return replace(exited, end=End.DONE, result=self._last.result)
        if self._canceled or exited.exit_code == _STOPPED:
            return replace(exited, end=End.CANCELED)
        if isinstance(self._last, Failed):
            return replace(exited, end=End.FAILED, failed=self._last)
        return exited


def _exit(code: int, *, crashed: bool) -> Outcome:
    if crashed and sys.platform != "win32":
        return Outcome(End.CRASHED, signal_number=code)
    return Outcome(End.CRASHED, exit_code=code)


def _end(process: QProcess) -> None:
    """End a process and wait for it."""
    if process.state() == QProcess.ProcessState.NotRunning:
        return
    if sys.platform != "win32":
        process.terminate()
        if process.waitForFinished(_FAREWELL_MS):
            return
    process.kill()
    process.waitForFinished(_FAREWELL_MS)
