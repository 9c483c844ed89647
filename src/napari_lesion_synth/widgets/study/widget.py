"""The dock widget "Food study"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.widgets.parts.scrolled_page import ScrolledPage
from napari_lesion_synth.widgets.parts.trouble import show_error
from napari_lesion_synth.widgets.study.design_tab import DesignTab
from napari_lesion_synth.widgets.study.model_tab import ModelTab
from napari_lesion_synth.widgets.study.review_tab import ReviewTab
from napari_lesion_synth.widgets.study.run_tab import RunTab

if TYPE_CHECKING:
    import napari

__all__ = ["StudyWidget"]

_WIDTH = 400
"""Least width in pixels."""


class StudyWidget(QWidget):
    """Design a study of food photos, run it, look at it, and learn from it.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Given by napari.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.design = DesignTab(self.trouble)
        self.run = RunTab(self.trouble)
        self.review = ReviewTab(napari_viewer, self.trouble)
        self.model = ModelTab(self.trouble)
        self.tabs = QTabWidget()
        for name, tab in (
            ("Design", self.design),
            ("Run", self.run),
            ("Review", self.review),
            ("Model", self.model),
        ):
            self.tabs.addTab(ScrolledPage(tab), name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self.tabs)
        self.setMinimumWidth(_WIDTH)
        self._docked = self._closed = False
        self.design.study_opened.connect(self._on_study)
        self.run.answers_changed.connect(self.review.refresh)
        self.model.results_changed.connect(self.review.refresh)

    def trouble(self, error: Exception) -> None:
        """Explain what went wrong."""
        show_error(self, error)

    def _on_study(self, study: Study | None) -> None:
        for tab in (self.run, self.review, self.model):
            tab.set_study(study)

    # --- the end ------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Notice that napari took the dock away: it unparents the widget, and says nothing."""
        if event.type() == QEvent.Type.ParentChange:
            if self.parentWidget() is not None:
                self._docked = True
            elif self._docked:
                QTimer.singleShot(0, self._on_undocked)
        return super().event(event)

    def _on_undocked(self) -> None:
        if self.parentWidget() is None:
            self.close_study()
            self.deleteLater()

    def close_study(self) -> None:
        """Let the viewer go: layers, threads, processes, the participant's window."""
        if self._closed:
            return
        self._closed = True
        for tab in (self.design, self.run, self.review, self.model):
            tab.close_tab()
