"""Choosing one of the series in a DICOM folder, by sight."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.ct.dicom import Series, best_series
from napari_lesion_synth.ct.preview import series_preview
from napari_lesion_synth.ct.suitability import Suitability, suitability
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.pixmaps import pixmap_of

__all__ = ["SeriesDialog"]

_SIDE = 6
"""Of a picture, in lines of text."""

_SIZE = (80, 32)
"""Of the dialog, in letters and lines of text."""

# As the pictures beside it, in every theme.
_INK, _NOWHERE = QColor(200, 200, 200), QColor(38, 38, 38)

_WARNING = "\u26a0"


class SeriesDialog(QDialog):
    """The series of a folder with pictures; the likely one is chosen, Enter takes it.

    It opens at once: the pictures come while it is open, those in view first.

    Parameters
    ----------
    folder_series : sequence of Series
        One at least, as `ct.dicom.list_series` gives them; that may take seconds for a big folder
        and is best called in a thread.
    parent : QWidget, optional
        Owner.
    file : path, optional
        A file whose series is the likely one; default: the largest axial CT.
    """

    chosen = Signal(object)
    """The `Series`, when the dialog is left with Open."""

    def __init__(
        self,
        folder_series: Sequence[Series],
        parent: QWidget | None = None,
        *,
        file: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self.series = tuple(folder_series)
        self._suited = tuple(suitability(series) for series in self.series)
        self._missing = list(range(len(self.series)))
        self._asked: tuple[int, int] | None = None
        self._worker = LatestOnly("series pictures", self)
        self._worker.finished.connect(self._on_picture)
        self._worker.failed.connect(self._on_no_picture)
        self.setWindowTitle("Which series?")
        self.setAccessibleName("Which series?")
        self.list = self._make_list()
        self.buttons = self._make_buttons()
        title = QLabel(self._headline())
        title.setWordWrap(True)
        title.setBuddy(self.list)
        layout = QVBoxLayout(self)
        layout.addWidget(title)
        layout.addWidget(self.list)
        layout.addWidget(self.buttons)
        letters, lines = _SIZE
        metrics = self.fontMetrics()
        self.resize(letters * metrics.averageCharWidth(), lines * metrics.height())
        self.list.setCurrentRow(self._likely(file))
        self.list.setFocus()
        self.accepted.connect(lambda: self.chosen.emit(self.choice))
        self.finished.connect(self._worker.close)
        self._ask_next()

    @property
    def choice(self) -> Series | None:
        """The series that is chosen, if it can be opened."""
        row = self.list.currentRow()
        return self.series[row] if row >= 0 and self._suited[row].usable else None

    @property
    def resample(self) -> bool:
        """Whether the choice has to be read with ``resample=True``."""
        row = self.list.currentRow()
        return row >= 0 and self._suited[row].resample

    # --- making -----------------------------------------------------------------------------

    def _headline(self) -> str:
        folder = self.series[0].files[0].parent.name
        return f"{len(self.series)} &series in the folder {folder.replace('&', '&&')}:"

    def _make_list(self) -> QListWidget:
        view = QListWidget()
        view.setAccessibleName("Series")
        view.setToolTip("Arrow keys choose, Enter or a double click opens")
        view.setWordWrap(True)
        view.setUniformItemSizes(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        side = self._side
        view.setIconSize(QSize(side, side))
        waiting = QIcon(self._placeholder("\u2026"))
        for series, suited in zip(self.series, self._suited, strict=True):
            text = _text(series, suited)
            item = QListWidgetItem(waiting, text)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text.replace("\n", ", "))
            item.setToolTip(_tooltip(series, suited))
            view.addItem(item)
        view.currentRowChanged.connect(lambda _: self._on_row())
        view.itemDoubleClicked.connect(lambda _: self._open())
        return view

    def _make_buttons(self) -> QDialogButtonBox:
        standard = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(standard.Open | standard.Cancel)
        self.open_button = box.button(standard.Open)
        self.open_button.setDefault(True)
        cancel = box.button(standard.Cancel)
        cancel.setToolTip("Open nothing (Esc)")
        cancel.setAccessibleName("Cancel")
        box.accepted.connect(self._open)
        box.rejected.connect(self.reject)
        return box

    def _likely(self, file: Path | None) -> int:
        for row, series in enumerate(self.series):
            if file is not None and file in series.files:
                return row
        return self.series.index(best_series(self.series))

    # --- choosing ---------------------------------------------------------------------------

    def _on_row(self) -> None:
        row = self.list.currentRow()
        suited = self._suited[row] if row >= 0 else None
        self.open_button.setEnabled(suited is not None and suited.usable)
        self.open_button.setText("Open, resampled" if self.resample else "Open")
        self.open_button.setAccessibleName(self.open_button.text())
        if suited is None or not suited.usable:
            self.open_button.setToolTip(suited.reason if suited else "Choose a series")
        else:
            self.open_button.setToolTip("Open the chosen series (Enter)")

    def _open(self) -> None:
        if self.choice is not None:
            self.accept()

    # --- pictures ---------------------------------------------------------------------------

    @property
    def _side(self) -> int:
        return _SIDE * self.fontMetrics().height()

    def _ask_next(self) -> None:
        """Have the next picture made, one in view if there is one."""
        if not self._missing:
            self._asked = None
            return
        shown = self.list.viewport().rect()
        row = next(
            (
                r
                for r in self._missing
                if self.list.visualItemRect(self.list.item(r)).intersects(shown)
            ),
            self._missing[0],
        )
        self._missing.remove(row)
        pixels = round(self._side * self.devicePixelRatioF())
        number = self._worker.submit(partial(series_preview, self.series[row], pixels))
        self._asked = (number, row)

    def _on_picture(self, number: int, grey: NDArray[np.uint8]) -> None:
        if self._asked is not None and self._asked[0] == number:
            picture = pixmap_of(grey, grey.shape[1] / self._side)
            self.list.item(self._asked[1]).setIcon(_icon(picture))
            self._ask_next()

    def _on_no_picture(self, number: int, error: Exception) -> None:
        if self._asked is not None and self._asked[0] == number:
            item = self.list.item(self._asked[1])
            item.setIcon(_icon(self._placeholder("no picture")))
            item.setToolTip(f"{item.toolTip()}\nNo picture: {getattr(error, 'what', error)}")
            self._ask_next()

    def _placeholder(self, text: str) -> QPixmap:
        """A word in the place of a picture."""
        side, ratio = self._side, self.devicePixelRatioF()
        picture = QPixmap(round(side * ratio), round(side * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(_NOWHERE)
        painter = QPainter(picture)
        painter.setFont(self.font())
        painter.setPen(_INK)
        frame = QRectF(0, 0, side, side)
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
        painter.end()
        return picture


def _icon(picture: QPixmap) -> QIcon:
    """A picture that stays as it is when its row is chosen."""
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    icon.addPixmap(picture, QIcon.Mode.Disabled)
    return icon


def _text(series: Series, suited: Suitability) -> str:
    number = "" if series.number is None else f"{series.number}: "
    title = f"{number}{series.description or 'without a name'}"
    reason = f"{_WARNING} {suited.reason[:1].upper()}{suited.reason[1:]}" if suited.reason else ""
    cannot = "" if suited.usable else "Cannot be opened."
    return "\n".join(filter(None, [title, suited.words, reason, cannot]))


def _tooltip(series: Series, suited: Suitability) -> str:
    between, rows, columns = series.spacing
    voxels = f"Voxels of {between:.2f} \u00d7 {rows:.2f} \u00d7 {columns:.2f} mm (z, y, x)"
    skipped = f"{len(series.skipped)} files of the folder hold no image" if series.skipped else ""
    lines = [suited.words, voxels, suited.reason, skipped, f"UID {series.uid}"]
    return "\n".join(filter(None, lines))
