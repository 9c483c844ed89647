"""A legend above a plot: a piece of each line, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

__all__ = ["Entry", "Legend"]

_PIECE = 3.0
_GAP = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """What a line means.

    Parameters
    ----------
    text : str
        Its meaning.
    pen : QPen
        As the line is drawn.
    dot : bool
        Whether it is drawn as dots.
    """

    text: str
    pen: QPen
    dot: bool = False


class Legend(QWidget):
    """Entries in a row; what does not fit is elided, and the tooltip has it all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show other entries."""
        self._entries = tuple(entries)
        words = "; ".join(entry.text for entry in entries)
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.update()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown."""
        return self._entries

    def sizeHint(self) -> QSize:  # noqa: N802
        """One line of text."""
        return QSize(10, self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw the entries."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        em, height = self.fontMetrics().height(), self.height()
        ink = self.palette().color(self.foregroundRole())
        left = 0.25 * em
        for entry in self._entries:
            middle, right = height / 2, left + (_PIECE if not entry.dot else 1) * em * 0.6
            painter.setPen(entry.pen)
            if entry.dot:
                painter.setBrush(entry.pen.color())
                painter.drawEllipse(QPointF((left + right) / 2, middle), 2.5, 2.5)
            else:
                painter.drawLine(QPointF(left, middle), QPointF(right, middle))
            start = right + 0.3 * em
            room = self.width() - start
            words = self.fontMetrics().elidedText(
                entry.text, Qt.TextElideMode.ElideRight, max(0, int(room))
            )
            painter.setPen(ink)
            painter.drawText(QRectF(start, 0, room, height), Qt.AlignmentFlag.AlignVCenter, words)
            left = start + self.fontMetrics().horizontalAdvance(words) + _GAP * em
