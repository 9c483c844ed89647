"""Pictures of the tour as files: small, and with a mouse pointer where one is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF

__all__ = ["beside", "draw_pointer", "save_png"]

_GREY = 16
"""Difference of the channels below which a pixel counts as grey."""

_SHADE = 12
"""Width of a shade in each channel."""

_VIVID = 40
"""Colours that are kept as they are, such as those of outlines."""

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
    few = picture.quantize(palette=palette_of([picture]), dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return path.stat().st_size


def palette_of(pictures: Sequence[Image.Image], colours: int = 160, greys: int = 64) -> Image.Image:
    """A palette for screenshots of CTs, as a picture that `Image.quantize` takes.

    Most pixels are grey, so that a palette by frequency would lose the thin coloured lines. Here
    the greys have their own share, the most frequent colours stay as they are, and of the rest
    each shade counts once, however rare it is.

    Parameters
    ----------
    pictures : sequence of Image
        RGB.
    colours, greys : int
        Entries for shades and for greys, together at most 256.
    """
    pixels = np.concatenate([np.asarray(p).reshape(-1, 3) for p in pictures])
    spread = pixels.max(axis=1).astype(int) - pixels.min(axis=1)
    shades = np.unique(pixels[spread > _GREY] // _SHADE, axis=0).astype(np.uint8)
    entries = [[level] * 3 for level in np.linspace(0, 255, greys).round().astype(int)]
    if len(shades):
        strip = Image.fromarray((shades * _SHADE + _SHADE // 2)[np.newaxis])
        few = strip.quantize(colours - _VIVID, method=Image.Quantize.MEDIANCUT)
        entries += np.asarray(few.getpalette(), int).reshape(-1, 3).tolist()
        entries += most_frequent(pixels[spread > _GREY], _VIVID)
    entries += most_frequent(pixels, 256 - len(entries))  # grounds keep their very colour
    made = Image.new("P", (1, 1))
    made.putpalette([value for entry in entries for value in entry])
    return made


def most_frequent(pixels: NDArray[np.uint8], count: int) -> list[list[int]]:
    """The colours that most of the pixels have; of many pixels, a sample is looked at."""
    common, counts = np.unique(
        pixels[:: max(1, len(pixels) // 200_000)], axis=0, return_counts=True
    )
    found: list[list[int]] = common[np.argsort(-counts)[:count]].tolist()
    return found
