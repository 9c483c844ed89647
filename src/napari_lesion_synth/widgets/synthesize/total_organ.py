"""The organ by TotalSegmentator, where that is installed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.widgets.parts.layout import button, note
from napari_lesion_synth.widgets.parts.totalsegmentator import LiverJob, is_installed, tooltip
from napari_lesion_synth.widgets.preferences import read_preferences
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["TotalOrgan"]

_MISSING = "Not installed; the button's tooltip says how to get it."
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

    def __init__(
        self,
        parent: QObject,
        bench: Workbench,
        loader: CaseLoader,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__(parent)
        self._bench, self._loader, self._on_error = bench, loader, on_error
        self._case: Case | None = None
        self._installed = is_installed()
        self.button = button(_RUN, tooltip(), self._on_clicked)
        self.reason = note(_MISSING, name="Why TotalSegmentator is grey")
        self.reason.setToolTip(tooltip())
        self.reason.setVisible(not self._installed)
        self.job = LiverJob(self)
        self.job.progress.connect(self._on_progress)
        self.job.finished.connect(self._on_finished)
        self.job.failed.connect(self._on_failed)
        self.job.canceled.connect(self._rest)
        self.set_case(None)

    def close(self) -> None:
        """End the program, if it runs."""
        if self.job.running:
            self.job.end_now()

    def set_case(self, case: Case | None) -> None:
        """Offer it for a CT."""
        self.button.setEnabled(self._installed and case is not None)

    def _on_clicked(self) -> None:
        if self.job.running:
            self.job.cancel()
            self.button.setText(_CANCELING)
            self.button.setEnabled(False)
            return
        self._case = self._bench.require_case()
        self.button.setText(_CANCEL)
        self.job.start(self._case.volume, read_preferences().device)

    def _on_progress(self, percent: int, text: str) -> None:
        self._loader.busy.emit(f"TotalSegmentator: {text}, {percent} %")

    def _on_finished(self, mask: NDArray[np.bool_], warnings: tuple[str, ...]) -> None:
        case, self._case = self._case, None
        self._rest()
        for text in warnings:
            self._loader.warned.emit(text)
        if case is not None and case.volume is self._bench.require_case().volume:
            self._loader.set_organ_mask(lambda: mask, "Measuring the organ")

    def _on_failed(self, error: Exception) -> None:
        self._rest()
        self._on_error(error)

    def _rest(self) -> None:
        self.button.setText(_RUN)
        self._loader.busy.emit("")
        self.set_case(self._bench.case)
