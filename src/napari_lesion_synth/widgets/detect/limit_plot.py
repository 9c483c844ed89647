"""One panel of a detection-limit map that can be clicked: cells, numbers, contours with bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, Qt, Signal
from qtpy.QtGui import QBrush, QColor, QFont, QKeyEvent, QMouseEvent
from qtpy.QtWidgets import QGraphicsRectItem, QWidget

from napari_lesion_synth.evaluation.limits.analysis import CellResult, LimitMap
from napari_lesion_synth.evaluation.limits.contours import SHARES, Contour
from napari_lesion_synth.evaluation.limits.panel import CONTOURS, READERS, cell_color
from napari_lesion_synth.evaluation.limits.reader_limit import ReaderLimit
from napari_lesion_synth.evaluation.limits.settings import Cell
from napari_lesion_synth.evaluation.limits.words import contrast_words, panel_sentence
from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot, pen_of

__all__ = ["LimitPlot"]

_INK = QColor("#10151c")
_EMPTY = QColor("#b9b9b4")
_BAND, _BELOW = 0.22, -10
_NAMES = {0.5: "half found", 0.9: "9 of 10 found"}
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


@dataclass(frozen=True, eq=False)
class _Shown:
    """A panel."""

    made: LimitMap
    method: str
    band: str
    chosen: Cell | None = None
    readers: tuple[ReaderLimit, ...] = ()

    @property
    def cells(self) -> tuple[CellResult, ...]:
        return tuple(
            each
            for each in self.made.cells
            if each.cell.method == self.method and each.cell.band == self.band
        )

    @property
    def diameters(self) -> tuple[float, ...]:
        return self.made.searched.settings.diameters_mm

    @property
    def contrasts(self) -> tuple[float, ...]:
        return self.made.searched.settings.contrasts_hu

    def place(self, cell: Cell) -> tuple[int, int]:
        return self.diameters.index(cell.diameter_mm), self.contrasts.index(cell.contrast_hu)

    def at(self, column: int, row: int) -> Cell:
        return Cell(self.method, self.band, self.diameters[column], self.contrasts[row])


class LimitPlot(Plot):
    """Shares found by diameter and contrast; a click, or the arrow keys, choose a cell.

    Parameters
    ----------
    name : str
        Accessible name.
    """

    chosen = Signal(object)
    """The `Cell` that became the chosen one."""

    axes = ("diameter, mm", "contrast, HU")
    lines = 17
    waiting = "The map appears when its first copies have been searched."

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(
            "<qt>Lesions found of those put in, by diameter and contrast. Click a cell, or move "
            "with the arrow keys, to list its lesions below and see them in napari. Shaded: 95 % "
            "intervals of the lines.</qt>"
        )

    def show_panel(
        self, made: LimitMap, method: str, band: str, readers: Sequence[ReaderLimit] = ()
    ) -> None:
        """Show a method at a depth; the chosen cell stays if it is one of them.

        Parameters
        ----------
        made : LimitMap
            The map.
        method, band : str
            Which panel.
        readers : sequence of ReaderLimit
            Further curves; those of another depth are left out.
        """
        before = self.cell
        own = tuple(each for each in readers if each.band in ("", band))
        shown = _Shown(made, method, band, readers=own)
        if before is not None and before in {each.cell for each in shown.cells}:
            shown = replace(shown, chosen=before)
        self._show(shown, f"{method}, {band}. {panel_sentence(made, method, band)}")

    @property
    def cell(self) -> Cell | None:
        """The chosen cell."""
        shown: _Shown | None = self._shown
        return None if shown is None else shown.chosen

    def choose(self, cell: Cell) -> None:
        """Choose a cell of the panel."""
        shown: _Shown | None = self._shown
        if shown is None or cell not in {each.cell for each in shown.cells}:
            return
        self._show(replace(shown, chosen=cell), self.accessibleDescription())
        self.chosen.emit(cell)

    # --- the mouse and the keys ---------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Choose the cell below the pointer."""
        cell = self.cell_at(event.position())
        if cell is None:
            super().mousePressEvent(event)
        else:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.choose(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move by a cell."""
        shown: _Shown | None = self._shown
        step = _STEPS.get(Qt.Key(event.key()))
        if shown is None or step is None:
            super().keyPressEvent(event)
            return
        column, row = (0, 0) if shown.chosen is None else shown.place(shown.chosen)
        if shown.chosen is not None:
            column, row = column + step[0], row + step[1]
        if 0 <= column < len(shown.diameters) and 0 <= row < len(shown.contrasts):
            self.choose(shown.at(column, row))

    def cell_at(self, place: QPointF) -> Cell | None:
        """The cell at a place of this widget."""
        shown: _Shown | None = self._shown
        if shown is None or self._graph is None:
            return None
        inner = self._graph.mapFrom(self, place.toPoint())
        view = self._graph.getPlotItem().vb
        at = view.mapSceneToView(self._graph.mapToScene(inner))
        column, row = round(at.x()), round(at.y())
        if 0 <= column < len(shown.diameters) and 0 <= row < len(shown.contrasts):
            return shown.at(column, row)
        return None

    # --- drawing ------------------------------------------------------------------------------

    def _draw_curves(self) -> Sequence[Entry]:
        shown: _Shown = self._shown
        item = self._graph.getPlotItem()
        item.setXRange(-0.5, len(shown.diameters) - 0.5, padding=0.01)
        item.setYRange(-0.5, len(shown.contrasts) - 0.5, padding=0.01)
        item.getAxis("bottom").setTicks([[(k, f"{d:g}") for k, d in enumerate(shown.diameters)]])
        sides = [(k, contrast_words(c)[:-3]) for k, c in enumerate(shown.contrasts)]
        item.getAxis("left").setTicks([sides])
        for each in shown.cells:
            self._graph.addItem(_square(*shown.place(each.cell), each))
        entries = []
        fit = shown.made.fits.get(shown.method)
        for share in SHARES:
            color = QColor(CONTOURS[share].color)
            pen = pen_of(color, 2.5, "dash" if CONTOURS[share].dash else "solid")
            if fit is not None and any(each.made for each in shown.cells):
                self._draw_contour(shown, fit.contour(shown.band, share), color, pen)
            entries.append(Entry(_NAMES[share], pen))
        for limit, style in zip(shown.readers, READERS, strict=False):
            curve = limit.between(shown.diameters[0], shown.diameters[-1])
            if curve is not None:
                color = QColor(style.color)
                pen = pen_of(color, 2.5, "dot")
                self._draw_contour(shown, Contour(shown.band, 0.5, *curve), color, pen)
                entries.append(Entry(limit.name, pen))
        for words in self._numbers(shown):
            self._graph.addItem(words)
        if shown.chosen is not None:
            self._draw_chosen(*shown.place(shown.chosen))
        return entries

    def _draw_contour(self, shown: _Shown, contour: Contour, color: QColor, pen: Any) -> None:
        import pyqtgraph

        x = np.interp(
            np.log(contour.diameters_mm), np.log(shown.diameters), np.arange(len(shown.diameters))
        )
        sizes = np.abs(shown.contrasts)
        inside = (contour.low <= sizes[-1]) & (contour.high >= sizes[0])
        faint = QColor(color)
        faint.setAlphaF(_BAND)
        for part in _runs(inside):
            ends = [
                pyqtgraph.PlotCurveItem(x[part], _place(line[part], sizes), pen=None)
                for line in (contour.low, contour.high)
            ]
            for end in ends:
                self._graph.addItem(end)
            self._graph.addItem(pyqtgraph.FillBetweenItem(*ends, brush=faint))
        white = pen_of(QColor("#ffffff"), 4.5)
        shown_at = (contour.contrast_hu <= sizes[-1]) & (contour.contrast_hu >= sizes[0])
        for part in _runs(shown_at):
            y = _place(contour.contrast_hu[part], sizes)
            self._graph.plot(x[part], y, pen=white, antialias=True)
            self._graph.plot(x[part], y, pen=pen, antialias=True)

    def _numbers(self, shown: _Shown) -> Iterator[Any]:
        import pyqtgraph

        font = QFont(self.font())
        font.setPointSizeF(max(6.0, 0.8 * font.pointSizeF()))
        for each in shown.cells:
            if each.share is None:
                continue
            words = pyqtgraph.TextItem(f"{each.found}/{each.made}", color=_INK, anchor=(1, 0))
            words.setFont(font)
            column, row = shown.place(each.cell)
            words.setPos(column + 0.5, row + 0.5)
            yield words

    def _draw_chosen(self, column: int, row: int) -> None:
        for color, width in (("#ffffff", 4.0), ("#000000", 2.0)):
            frame = QGraphicsRectItem(QRectF(column - 0.5, row - 0.5, 1, 1))
            frame.setPen(pen_of(QColor(color), width))
            self._graph.addItem(frame)


def _square(column: int, row: int, each: CellResult) -> QGraphicsRectItem:
    square = QGraphicsRectItem(QRectF(column - 0.5, row - 0.5, 1, 1))
    square.setPen(pen_of(QColor("#ffffff"), 1.0))
    square.setZValue(_BELOW)  # pyqtgraph puts what fills a band below its edges
    if each.share is None:
        square.setBrush(QBrush(_EMPTY, Qt.BrushStyle.BDiagPattern))
    else:
        square.setBrush(QBrush(QColor(cell_color(each.share.value))))
    return square


def _place(contrasts: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(contrasts, sizes[0], sizes[-1])
    return np.asarray(np.interp(np.log(inside), np.log(sizes), np.arange(len(sizes))))


def _runs(shown: NDArray[np.bool_]) -> Iterator[slice]:
    """Stretches of at least two points."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shown, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start > 1:
            yield slice(int(start), int(stop))
