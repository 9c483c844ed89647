"""A sheet of keys to keep open beside the work."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeyEvent, QShowEvent
from qtpy.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.key import Key

__all__ = ["CheatSheet", "Key"]

_LETTERS = 76
_OF_SCREEN = 0.85
_CAP = "QLabel { border: 1px solid palette(mid); border-radius: 3px; padding: 1px 5px; }"
"""The border comes from the palette, so that keys look like keys in every theme."""


class CheatSheet(QDialog):
    """Keys and what they do, by the place where they work; the rest of the program goes on.

    Escape and ``?`` close it.

    Parameters
    ----------
    keys : sequence of Key
        Each place's keys stay in their order; places come in the order of their first key.
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, keys: Sequence[Key], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = tuple(keys)
        self._fitted = False
        self.setModal(False)
        self.setWindowTitle("Keys and mouse")
        self.setAccessibleName("Keys and mouse")
        page = QWidget()
        grid = QGridLayout(page)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(2 * self.fontMetrics().averageCharWidth())
        grid.setVerticalSpacing(3)
        for place, own in _by_place(self.keys).items():
            self._add_place(grid, place, own)
        grid.setRowStretch(grid.rowCount(), 1)
        hint = QLabel("Esc or ? closes this sheet; it may stay open while you work.")
        hint.setWordWrap(True)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(page)
        self.scroll.setAccessibleName("Keys and mouse")
        self.scroll.setToolTip("What keys and the mouse do (Esc or ? closes the sheet)")
        self.setFocusProxy(self.scroll)  # so that the arrow keys scroll
        layout = QVBoxLayout(self)
        layout.addWidget(self.scroll)
        layout.addWidget(hint)
        self.resize(_LETTERS * self.fontMetrics().averageCharWidth(), self.sizeHint().height())

    def _add_place(self, grid: QGridLayout, place: str, keys: Sequence[Key]) -> None:
        title = QLabel(place[:1].upper() + place[1:])
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        top = 0 if grid.count() == 0 else self.fontMetrics().height() // 2
        title.setContentsMargins(0, top, 0, 0)
        grid.addWidget(title, grid.rowCount(), 0, 1, 2)
        for key in keys:
            row = grid.rowCount()
            cap = QLabel(key.key)
            cap.setTextFormat(Qt.TextFormat.PlainText)
            cap.setStyleSheet(_CAP)
            cap.setAccessibleName(f"{key.key}: {key.action}")
            action = QLabel(key.action)
            action.setTextFormat(Qt.TextFormat.PlainText)
            action.setWordWrap(True)
            grid.addWidget(cap, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(action, row, 1)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Begin with the whole sheet in view, if the screen is high enough."""
        super().showEvent(event)
        if not self._fitted:
            self._fitted = True
            QTimer.singleShot(0, self._fit)  # when the window's style has been applied

    def _fit(self) -> None:
        hidden = self.scroll.verticalScrollBar().maximum()
        most = int(_OF_SCREEN * self.screen().availableGeometry().height())
        self.resize(self.width(), min(self.height() + hidden, most))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Close at ``?``, as it was opened; Escape is Qt's own."""
        if event.text() == "?":
            self.close()
        else:
            super().keyPressEvent(event)


def _by_place(keys: Sequence[Key]) -> dict[str, list[Key]]:
    places: dict[str, list[Key]] = {}
    for key in keys:
        places.setdefault(key.where, []).append(key)
    return places
