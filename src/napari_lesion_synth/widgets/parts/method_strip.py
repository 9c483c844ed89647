"""A strip of cards, one a synthesis method: what it makes of the same site."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from qtpy.QtCore import QPoint, QRect, QSize, Qt, Signal
from qtpy.QtGui import QFont, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from qtpy.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from napari_lesion_synth.widgets.parts.method_title import method_title
from napari_lesion_synth.widgets.parts.pixmaps import pixmap_of

__all__ = ["MethodCard", "MethodStrip"]

_WORKING = "working…"
_NOT_AVAILABLE = "not available"
_PICTURE_LINES = 7
_PAD = 4


class MethodCard(QAbstractButton):
    """A method's picture, name and caption; the chosen one bears a frame and a tick.

    Parameters
    ----------
    method : str
        Registered name.
    """

    def __init__(self, method: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = method
        self.caption = ""
        self.reason = ""
        self._picture: QPixmap | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setText(method_title(method))
        self.setAccessibleName(self.text())

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture, be it an older one."""
        return self._picture is not None

    def set_working(self) -> None:
        """Say that a picture is on its way; the older one stays in sight."""
        self._show(_WORKING, "")

    def set_result(self, picture: Image.Image | NDArray[np.uint8], caption: str) -> None:
        """Show a picture."""
        self._picture = pixmap_of(picture)
        self._show(caption, "")

    def set_unavailable(self, reason: str) -> None:
        """Say why there is no picture."""
        self._picture = None
        self._show(_NOT_AVAILABLE, reason)

    def _show(self, caption: str, reason: str) -> None:
        self.caption, self.reason = caption, reason
        self.setEnabled(not reason)
        what = f"{_NOT_AVAILABLE}: {reason}" if reason else caption
        self.setAccessibleDescription(what)
        use = "" if reason else "<br>Press to use this method. Arrow keys: the next one."
        self.setToolTip(f"<qt><b>{self.text()}</b>: {_escaped(what)}{use}</qt>")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """A square picture and two lines of text."""
        line = self.fontMetrics().height()
        side = _PICTURE_LINES * line
        return QSize(side + 2 * _PAD, side + 2 * line + 3 * _PAD)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as ever, but narrow: the dock may be."""
        return QSize(self.fontMetrics().averageCharWidth() * 9, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A reason must be legible, so nothing is greyed out here.
        ink = self.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
        line = self.fontMetrics().height()
        inner = self.rect().adjusted(_PAD, _PAD, -_PAD, -_PAD)
        picture = QRect(inner.topLeft(), QSize(inner.width(), inner.height() - 2 * line - _PAD))
        painter.setPen(ink)
        if self._picture is not None:
            painter.drawPixmap(_square(picture), self._picture)
        else:
            words = self.reason or ("" if self.caption != _WORKING else "…")
            painter.drawText(picture, _WRAPPED, _clipped(words, picture, painter))
        name = QRect(inner.left(), picture.bottom() + _PAD, inner.width(), line)
        self._write(painter, name, f"✓ {self.text()}" if self.isChecked() else self.text(), True)
        self._write(painter, name.translated(0, line), self.caption, False)
        self._paint_frame(painter)

    def _write(self, painter: QPainter, place: QRect, text: str, bold: bool) -> None:
        font = QFont(self.font())
        font.setBold(bold)
        painter.setFont(font)
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, elided)

    def _paint_frame(self, painter: QPainter) -> None:
        ink = self.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
        if not self.isChecked():
            ink.setAlphaF(0.6 if self.hasFocus() or self.underMouse() else 0.25)
        dashed = self.hasFocus() and not self.isChecked()
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(ink, 2.0 if self.isChecked() else 1.0, style))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 3, 3)


class MethodStrip(QWidget):
    """Cards side by side; one can be chosen by mouse or arrow keys."""

    chosen = Signal(str)
    """Method that the user chose."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[str, MethodCard] = {}
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(lambda card: self.chosen.emit(card.method))
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.setAccessibleName("The same site by every method")

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods that have a card, in order."""
        return tuple(self._cards)

    def card(self, method: str) -> MethodCard:
        """The card of a method."""
        return self._cards[method]

    def set_working(self, methods: Sequence[str]) -> None:
        """Show a card for each method that is at work, and no others."""
        if tuple(methods) != self.methods:
            self.clear()
        for method in methods:
            self._card(method).set_working()

    def set_result(
        self, method: str, picture: Image.Image | NDArray[np.uint8], caption: str
    ) -> None:
        """Show what a method made.

        Parameters
        ----------
        method : str
            Its name.
        picture : PIL.Image.Image or ndarray of uint8
            Square.
        caption : str
            A few words, such as contrast and time.
        """
        self._card(method).set_result(picture, caption)

    def set_unavailable(self, method: str, reason: str) -> None:
        """Say why a method makes nothing here."""
        self._card(method).set_unavailable(reason)

    def select(self, method: str | None) -> None:
        """Mark the method in use, without a signal."""
        self._group.setExclusive(False)
        for name, card in self._cards.items():
            card.setChecked(name == method)
        self._group.setExclusive(True)

    def clear(self) -> None:
        """Show nothing."""
        for card in self._cards.values():
            self._group.removeButton(card)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = {}

    def _card(self, method: str) -> MethodCard:
        if method not in self._cards:
            card = self._cards[method] = MethodCard(method)
            self._group.addButton(card)
            self._layout.addWidget(card, 1)
        return self._cards[method]


_WRAPPED = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)


def _square(place: QRect) -> QRect:
    """The largest square in the middle of a rectangle."""
    side = min(place.width(), place.height())
    shift = QPoint((place.width() - side) // 2, (place.height() - side) // 2)
    return QRect(place.topLeft() + shift, QSize(side, side))


def _clipped(text: str, place: QRect, painter: QPainter) -> str:
    """As many words as fit a rectangle when wrapped."""
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        shown = " ".join(words[:count]) + ("…" if count < len(words) else "")
        if painter.boundingRect(place, _WRAPPED, shown).height() <= place.height():
            return shown
    return ""


def _escaped(text: str) -> str:
    from html import escape

    return escape(text, quote=False)
