"""The dock widget "Review samples": a gallery, and the visual Turing test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QTimer
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.widgets.parts.cheat_sheet import CheatSheet
from napari_lesion_synth.widgets.parts.scrolled_page import ScrolledPage
from napari_lesion_synth.widgets.parts.trouble import show_error
from napari_lesion_synth.widgets.review.canvas_lesion import CanvasLesion, Look
from napari_lesion_synth.widgets.review.gallery_tab import GalleryTab
from napari_lesion_synth.widgets.review.hosts import Hosts
from napari_lesion_synth.widgets.review.key_table import KEYS
from napari_lesion_synth.widgets.review.turing_tab import TuringTab

if TYPE_CHECKING:
    import napari

__all__ = ["ReviewWidget"]

_WIDTH = 410
"""Least width in pixels: two lesions in three planes beside one another."""


class ReviewWidget(QWidget):
    """Look through a generated set, judge its lesions, and test how real they look.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Given by napari.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.canvas = CanvasLesion(napari_viewer)
        self.hosts = Hosts(napari_viewer)
        self.gallery = GalleryTab()
        self.cheat_sheet = CheatSheet(KEYS, self)
        self.tabs = QTabWidget()
        self.turing = TuringTab(self.gallery.lesions, lambda: self.gallery.model.order)
        self.tabs.addTab(ScrolledPage(self.gallery), "Gallery")
        self.tabs.addTab(ScrolledPage(self.turing), "Visual Turing test")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(self.tabs)
        self.setMinimumWidth(max(_WIDTH, 58 * self.fontMetrics().averageCharWidth()))
        self.setAcceptDrops(True)
        self._docked = self._closed = False
        self.gallery.lesion_shown.connect(self._on_lesion)
        self.gallery.nothing_shown.connect(self.canvas.hide)
        self.gallery.help_wanted.connect(self.show_keys)
        self.gallery.troubled.connect(self.trouble)
        self.gallery.lesion.look_changed.connect(self._on_look)
        self.gallery.lesion.outline_changed.connect(self.canvas.set_outline)
        self.gallery.lesion.host_wanted.connect(self.open_host)
        self.gallery.opened.connect(self.turing.set_folder)
        self.turing.began.connect(self.canvas.hide)  # its layer bears the lesion's name
        self.turing.troubled.connect(self.trouble)

    # --- for commands and tests ---------------------------------------------------------------

    def open_set(self, folder: str | Path) -> bool:
        """Open a generated set; False where the folder is none."""
        self.tabs.setCurrentIndex(0)
        return self.gallery.open_set(folder)

    def show_keys(self) -> None:
        """Show or hide the sheet of keys."""
        self.cheat_sheet.setVisible(not self.cheat_sheet.isVisible())

    def trouble(self, error: Exception) -> None:
        """Explain what went wrong."""
        show_error(self, error)

    # --- the canvas ---------------------------------------------------------------------------

    def _on_lesion(self, sample: str, patch: Patch) -> None:
        case = self._case(sample)
        host = None if case is None else self.hosts.find(case)
        self.canvas.show(sample, patch, host)
        self.gallery.lesion.open_host.setVisible(host is None and _ct_of(case) is not None)

    def _on_look(self, look: Look) -> None:
        self.canvas.set_look(look)

    def _case(self, sample: str) -> dict[str, Any] | None:
        row = self.gallery.lesions.place(sample)
        return None if row is None else self.gallery.set.case_of(row)

    def open_host(self) -> None:
        """Open the CT of the chosen lesion in the workbench."""
        from napari_lesion_synth.widgets.commands import workbench

        case = self._case(self.gallery.view.current)
        path = _ct_of(case)
        if case is None or path is None:
            self.trouble(DatasetError("the lesion's CT is not where it was when the set was made"))
            return
        inputs = {name: value for name, value in case["inputs"].items() if value is not None}
        inputs.pop("ct")
        bench = workbench(self.viewer)
        bench.loader.opened.connect(self._on_host_opened)
        bench.open_case(path, **inputs)

    def _on_host_opened(self, *_: object) -> None:
        """Show the lesion once more: its CT may be there now."""
        if not self._closed:
            self.gallery.show_again()

    # --- drag and drop ------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take folders."""
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open a set."""
        folder = _dropped(event)
        if folder is not None:
            event.acceptProposedAction()
            QTimer.singleShot(0, lambda: self.open_set(folder))  # the other program waits for us

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
            self.close_review()
            self.deleteLater()

    def close_review(self) -> None:
        """Let the viewer go; verdicts that wait are written first."""
        if self._closed:
            return
        self._closed = True
        self.gallery.close_tab()
        self.canvas.hide()


def _ct_of(case: dict[str, Any] | None) -> Path | None:
    """File of a set's CT, where it still is."""
    named = (case or {}).get("inputs", {}).get("ct")
    return Path(named) if named and Path(named).exists() else None


def _dropped(event: QDropEvent) -> Path | None:
    """The folder that is dropped; for a file of a set, the set."""
    for url in event.mimeData().urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.exists():
            return path if path.is_dir() else path.parent
    return None
