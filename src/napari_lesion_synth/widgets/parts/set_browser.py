"""Looking through a generated set, also while it is being made."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QEvent, QModelIndex, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QGridLayout,
    QLabel,
    QListView,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.dataset.layout import sample_id
from napari_lesion_synth.dataset.thumbs import THUMB_PIXELS
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.parts.growing_table import GrowingTable
from napari_lesion_synth.widgets.parts.set_model import SetModel
from napari_lesion_synth.widgets.parts.thumbnails import Thumbnails

__all__ = ["SetBrowser"]

_POLL_MS = 500
_ROWS_IN_VIEW = 2


class SetBrowser(QWidget):
    """Thumbnails of a set with their captions, filtered by method and zone.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    chosen = Signal(str)
    """Id of a lesion that was clicked, or on which Enter was pressed."""
    grown = Signal(int)
    """Number of lesions of the set, each time it changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self._table: GrowingTable | None = None
        self._thumbnails = Thumbnails(self)
        self.model = SetModel(self._thumbnails, self)
        self.method_box = _filter_box("Method", "All methods", self)
        self.zone_box = _filter_box("Zone", "All zones", self)
        self.count_label = QLabel(self)
        self.count_label.setWordWrap(True)
        self.view = _View(self)
        self.view.setModel(self.model)
        self._poll = QTimer(self, interval=_POLL_MS)
        self._catch_up = QTimer(self, interval=0, singleShot=True)
        self._lay_out()
        self._connect()
        self._show_count()

    def _lay_out(self) -> None:
        top = QGridLayout()
        top.addWidget(self.method_box, 0, 0)
        top.addWidget(self.zone_box, 0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.count_label)
        layout.addWidget(self.view, 1)

    def _connect(self) -> None:
        self._poll.timeout.connect(self.refresh)
        self._catch_up.timeout.connect(self.refresh)
        self.method_box.currentIndexChanged.connect(self._filter)
        self.zone_box.currentIndexChanged.connect(self._filter)
        self.view.clicked.connect(self._choose)
        self.view.entered_key.connect(self._choose)
        self.view.resized.connect(self._fit_cells)

    # --- what it shows --------------------------------------------------------------------------

    def open_set(self, folder: str | Path) -> None:
        """Show a set; its folder may not be there yet."""
        self.clear()
        self.folder = Path(folder)
        self._table = GrowingTable(self.folder)
        self._thumbnails.open(self.folder)
        self._show_count()
        self.refresh()

    def watch(self, on: bool = True) -> None:
        """Look for new lesions twice a second, until told otherwise."""
        if on:
            self._poll.start()
        else:
            self._poll.stop()
            self.refresh()

    def refresh(self) -> None:
        """Read what has been finished since the last look."""
        if self._table is None:
            return
        try:
            restarted, rows = self._table.read()
        except LesionSynthError as error:
            self._poll.stop()
            self.count_label.setText(str(error))
            return
        if restarted:
            self._thumbnails.forget()
            self.model.clear()
        if rows:
            self.model.extend(rows)
            self._offer({row.method for row in rows}, self.method_box)
            self._offer({row.zone for row in rows}, self.zone_box)
        if rows or restarted:
            self._show_count()
            self.grown.emit(len(self.model.rows))
        if self._table.behind:
            self._catch_up.start()

    def clear(self) -> None:
        """Show nothing."""
        self._poll.stop()
        self._catch_up.stop()
        self.folder = self._table = None
        self._thumbnails.forget()
        self.model.clear()
        for box in (self.method_box, self.zone_box):
            box.setCurrentIndex(0)
            while box.count() > 1:
                box.removeItem(1)
        self._show_count()

    def select(self, sample: str) -> bool:
        """Make a lesion the current one and bring it into view; False if it is not shown."""
        index = self.model.index_of(sample)
        if not index.isValid():
            return False
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)
        return True

    @property
    def current(self) -> str | None:
        """Id of the current lesion."""
        index = self.view.currentIndex()
        return self.model.shown[index.row()].id if index.isValid() else None

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.model.shown[index.row()].id)

    def _offer(self, names: set[str], box: QComboBox) -> None:
        for name in sorted(names):
            if box.findData(name) < 0:
                box.addItem(name, name)

    def _filter(self) -> None:
        current = self.current
        self.model.set_filter(
            method=self.method_box.currentData() or "", zone=self.zone_box.currentData() or ""
        )
        if current is not None:
            self.select(current)
        self._show_count()

    def _show_count(self) -> None:
        total, shown = len(self.model.rows), len(self.model.shown)
        if not total:
            self.count_label.setText("No lesions yet." if self.folder else "No set is open.")
            return
        zones = self.model.counts()
        parts = ", ".join(f"{zones[name]} {name}" for name in sorted(zones, reverse=True))
        of = f"{shown} of {total}" if shown != total else str(total)
        noun = "lesion" if total == 1 else "lesions"
        self.count_label.setText(f"{of} {noun}{': ' if parts else ''}{parts}")

    # --- how large ------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_cells()

    def _fit_cells(self) -> None:
        """As many columns as fit, and the width shared among them."""
        metrics = self.view.fontMetrics()
        narrowest = max(metrics.horizontalAdvance(sample_id(0) + "n"), THUMB_PIXELS + 8)
        width = self.view.viewport().width()
        columns = max(1, width // narrowest)
        side = max(THUMB_PIXELS, min(narrowest, 2 * THUMB_PIXELS) - 8)
        cell = QSize(max(narrowest, (width - 1) // columns), side + 3 * metrics.lineSpacing() + 10)
        icon = QSize(side, side)
        self._thumbnails.set_size(side, self.devicePixelRatioF())
        if cell == self.view.gridSize() and icon == self.view.iconSize():
            return
        self.model.set_cell(cell, icon)
        self.view.setIconSize(icon)
        self.view.setGridSize(cell)
        self.view.setMinimumHeight(_ROWS_IN_VIEW * cell.height() + 4)


class _View(QListView):
    """A grid of equal cells that asks the model only for what is in view."""

    entered_key = Signal(QModelIndex)
    resized = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setWordWrap(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Lesions of the set")
        self.setToolTip("Lesions of the set. Arrow keys move, Enter or a click shows one.")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter chooses the current item."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_key.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tell, so that the cells can be fitted."""
        super().resizeEvent(event)
        self.resized.emit()


def _filter_box(name: str, everything: str, parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    box.addItem(everything, "")
    box.setAccessibleName(f"{name} to show")
    box.setToolTip(f"{name} of the lesions shown below.")
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return box
