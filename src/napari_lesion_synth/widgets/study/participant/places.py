"""Where photos stand on the screen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qtpy.QtCore import QRectF

__all__ = ["places"]

_ABOVE, _BELOW, _SIDE = 0.10, 0.24, 0.03
"""Shares of the window that stay free: for the question, for the answer, at the sides."""

_GAP = 0.04

Size = tuple[int, int]


def places(sizes: Sequence[Size], window: Size, ratio: float = 1.0) -> list[QRectF]:
    """Rectangles of the photos, from left to right, in one row or in two.

    All photos have the same room, stand in its middle, and keep their proportions; of one row and
    two, the one is taken that makes them larger. Edges lie on device pixels, so that no photo is
    smeared.

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
    room = QRectF(
        _SIDE * window[0],
        _ABOVE * window[1],
        (1 - 2 * _SIDE) * window[0],
        (1 - _ABOVE - _BELOW) * window[1],
    )
    gap = _GAP * min(window)
    found = [_in_rows(sizes, room, gap, rows) for rows in (1, 2) if rows <= len(sizes)]
    best = max(
        found, key=lambda cells: sum(_scale(s, c) for s, c in zip(sizes, cells, strict=True))
    )
    return [_fitted(size, cell, ratio) for size, cell in zip(sizes, best, strict=True)]


def _in_rows(sizes: Sequence[Size], room: QRectF, gap: float, rows: int) -> list[QRectF]:
    """Equal cells, drawn together in the middle of the room."""
    columns = math.ceil(len(sizes) / rows)
    across = (room.width() - (columns - 1) * gap) / columns
    down = (room.height() - (rows - 1) * gap) / rows
    widest = max(size[0] * _scale(size, QRectF(0, 0, across, down)) for size in sizes)
    across = min(across, widest + gap)
    cells = []
    for number in range(len(sizes)):
        row, column = divmod(number, columns)
        in_row = min(columns, len(sizes) - row * columns)
        left = room.center().x() - (in_row * across + (in_row - 1) * gap) / 2
        cells.append(
            QRectF(left + column * (across + gap), room.top() + row * (down + gap), across, down)
        )
    return cells


def _scale(size: Size, cell: QRectF) -> float:
    return min(cell.width() / size[0], cell.height() / size[1])


def _fitted(size: Size, room: QRectF, ratio: float) -> QRectF:
    scale = _scale(size, room)
    width, height = (max(1, math.floor(side * scale * ratio)) for side in size)
    left = round((room.center().x() - width / ratio / 2) * ratio)
    top = round((room.center().y() - height / ratio / 2) * ratio)
    return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)
