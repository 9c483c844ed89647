"""Where the donors come from: the CT's own lesions, a library, or the phantom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.preferences import read_preferences
from napari_lesion_synth.widgets.synthesize.preparing import (
    Donors,
    donors_of_case,
    donors_of_library,
    donors_of_phantom,
)
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["DonorLoader"]

Then = Callable[[], None]


class DonorLoader(QObject):
    """Brings donors to one workbench; the newest request wins.

    Parameters
    ----------
    bench : Workbench
        Takes them.
    on_error : callable
        Takes what went wrong.
    parent : QObject
        Owner.
    """

    busy = Signal(str)
    arrived = Signal()
    warned = Signal(str)

    def __init__(
        self, bench: Workbench, on_error: Callable[[Exception], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bench, self._on_error = bench, on_error
        self._worker = LatestOnly("donors", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._pending: tuple[int, bool, Then | None] | None = None
        self._borrowed = False
        self.donors = Donors()

    def close(self) -> None:
        """End the thread; what it still does is dropped."""
        self._worker.close()

    @property
    def working(self) -> bool:
        """Whether donors are on their way."""
        return self._pending is not None

    def forget(self) -> None:
        """Another case: its donors are not there yet."""
        self._worker.forget()
        self._pending, self._borrowed = None, False
        self.donors = Donors()

    def find(self) -> None:
        """Those of the CT itself; where it has none, the library that the user prefers."""
        library = read_preferences().donors
        case = self._bench.case
        if case is not None and case.lesions is None and library and library.is_dir():
            self.open_library(library)
        else:
            self.learn()

    def learn(self, then: Then | None = None) -> None:
        """Cut the donors out of the case's lesions, unless others were borrowed.

        Parameters
        ----------
        then : callable, optional
            Called when the donors are there, or when there are none to be had.
        """
        case = self._bench.case
        if case is None or case.organ is None or case.lesions is None or self._borrowed:
            if then is not None:
                then()
            return
        call = partial(donors_of_case, case)
        self._run("Measuring the known lesions", call, then, borrowed=False)

    def open_library(self, folder: Path, then: Then | None = None) -> None:
        """Take the donors from a library on disk."""
        call = partial(donors_of_library, folder)
        self._run(f"Reading {folder.name}", call, then, borrowed=True)

    def borrow_phantom(self) -> None:
        """Take simulated lesions as donors."""
        self._run("Simulating lesions", donors_of_phantom, None, borrowed=True)

    def _run(
        self, words: str, call: Callable[[], Donors], then: Then | None, *, borrowed: bool
    ) -> None:
        self._pending = (self._worker.submit(call), borrowed, then)
        self.busy.emit(words)

    def _on_finished(self, number: int, donors: Donors) -> None:
        if self._pending is None or number != self._pending[0]:
            return
        (_, self._borrowed, then), self._pending = self._pending, None
        self.donors = donors
        self._bench.set_donors(donors.donors, donors.statistics)
        for text in donors.warnings:
            self.warned.emit(text)
        self.busy.emit("")
        self.arrived.emit()
        if then is not None:
            then()

    def _on_failed(self, number: int, error: Any) -> None:
        if self._pending is None or number != self._pending[0]:
            return
        self._pending = None
        self.busy.emit("")
        self._on_error(error)
