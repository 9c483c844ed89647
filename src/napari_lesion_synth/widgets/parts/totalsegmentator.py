"""TotalSegmentator at work for a window."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QCoreApplication, QObject, Signal

from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.events import Progress, Stopped, StopToken
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.jobs.totalsegmentator import (
    ABOUT,
    find_command,
    install_hint,
    read_liver,
    segment_liver,
)
from napari_lesion_synth.widgets.parts.latest import LatestOnly

__all__ = ["LiverJob", "is_installed", "tooltip"]

_FAREWELL_S = 4.0
"""Time for the program to end, and its copy of the CT to be removed, before napari goes."""


def is_installed() -> bool:
    """Whether the program is on this computer."""
    return find_command() is not None


def tooltip() -> str:
    """For the button: what the program does, or how to get it."""
    return ABOUT if is_installed() else install_hint()


class LiverJob(QObject):
    """Has the liver outlined by TotalSegmentator, in a process of its own.

    The CT goes to it as a file in a private temporary folder, which is removed at the end. The
    program ends with this object and with the application.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    """

    progress = Signal(int, str)
    """Percent of a stage, and the stage in words."""
    finished = Signal(object, tuple)
    """The mask, bool (z, y, x), and warnings for the person."""
    failed = Signal(object)
    """The exception."""
    canceled = Signal()
    """It was stopped, after `cancel`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._token: StopToken | None = None
        self._tokens: list[StopToken] = []  # the same for `destroyed`, when this object is gone
        self._worker = LatestOnly("TotalSegmentator", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self.destroyed.connect(partial(_stop, self._tokens))
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.end_now)

    @property
    def running(self) -> bool:
        """Whether the program is at work, or about to end."""
        return self._token is not None

    def start(self, volume: Volume, device: str = "auto") -> None:
        """Begin.

        Parameters
        ----------
        volume : Volume
            The CT, without synthetic lesions.
        device : str
            ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.

        Raises
        ------
        RuntimeError
            If it is at work already.
        """
        if self.running:
            raise RuntimeError("one CT at a time")
        self._token = StopToken()
        self._tokens[:] = [self._token]
        self._worker.submit(partial(_segment, volume, device, self._token, self._tell))

    def cancel(self) -> None:
        """Ask the program to end; `canceled` comes within a few seconds."""
        if self._token is not None:
            self._token.stop()

    def end_now(self) -> None:
        """End the program and wait until it is gone, a few seconds at most."""
        self.cancel()
        self._worker.forget()
        until = time.monotonic() + _FAREWELL_S
        while not self._worker.idle and time.monotonic() < until:
            time.sleep(0.02)
        self._token = None

    def _tell(self, percent: int, text: str) -> None:
        self.progress.emit(percent, text)

    def _on_finished(self, number: int, result: Any) -> None:
        if number == self._worker.newest:
            self._token = None
            self.finished.emit(*result)

    def _on_failed(self, number: int, error: Exception) -> None:
        if number != self._worker.newest:
            return
        self._token = None
        if isinstance(error, Stopped):
            self.canceled.emit()
        else:
            self.failed.emit(error)


def _segment(
    volume: Volume, device: str, token: StopToken, tell: Any
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """The whole job; runs in the thread."""
    with TemporaryDirectory(prefix="lesion-synth-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for event in segment_liver(volume, folder, token, device=device):
            if isinstance(event, Progress):
                tell(event.done, event.text)
        tell(100, "Reading the mask")
        return hear(partial(read_liver, folder, volume))


def _stop(tokens: list[StopToken], *_: object) -> None:
    for token in tokens:
        token.stop()
