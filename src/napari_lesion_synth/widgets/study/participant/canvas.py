"""The photos of a trial on a grey ground, painted by hand: a swap takes one paint."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from qtpy.QtCore import QPointF, QRectF, Qt, Signal
from qtpy.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.study.participant.aperture import Disc, draw_disc
from napari_lesion_synth.widgets.study.participant.timing import FrameTimes

__all__ = ["GROUND", "INK", "PhotoCanvas"]

GROUND, INK = QColor(128, 128, 128), QColor(20, 20, 20)
"""Mid grey in sRGB, and what is written on it."""

_FAINT = QColor(45, 45, 45)
_MARKED = QColor(255, 255, 255)


class PhotoCanvas(QWidget):
    """Photos, the question above them, a hint below.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    appeared = Signal()
    """The photos were painted for the first time."""
    pressed = Signal(int, object)
    """Place of the photo that a button of the mouse was pressed on (-1: beside the photos), and
    the event."""
    moved = Signal(object)
    """The mouse moved: the event."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.frames = FrameTimes()
        self.disc: Disc | None = None
        self.question = self.hint = ""
        self.numbered = False
        self._photos: list[tuple[QRectF, QPixmap]] = []
        self._sharp: list[tuple[QRectF, QPixmap]] = []
        self._marks: dict[int, str] = {}
        self._at: QPointF | None = None
        self._waiting = self._covered = False
        self._swapped = 0.0

    # --- what is shown ------------------------------------------------------------------------

    @property
    def rects(self) -> list[QRectF]:
        """Places of the photos, logical pixels of this widget."""
        return [rect for rect, _ in self._photos]

    @property
    def swap_s(self) -> float | None:
        """From the swap to the end of the first paint, seconds; None before it."""
        first = self.frames.first
        return None if first is None else first - self._swapped

    def show_photos(
        self,
        rects: Sequence[QRectF],
        pixmaps: Sequence[QPixmap],
        sharp: Sequence[QPixmap] = (),
    ) -> None:
        """Show other photos at the next paint.

        Parameters
        ----------
        rects : sequence of QRectF
            Places, logical pixels of this widget.
        pixmaps : sequence of QPixmap
            The photos; blurred where `sharp` is given.
        sharp : sequence of QPixmap
            What is seen through the disc.
        """
        self._photos = list(zip(rects, pixmaps, strict=True))
        self._sharp = list(zip(rects, sharp, strict=True)) if sharp else []
        self._marks, self._at = {}, None
        self.frames.clear()
        self._waiting, self._covered = True, False
        self._swapped = time.perf_counter()
        self.update()

    def clear_photos(self) -> None:
        """Take the photos away; question and hint stay."""
        self._photos, self._sharp, self._marks = [], [], {}
        self._at, self._waiting = None, False
        self.update()

    def cover(self) -> None:
        """Hide the photos; empty frames keep their places."""
        self._covered, self._sharp = True, []
        self.update()

    def set_marks(self, marks: Mapping[int, str]) -> None:
        """Frame photos, with a word each: by place."""
        self._marks = dict(marks)
        self.update()

    def set_hint(self, text: str) -> None:
        """Say something else below the photos."""
        self.hint = text
        self.update()

    def move_disc(self, at: QPointF | None) -> None:
        """Put the sharp disc somewhere; None: nowhere."""
        if at == self._at or self.disc is None:
            return
        for place in (self._at, at):
            if place is not None:
                self.update(self.disc.box(place).toAlignedRect())
        self._at = at

    def place_at(self, point: QPointF) -> int:
        """Place of the photo at a point; -1 beside them."""
        return next((k for k, rect in enumerate(self.rects) if rect.contains(point)), -1)

    # --- Qt -----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint what has changed."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), GROUND)
        area = QRectF(event.rect())
        for rect, pixmap in self._photos:
            if self._covered:
                painter.setPen(QPen(_FAINT, 2))
                painter.drawRect(rect)
            elif rect.intersects(area):
                # To the pixel: the pixmap has the rectangle's size in device pixels.
                painter.drawPixmap(rect, pixmap, QRectF(pixmap.rect()))
        if self._sharp and self._at is not None and self.disc is not None:
            draw_disc(painter, self.disc, self._at, self._sharp, self.devicePixelRatioF())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._write(painter)
        painter.end()
        self.frames.add(time.perf_counter())
        if self._waiting:
            self._waiting = False
            self.appeared.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tell which photo."""
        self.pressed.emit(self.place_at(event.position()), event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tell where."""
        self.moved.emit(event)

    def _write(self, painter: QPainter) -> None:
        width, height = self.width(), self.height()
        painter.setFont(self._font(0.028))
        painter.setPen(INK)
        top = QRectF(0.03 * width, 0, 0.94 * width, 0.10 * height)
        both = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(top, int(both), self.question)
        painter.setFont(self._font(0.02))
        painter.setPen(_FAINT)
        for number, rect in enumerate(self.rects if self.numbered else (), 1):
            under = QRectF(rect.left(), rect.bottom(), rect.width(), 0.035 * height)
            painter.drawText(under, int(Qt.AlignmentFlag.AlignCenter), str(number))
        below = QRectF(0.03 * width, 0.93 * height, 0.94 * width, 0.06 * height)
        painter.drawText(below, int(both), self.hint)
        for place, word in self._marks.items():
            self._mark(painter, self._photos[place][0], word)

    def _mark(self, painter: QPainter, rect: QRectF, word: str) -> None:
        painter.setPen(QPen(_MARKED, max(4.0, 0.004 * self.height())))
        painter.drawRect(rect.adjusted(-4, -4, 4, 4))
        if not word:
            return
        painter.setFont(self._font(0.02))
        size = painter.fontMetrics().boundingRect(word).adjusted(-8, -4, 8, 4)
        label = QRectF(rect.left(), rect.top(), size.width(), size.height())
        painter.fillRect(label, _MARKED)
        painter.setPen(INK)
        painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), word)

    def _font(self, share: float) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(11, round(share * self.height())))
        return font
