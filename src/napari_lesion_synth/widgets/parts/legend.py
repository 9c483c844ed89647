"""A legend above a plot: a piece of each line, and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
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
    """Entries in rows, as many as they take; the tooltip has them too."""

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
        self.updateGeometry()
        self.update()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown."""
        return self._entries

    def sizeHint(self) -> QSize:  # noqa: N802
        """A line of text for each row."""
        return QSize(10, self.rows * self._line)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Another width may take other rows."""
        super().resizeEvent(event)
        self.updateGeometry()

    @property
    def rows(self) -> int:
        """How many there are."""
        return max((row for _, _, row in self._placed()), default=0) + 1

    @property
    def _line(self) -> int:
        return self.fontMetrics().height() + 2

    def _placed(self) -> Iterator[tuple[Entry, float, int]]:
        """Each entry with its left end and its row: a new one where the last is full."""
        metrics = self.fontMetrics()
        em = metrics.height()
        first = left = 0.25 * em
        row = 0
        for entry in self._entries:
            width = _piece(entry, em) + 0.3 * em + metrics.horizontalAdvance(entry.text)
            if left > first and left + width > self.width():
                left, row = first, row + 1
            yield entry, left, row
            left += width + _GAP * em

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw the entries."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        em, height = self.fontMetrics().height(), self._line
        ink = self.palette().color(self.foregroundRole())
        for entry, left, row in self._placed():
            middle, right = (row + 0.5) * height, left + _piece(entry, em)
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
            place = QRectF(start, row * height, room, height)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)


def _piece(entry: Entry, em: float) -> float:
    """Width of the piece of its line."""
    return (1 if entry.dot else _PIECE) * em * 0.6
