"""The dock widget "Train & detect"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QDockWidget, QLabel, QTabWidget, QVBoxLayout, QWidget

from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.widgets.detect.detect_tab import DetectTab
from napari_lesion_synth.widgets.detect.detector_loader import DetectorLoader, Open
from napari_lesion_synth.widgets.detect.evaluate_tab import EvaluateTab
from napari_lesion_synth.widgets.detect.key_table import KEYS
from napari_lesion_synth.widgets.detect.limit_page import LimitsPage
from napari_lesion_synth.widgets.detect.train_tab import TrainTab
from napari_lesion_synth.widgets.parts.cheat_sheet import CheatSheet
from napari_lesion_synth.widgets.parts.layout import button, row
from napari_lesion_synth.widgets.parts.scrolled_page import ScrolledPage
from napari_lesion_synth.widgets.parts.trouble import show_error

if TYPE_CHECKING:
    import napari

__all__ = ["DetectWidget"]

_WIDTH = 380
"""Least width in pixels."""


class DetectWidget(QWidget):
    """Train a detector on real and synthetic lesions, and look at what it finds.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Given by napari.
    open_detector : callable, optional
        Reads a detector's file; default: the program's own way.
    """

    def __init__(
        self, napari_viewer: napari.viewer.Viewer, open_detector: Open | None = None
    ) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.loader = DetectorLoader(open_detector, self)
        self.train = TrainTab(self.trouble)
        self.detect = DetectTab(napari_viewer, self.loader, self.open_workbench, self.trouble)
        self.evaluate = EvaluateTab(napari_viewer, lambda: self.detect.ct.open_cases, self.trouble)
        self.limits = LimitsPage(napari_viewer, lambda: self.detect.ct.open_cases, self.trouble)
        self.cheat_sheet = CheatSheet(KEYS, self)
        self.disclaimer = QLabel(DISCLAIMER)
        self.disclaimer.setAccessibleName("What it is not for")
        self.help = button("?", "Keys (?)", self.show_keys)
        self.help.setAccessibleName("Keys")
        self.help.setMaximumWidth(2 * self.help.fontMetrics().height())
        self.tabs = QTabWidget()
        self.tabs.addTab(ScrolledPage(self.train), "Train")
        self.tabs.addTab(ScrolledPage(self.detect), "Detect")
        self.tabs.addTab(ScrolledPage(self.evaluate), "Evaluate")
        self.tabs.addTab(ScrolledPage(self.limits), "Limits")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        layout.addWidget(row(self.disclaimer, None, self.help))
        layout.addWidget(self.tabs, 1)
        self.setMinimumWidth(_WIDTH)
        self._docked = self._closed = False
        self.detect.help_wanted.connect(self.show_keys)
        self.detect.rejected.connect(self.train.offer_rejected)
        self.detect.model.train_wanted.connect(lambda: self.tabs.setCurrentIndex(0))
        self.train.trained.connect(self.loader.offer_trained)
        self.train.use_wanted.connect(self._on_use)
        self.tabs.currentChanged.connect(lambda _tab: self.detect.ct.look_again())

    # --- for commands and tests ---------------------------------------------------------------

    def show_keys(self) -> None:
        """Show or hide the sheet of keys."""
        self.cheat_sheet.setVisible(not self.cheat_sheet.isVisible())

    def trouble(self, error: Exception) -> None:
        """Explain what went wrong."""
        show_error(self, error)

    def open_workbench(self) -> Any:
        """Open "Synthesize lesions", which reads CTs and outlines organs."""
        from napari_lesion_synth.widgets.commands import workbench

        made = workbench(self.viewer)
        self.detect.ct.look_again()
        return made

    def _on_use(self, path: Path) -> None:
        self.loader.open(path)
        self.tabs.setCurrentIndex(1)

    # --- the end ------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Notice that napari took the dock away: it unparents the widget, and says nothing."""
        if event.type() == QEvent.Type.ParentChange:
            if self.parentWidget() is not None:
                self._docked = True
                _spell_title(self.parentWidget())
            elif self._docked:
                QTimer.singleShot(0, self._on_undocked)
        return super().event(event)

    def _on_undocked(self) -> None:
        if self.parentWidget() is None:
            self.close_detect()
            self.deleteLater()

    def close_detect(self) -> None:
        """Let the viewer go: layers, callbacks, threads, a training's process."""
        if self._closed:
            return
        self._closed = True
        self.train.close_tab()
        self.detect.close_tab()
        self.evaluate.close_tab()
        self.limits.close_tab()
        self.loader.close()


def _spell_title(dock: QWidget | None) -> None:
    """Show the "&" of the name in tabs of docks and in menus, which take one for a key."""
    while dock is not None and not isinstance(dock, QDockWidget):
        dock = dock.parentWidget()
    if dock is not None and "&&" not in dock.windowTitle():
        dock.setWindowTitle(dock.windowTitle().replace("&", "&&"))
