"""A line to mark: the visual analogue scale."""

from __future__ import annotations

from typing import ClassVar

from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.widgets.study.participant.asking import AnswerButtons, Asker
from napari_lesion_synth.widgets.study.participant.words import Words

__all__ = ["VasAsker", "VasLine"]

_STEP = 0.01
_INK, _MARK = QColor(20, 20, 20), QColor(255, 255, 255)


class VasLine(QWidget):
    """A line from 0 to 1. At first there is no mark, so that none suggests an answer.

    Parameters
    ----------
    ends : tuple of str
        What stands at the ends.
    """

    changed = Signal(float)

    def __init__(self, ends: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value: float | None = None
        self._ends = ends
        self.setAccessibleName(f"{ends[0]} – {ends[1]}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for the line and a line of text below it."""
        return QSize(400, round(3.6 * self.fontMetrics().height()))

    def set_value(self, value: float) -> None:
        """Put the mark somewhere."""
        self.value = min(max(value, 0.0), 1.0)
        self.changed.emit(self.value)
        self.update()

    def step(self, by: float) -> None:
        """Move the mark; the first step puts it in the middle."""
        self.set_value(0.5 if self.value is None else round(self.value + by, 4))

    @property
    def span(self) -> tuple[float, float]:
        """Where the line begins and ends, pixels."""
        inset = 0.06 * self.width()
        return inset, self.width() - inset

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Put the mark there."""
        self._follow(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Drag the mark."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._follow(event)

    def _follow(self, event: QMouseEvent) -> None:
        left, right = self.span
        self.set_value((event.position().x() - left) / (right - left))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw line, ends and mark."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = self.span
        line = self.fontMetrics().height()
        y = 1.1 * line
        painter.setPen(QPen(_INK, 3))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        for x in (left, right):
            painter.drawLine(QPointF(x, y - 0.5 * line), QPointF(x, y + 0.5 * line))
        text = QRectF(0, y + 0.9 * line, self.width(), 1.5 * line)
        painter.drawText(text, int(Qt.AlignmentFlag.AlignLeft), self._ends[0])
        painter.drawText(text, int(Qt.AlignmentFlag.AlignRight), self._ends[1])
        if self.value is not None:
            x = left + self.value * (right - left)
            painter.setPen(QPen(_INK, 1))
            painter.setBrush(_MARK)
            painter.drawRoundedRect(QRectF(x - 5, y - line, 10, 2 * line), 4, 4)


class VasAsker(Asker):
    """A mark on a line, and a confirmation."""

    clicks_photos = False
    _STEPS: ClassVar = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}
    _CONFIRM = (Qt.Key.Key_Return, Qt.Key.Key_Enter)

    def __init__(self, trial: Trial, words: Words, ends: tuple[str, str]) -> None:
        super().__init__(trial, words)
        self.line = VasLine(ends)
        self._confirm = AnswerButtons([words.confirm])
        self.confirm.setEnabled(False)
        self.controls = QWidget()
        layout = QVBoxLayout(self.controls)
        layout.setContentsMargins(0, 0, 0, 0)
        inset = QHBoxLayout()
        inset.addStretch(1)
        inset.addWidget(self.line, 4)
        inset.addStretch(1)
        layout.addLayout(inset)
        layout.addWidget(self._confirm)
        self.line.changed.connect(lambda _value: self.confirm.setEnabled(True))
        self._confirm.chosen.connect(lambda _number, stamp: self._done(stamp))

    @property
    def confirm(self) -> QPushButton:
        """The button that ends the question."""
        return self._confirm.buttons[0]

    @property
    def hint(self) -> str:
        """How the line is used."""
        return self.words.vas_help

    def key(self, key: int, stamp: int) -> bool:
        """Move the mark, or confirm."""
        if key in self._CONFIRM:
            self._done(stamp)
            return True
        step = self._STEPS.get(Qt.Key(key))
        if step is None:
            return False
        self.line.step(step)
        return True

    def _done(self, stamp: int) -> None:
        if self.line.value is not None:
            self._give(round(self.line.value, 4), stamp)
