"""How a lesion is painted in the gallery: three planes, its facts, and the verdict in words."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QRect, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from qtpy.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from napari_lesion_synth.dataset.thumbs import THUMB_PIXELS
from napari_lesion_synth.widgets.review.gallery_model import Cell, GalleryModel

__all__ = ["CellPainter", "cell_size"]

_MARGIN = 4
_PLANES = 3
_LINES = 3
_SMALLER = 0.92
_GROUND = QColor(18, 18, 20)
_GREEN, _RED = QColor(46, 160, 67), QColor(218, 54, 51)
"""Beside a sign and a word: never the only difference."""

_BAR = 4


def caption_font(font: QFont) -> QFont:
    """A little smaller than the rest: two lesions beside one another in a narrow dock."""
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(_SMALLER * font.pointSizeF())
    else:
        made.setPixelSize(max(9, round(_SMALLER * font.pixelSize())))
    return made


def cell_size(width: int, font: QFont) -> QSize:
    """Size of a cell, so that as many columns as fit share the width.

    Parameters
    ----------
    width : int
        Of the viewport.
    font : QFont
        Of the view.
    """
    metrics = QFontMetrics(caption_font(font))
    narrowest = max(_PLANES * 56 + 2 * _MARGIN, 24 * metrics.averageCharWidth())
    columns = max(1, width // narrowest)
    broad = max(narrowest, (width - 1) // columns)
    side = min((broad - 2 * _MARGIN) // _PLANES, 2 * THUMB_PIXELS)
    return QSize(broad, side + _LINES * metrics.lineSpacing() + 3 * _MARGIN)


class CellPainter(QStyledItemDelegate):
    """Paints the cells of a `GalleryModel`.

    Parameters
    ----------
    parent : QWidget
        The view.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.size = QSize(200, 120)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: ARG002, N802
        """All alike."""
        return self.size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw a lesion."""
        model = index.model()
        if not isinstance(model, GalleryModel):
            return
        cell = model.cell(index.row())
        box = option.rect.adjusted(1, 1, -1, -1)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        ink = palette.color(QPalette.ColorRole.Text)
        painter.save()
        if selected:
            painter.fillRect(box, palette.color(QPalette.ColorRole.Highlight))
            ink = palette.color(QPalette.ColorRole.HighlightedText)
            painter.setPen(QPen(ink, 2))  # some themes' highlight is hardly another grey
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        picture = self._paint_planes(painter, box, cell)
        self._paint_words(painter, box, picture.bottom() + _MARGIN, cell, ink, option.font)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(ink, 1, Qt.PenStyle.DotLine))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.restore()

    def _paint_planes(self, painter: QPainter, box: QRect, cell: Cell) -> QRect:
        side = min((box.width() - 2 * _MARGIN) // _PLANES, 2 * THUMB_PIXELS)
        whole = QRect(0, 0, _PLANES * side, side)
        whole.moveTopLeft(box.topLeft())
        whole.translate((box.width() - whole.width()) // 2, _MARGIN)
        painter.fillRect(whole, _GROUND)
        if cell.picture is not None:
            shown = cell.picture.size().scaled(whole.size(), Qt.AspectRatioMode.KeepAspectRatio)
            there = QRect(whole.topLeft(), shown)
            there.moveCenter(whole.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(there, cell.picture)
        elif cell.lost:
            painter.setPen(QColor(200, 200, 200))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(whole, flags, "picture missing")
        accepted = cell.verdict.accepted
        if accepted is not None:
            color = _GREEN if accepted else _RED
            bar = QRect(whole.left(), whole.bottom() - _BAR + 1, whole.width(), _BAR)
            if cell.verdict.by_person:
                painter.fillRect(bar, color)
            else:  # the scores' own verdict is a thin line only
                painter.fillRect(bar.adjusted(0, _BAR - 2, 0, 0), color)
        return whole

    def _paint_words(
        self, painter: QPainter, box: QRect, top: int, cell: Cell, ink: QColor, font: QFont
    ) -> None:
        font = caption_font(font)
        metrics = QFontMetrics(font)
        width = box.width() - 2 * _MARGIN
        bold = QFont(font)
        bold.setBold(cell.verdict.by_person)
        painter.setPen(ink)
        who = "" if cell.verdict.by_person or cell.verdict.accepted is None else " (score)"
        lines = (
            (f"{cell.verdict.sign} {cell.verdict.words}{who}", bold),
            (f"{cell.id} · {cell.score}" if cell.score else cell.id, font),
            (cell.facts, font),
        )
        for number, (text, face) in enumerate(lines):
            painter.setFont(face)
            place = QRect(
                box.left() + _MARGIN, top + number * metrics.lineSpacing(), width, metrics.height()
            )
            shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, width)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
