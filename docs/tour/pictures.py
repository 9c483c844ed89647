"""Pictures of the tour as files: small, and with a mouse pointer where one is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF

__all__ = ["beside", "draw_pointer", "save_png"]

_COLOURS = 128
_ARROW = ((0, 0), (0, 17), (4, 13.5), (7, 20), (10, 18.5), (7, 12.5), (12, 12))


def draw_pointer(painter: QPainter, place: QPoint) -> None:
    """Draw an arrow whose tip is at `place`; a screenshot has no pointer of its own."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("black"), 1.2, Qt.PenStyle.SolidLine))
    painter.setBrush(QColor("white"))
    painter.drawPolygon(QPolygonF([QPointF(place) + QPointF(x, y) for x, y in _ARROW]))
    painter.restore()


def beside(pictures: Sequence[Image.Image], gap: int = 6) -> Image.Image:
    """Pictures of one height side by side."""
    height = min(picture.height for picture in pictures)
    width = sum(picture.width for picture in pictures) + gap * (len(pictures) - 1)
    whole = Image.new("RGB", (width, height), "white")
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + gap
    return whole


def save_png(picture: Image.Image, path: Path) -> int:
    """Write a PNG with few colours; its size in bytes."""
    few = picture.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path.stat().st_size
