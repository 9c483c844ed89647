"""Where photos stand on the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qtpy.QtCore import QRectF

__all__ = ["places"]

_ABOVE, _BELOW, _SIDE = 0.10, 0.22, 0.03
"""Shares of the window that stay free: for the question, for the answer, at the sides."""

_GAP = 0.03

Size = tuple[int, int]


def places(sizes: Sequence[Size], window: Size, ratio: float = 1.0) -> list[QRectF]:
    """Rectangles of the photos, from left to right, in rows where there are more than 3.

    All photos have the same room, stand in its middle, and keep their proportions. Edges lie on
    device pixels, so that no photo is smeared.

    Parameters
    ----------
    sizes : sequence of (int, int)
        Width and height of each photo.
    window : tuple of int
        Width and height of the window, logical pixels.
    ratio : float
        Device pixels of a logical one.
    """
    if not sizes:
        return []
    rows = 1 if len(sizes) <= 3 else 2
    columns = math.ceil(len(sizes) / rows)
    width, height = window
    left, top = _SIDE * width, _ABOVE * height
    gap = _GAP * min(width, height)
    across = (width - 2 * left - (columns - 1) * gap) / columns
    down = (height * (1 - _ABOVE - _BELOW) - (rows - 1) * gap) / rows
    rects = []
    for number, size in enumerate(sizes):
        row, column = divmod(number, columns)
        inset = (columns - min(columns, len(sizes) - row * columns)) * (across + gap) / 2
        room = QRectF(
            left + inset + column * (across + gap), top + row * (down + gap), across, down
        )
        rects.append(_fitted(size, room, ratio))
    return rects


def _fitted(size: Size, room: QRectF, ratio: float) -> QRectF:
    scale = min(room.width() / size[0], room.height() / size[1])
    width, height = (max(1, math.floor(side * scale * ratio)) for side in size)
    left = round((room.center().x() - width / ratio / 2) * ratio)
    top = round((room.center().y() - height / ratio / 2) * ratio)
    return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)
