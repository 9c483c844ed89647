"""Errors of real, accepted and rejected lesions, with two handles for the band."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QEvent, Qt, Signal
from qtpy.QtGui import QColor, QFontMetrics, QPalette, QPen
from qtpy.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.layout import note
from napari_lesion_synth.widgets.parts.legend import Entry, Legend
from napari_lesion_synth.widgets.parts.plot_base import leave_room_below

__all__ = ["BandPlot", "axis_top", "bin_edges"]

_INSTALL = "The histogram needs pyqtgraph. Install it with:  pip install pyqtgraph"
_BINS = 32
_LINES = 8
_RECOLOR = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange)


class BandPlot(QWidget):
    """A histogram of errors; the band's ends are lines that can be dragged.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    moved = Signal(float, float)
    """The band, while a handle is dragged; an upper end at the edge is infinite."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graph: Any = None
        self._handles: list[Any] = []
        self._curves: list[Any] = []
        self._top = 1.0
        self._quiet = False
        self.legend = Legend()
        self.note = note()
        self.note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.legend)
        layout.addWidget(self.note)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_LINES * self.fontMetrics().height())
        self.setAccessibleName("Errors of real, accepted and rejected lesions")
        self.setToolTip(
            "<qt>Shares of lesions by reconstruction error: real ones that the auto-encoder had "
            "not seen, and those of the set. Drag the two lines to change the band.</qt>"
        )

    @property
    def handles(self) -> list[Any]:
        """The two lines of pyqtgraph, low and high; none before anything is shown."""
        return self._handles

    def show_errors(
        self,
        real: NDArray[np.float64],
        accepted: NDArray[np.float64],
        rejected: NDArray[np.float64],
        top: float,
        band: tuple[float, float],
    ) -> None:
        """Show the errors of one zone; bins end where the band does.

        Parameters
        ----------
        real, accepted, rejected : ndarray of float
            Errors; those above `top` are counted in the last bin.
        top : float
            Upper end of the axis.
        band : tuple of float
            Its ends; where the handles are put is `set_band`'s.
        """
        if self._graph is None and not self._load():
            return
        self._top = top
        edges = bin_edges(*band, top)
        ours = max(1, accepted.size + rejected.size)
        for curve, values, total in zip(
            self._curves,
            (real, accepted, rejected),
            (max(1, real.size), ours, ours),
            strict=True,
        ):
            height, _ = np.histogram(np.clip(values, 0.0, top), edges)
            curve.setData(edges, 100.0 * height / total)
        self._graph.setXRange(0.0, top, padding=0.02)
        self.setAccessibleDescription(
            f"{real.size} real lesions, {accepted.size} accepted, {rejected.size} rejected"
        )

    def set_band(self, low: float, high: float) -> None:
        """Put the handles where the band is, without telling anyone."""
        if not self._handles:
            return
        self._quiet = True
        for handle, value in zip(self._handles, (low, high), strict=True):
            handle.setBounds((0.0, self._top))
            handle.setValue(min(value, self._top))
        self._quiet = False

    def _load(self) -> bool:
        try:
            import pyqtgraph
        except ImportError:
            self.note.setText(_INSTALL)
            self.note.show()
            return False
        graph = pyqtgraph.PlotWidget(background=None)
        graph.setMenuEnabled(False)
        graph.setMouseEnabled(False, False)
        graph.hideButtons()
        graph.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        graph.setFrameShape(graph.Shape.NoFrame)
        graph.setMinimumSize(1, 1)
        self._curves = [graph.plot([0.0, 1.0], [0.0], stepMode="center") for _ in range(3)]
        for _ in range(2):
            handle = pyqtgraph.InfiniteLine(angle=90, movable=True)
            handle.sigPositionChanged.connect(self._on_moved)
            graph.addItem(handle, ignoreBounds=True)
            self._handles.append(handle)
        self._graph = graph
        self._dress()
        self.layout().addWidget(graph, 1)
        return True

    def _on_moved(self, *_: object) -> None:
        if not self._quiet:
            low, high = sorted(float(handle.value()) for handle in self._handles)
            self.moved.emit(low, np.inf if high >= self._top else high)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in _RECOLOR and self._graph is not None:
            self._dress()

    def _dress(self) -> None:
        """Colours of the theme; each line has a style of its own too."""
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        dark = self.palette().color(QPalette.ColorRole.Window).lightnessF() < 0.5
        accent = QColor(255, 176, 59) if dark else QColor(176, 74, 0)
        faint = QColor(ink)
        faint.setAlphaF(0.7)
        pens = (
            _pen(ink, 1.5, Qt.PenStyle.DashLine),
            _pen(accent, 2.5, Qt.PenStyle.SolidLine),
            _pen(faint, 1.5, Qt.PenStyle.DotLine),
        )
        for curve, pen in zip(self._curves, pens, strict=True):
            curve.setPen(pen)
        for handle in self._handles:
            handle.setPen(_pen(ink, 3.0, Qt.PenStyle.SolidLine))
            handle.setHoverPen(_pen(accent, 5.0, Qt.PenStyle.SolidLine))
        item = self._graph.getPlotItem()
        leave_room_below(item)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(_pen(faint, 1.0, Qt.PenStyle.SolidLine))
            axis.setTextPen(ink)
            axis.setStyle(tickFont=self.font())
        item.setLabel("bottom", "% of lesions by reconstruction error (HU)", color=ink.name())
        item.getAxis("bottom").setHeight(round(2.4 * QFontMetrics(self.font()).height()))
        names = ("real, held out", "passing", "failing")
        self.legend.set_entries([Entry(n, p) for n, p in zip(names, pens, strict=True)])


def axis_top(real: NDArray[np.float64], ours: NDArray[np.float64]) -> float:
    """Upper end of the axis: all real lesions, and all but the worst of the set."""
    ends = [1.3 * float(real.max())] if real.size else []
    if ours.size:
        ends.append(float(np.percentile(ours, 98)))
    top = max(ends, default=1.0)
    if real.size:  # a few absurd ones must not squeeze the rest into a line
        top = min(top, 4.0 * float(real.max()))
    return top if top > 0 else 1.0


def bin_edges(low: float, high: float, top: float) -> NDArray[np.float64]:
    """Edges of equal bins over the axis; the band's ends are two of them.

    Where the band is narrower than a third of a usual bin, or has an end beyond the axis, the
    other end alone is an edge.
    """
    usual = top / _BINS
    span = high - low
    if high >= top or span < usual / 3:
        step, inner = usual, np.array([min(low, top)])
    else:
        parts = max(1, round(span / usual))
        step, inner = span / parts, np.linspace(low, high, parts + 1)
    below = inner[0] - step * np.arange(np.ceil(inner[0] / step), 0, -1)
    above = inner[-1] + step * np.arange(1, max(1, np.ceil((top - inner[-1]) / step)) + 1)
    inner[1:][-1:] = np.nextafter(inner[1:][-1:], np.inf)  # the upper end belongs to the band
    result: NDArray[np.float64] = np.concatenate([below, inner, above])
    return result


def _pen(color: QColor, width: float, style: Qt.PenStyle) -> QPen:
    pen = QPen(color, width, style)
    pen.setCosmetic(True)
    return pen
