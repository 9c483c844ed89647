"""What every small plot shares: axes, legend, the theme's colours.

They are drawn by pyqtgraph, which is optional and loaded for the first curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QColor, QFontMetrics, QPalette, QPen
from qtpy.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.legend import Entry, Legend

__all__ = ["Plot", "leave_room_below", "pen_of"]

_INSTALL = "Plots need pyqtgraph. Install it with:  pip install pyqtgraph"
_BELOW = 6
_RECOLOR = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange)


class Plot(QWidget):
    """A plot with axes, a legend and the theme's colours, which does not answer the mouse.

    Parameters
    ----------
    name : str
        Accessible name.
    parent : QWidget, optional
        Owner.
    """

    axes: ClassVar[tuple[str, str]]
    """Labels of the axes: below, and at the left."""
    lines: ClassVar[int] = 10
    """Height in lines of text."""

    waiting = ""
    """Said before there is anything to show."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graph: Any = None
        self._shown: Any = None
        self.note = QLabel(self.waiting)
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.legend = Legend()
        self.legend.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.note, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.setAccessibleDescription(self.waiting)
        self._fit()

    def _fit(self) -> None:
        # A fixed height: the wrapped note would make the height depend on the width.
        self.setFixedHeight(self.lines * self.fontMetrics().height())

    def clear(self) -> None:
        """Show nothing."""
        self._show(None, self.waiting)

    @property
    def graph(self) -> Any:
        """The widget of pyqtgraph; None as long as nothing was shown, or where it is missing."""
        return self._graph

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() not in _RECOLOR:
            return
        self._fit()
        if self._shown is not None:
            self._draw()

    def _show(self, shown: Any, description: str) -> None:
        self._shown = shown
        self.setAccessibleDescription(description)
        if shown is not None and self._graph is None:
            self._load()
        here = shown is not None and self._graph is not None
        self.note.setVisible(not here)
        self.legend.setVisible(here)
        if self._graph is not None:
            self._graph.setVisible(here)
        if here:
            self._draw()

    def _load(self) -> None:
        try:
            import pyqtgraph
        except ImportError:
            self.note.setText(_INSTALL)
            self.setAccessibleDescription(_INSTALL)
            return
        graph = pyqtgraph.PlotWidget(background=None)
        graph.setAntialiasing(True)
        graph.setMenuEnabled(False)
        graph.setMouseEnabled(False, False)
        graph.hideButtons()
        graph.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        graph.setFrameShape(graph.Shape.NoFrame)
        # The wheel over a plot is to scroll the page, and its tooltip is this widget's.
        graph.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        graph.setMinimumSize(1, 1)
        self._graph = graph
        self.layout().addWidget(graph, 1)

    def _draw(self) -> None:
        """Draw what is shown in the colours of the theme."""
        if self._graph is None:
            return
        self._graph.clear()
        item, ink = self._graph.getPlotItem(), self._ink
        leave_room_below(item)
        font = self.font()
        font.setPointSizeF(max(6.0, 0.85 * font.pointSizeF()))
        for side, text in zip(("bottom", "left"), self.axes, strict=True):
            axis = item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(self._faint)
            axis.setTextPen(ink)
            axis.setStyle(tickFont=font, tickTextOffset=2, tickLength=4, maxTickLevel=0)
            size = f"{font.pointSizeF():.1f}pt"
            axis.setLabel(text, **{"color": ink.name(), "font-size": size})
        # Left to itself the axis keeps room for a third line of text.
        item.getAxis("bottom").setHeight(round(2.6 * QFontMetrics(font).height()))
        self.legend.set_entries(self._draw_curves())

    def _draw_curves(self) -> Sequence[Entry]:
        """Draw the curves; give what the legend says of them."""
        raise NotImplementedError

    def _line(self, x: Any, y: Any, pen: QPen) -> None:
        alone = {"symbol": "o", "symbolSize": 5, "symbolPen": None, "symbolBrush": pen.color()}
        self._graph.plot(x, y, pen=pen, antialias=True, **(alone if len(x) == 1 else {}))

    @property
    def _ink(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.WindowText)

    @property
    def _faint(self) -> QColor:
        color = self._ink
        color.setAlphaF(0.55)
        return color

    @property
    def _accent(self) -> QColor:
        """A colour that stands out from the ink on either background; the line's style does too."""
        return QColor(255, 176, 59) if self._dark else QColor(176, 74, 0)

    @property
    def _dark(self) -> bool:
        return bool(self.palette().color(QPalette.ColorRole.Window).lightnessF() < 0.5)


def leave_room_below(item: Any) -> None:
    """Keep the label below from being cut off: pyqtgraph puts it some pixels under its axis.

    Parameters
    ----------
    item : pyqtgraph.PlotItem
        Whose label.
    """
    item.layout.setContentsMargins(1, 1, 1, _BELOW)


def pen_of(color: QColor, width: float, style: str = "solid") -> QPen:
    """A pen whose width does not depend on the axes."""
    styles = {
        "solid": Qt.PenStyle.SolidLine,
        "dash": Qt.PenStyle.DashLine,
        "dot": Qt.PenStyle.DotLine,
    }
    pen = QPen(color, width, styles[style])
    pen.setCosmetic(True)
    return pen
