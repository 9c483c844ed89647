"""The organ by TotalSegmentator, where that is installed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.events import Log, Progress, Stopped, StopToken
from napari_lesion_synth.jobs.totalsegmentator import (
    ABOUT,
    find_command,
    install_hint,
    read_liver,
    segment_liver,
)
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button
from napari_lesion_synth.widgets.preferences import read_preferences
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["TotalOrgan"]

_RUN, _CANCEL, _CANCELING = "TotalSegmentator", "Cancel TotalSegmentator", "Canceling\u2026"


class TotalOrgan(QObject):
    """A button that has TotalSegmentator outline the liver, and cancels it when pressed again.

    Parameters
    ----------
    parent : QObject
        Owner.
    bench, loader
        The workbench, and what gives it the organ.
    on_error : callable
        Takes what went wrong.
    """

    told = Signal(str)
    """What it is doing, in words."""

    def __init__(
        self,
        parent: QObject,
        bench: Workbench,
        loader: CaseLoader,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__(parent)
        self._bench, self._loader, self._on_error = bench, loader, on_error
        self._worker = LatestOnly("TotalSegmentator", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._token: StopToken | None = None
        self._case: Case | None = None
        self._command = find_command()
        tip = ABOUT if self._command else install_hint()
        self.button = button(_RUN, tip, self._on_clicked)
        self.told.connect(loader.busy)
        self.set_case(None)

    def close(self) -> None:
        """End the program, if it runs."""
        if self._token is not None:
            self._token.stop()
        self._worker.close()

    def set_case(self, case: Case | None) -> None:
        """Offer it for a CT."""
        self.button.setEnabled(bool(self._command) and case is not None)

    def _on_clicked(self) -> None:
        if self._token is not None:
            self._token.stop()
            self.button.setText(_CANCELING)
            self.button.setEnabled(False)
            return
        case = self._bench.require_case()
        self._token, self._case = StopToken(), case
        token, device = self._token, read_preferences().device
        self.button.setText(_CANCEL)
        self._worker.submit(lambda: self._segment(case.volume, token, device))

    def _segment(self, volume: Volume, token: StopToken, device: str) -> NDArray[np.bool_]:
        """Run the program in a folder of its own; in the thread."""
        with tempfile.TemporaryDirectory(prefix="lesion-synth-") as name:
            folder = Path(name)
            for event in segment_liver(volume, folder, token, command=self._command, device=device):
                match event:
                    case Progress(done=done, total=total, text=text):
                        self.told.emit(f"TotalSegmentator: {text or 'working'}, {done} of {total}")
                    case Log(text=text):
                        self.told.emit(f"TotalSegmentator: {text}")
            return read_liver(folder, volume)

    def _on_finished(self, _number: int, mask: NDArray[np.bool_]) -> None:
        self._rest()
        if self._case is not None and self._case.volume is self._bench.require_case().volume:
            self._loader.set_organ_mask(lambda: mask, "Measuring the organ")

    def _on_failed(self, _number: int, error: Exception) -> None:
        self._rest()
        if not isinstance(error, Stopped):
            self._on_error(error)

    def _rest(self) -> None:
        self._token = None
        self.button.setText(_RUN)
        self.told.emit("")
        self.set_case(self._bench.case)
