"""Small plots of HU across a lesion's surface.

They are drawn by pyqtgraph, which is optional and loaded for the first curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QColor, QFontMetrics, QPalette, QPen
from qtpy.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.synthesis.appearance import Profile
from napari_lesion_synth.synthesis.fit import RadialProfile, SigmoidFit
from napari_lesion_synth.widgets.parts.legend import Entry, Legend

__all__ = ["FitPlot", "ProfilePlot"]

_INSTALL = "Plots need pyqtgraph. Install it with:  pip install pyqtgraph"
_LINES = 10
"""Height in lines of text."""

_DISTANCE = "outside \u2190 distance to the surface (mm) \u2192 inside"
_RECOLOR = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange)


class _Plot(QWidget):
    """What both plots share: axes, legend, the theme's colours, and no answer to the mouse."""

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
        self.setFixedHeight(_LINES * self.fontMetrics().height())

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
        import pyqtgraph

        self._graph.clear()
        item, ink = self._graph.getPlotItem(), self._ink
        font = self.font()
        font.setPointSizeF(max(6.0, 0.85 * font.pointSizeF()))
        for side, text in (("bottom", _DISTANCE), ("left", "HU")):
            axis = item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(self._faint)
            axis.setTextPen(ink)
            axis.setStyle(tickFont=font, tickTextOffset=2, tickLength=4, maxTickLevel=0)
            size = f"{font.pointSizeF():.1f}pt"
            axis.setLabel(text, **{"color": ink.name(), "font-size": size})
        # Left to itself the axis keeps room for a third line of text.
        item.getAxis("bottom").setHeight(round(2.6 * QFontMetrics(font).height()))
        surface = pyqtgraph.InfiniteLine(0.0, angle=90, pen=_pen(self._faint, 1, "dot"))
        self._graph.addItem(surface)
        self.legend.set_entries(self._draw_curves())

    def _draw_curves(self) -> Sequence[Entry]:
        """Draw the curves; give what the legend says of them."""
        raise NotImplementedError

    def _line(self, x: Any, y: Any, pen: QPen) -> None:
        self._graph.plot(x, y, pen=pen, antialias=True)

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
        dark = self.palette().color(QPalette.ColorRole.Window).lightnessF() < 0.5
        return QColor(255, 176, 59) if dark else QColor(176, 74, 0)


class ProfilePlot(_Plot):
    """Mean HU by distance from the lesion's surface, without and with the lesion."""

    waiting = "The profile appears with a lesion."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Profile across the lesion's surface", parent)
        self.setToolTip(
            "<qt>Mean HU of the organ by distance from the lesion's surface: negative outside, "
            "positive inside; the dotted line is the surface.</qt>"
        )

    def show_profile(self, profile: Profile) -> None:
        """Show a lesion's profile; an empty one is as none."""
        if not profile.distance_mm.size:
            self.clear()
            return
        self._show(profile, _told(profile))

    def _draw_curves(self) -> Sequence[Entry]:
        profile: Profile = self._shown
        host, lesion = _pen(self._ink, 1.5, "dash"), _pen(self._accent, 2.0)
        self._line(profile.distance_mm, profile.host_hu, host)
        self._line(profile.distance_mm, profile.lesion_hu, lesion)
        return Entry("CT before", host), Entry("with the lesion", lesion)


class FitPlot(_Plot):
    """A real lesion's mean HU by depth, and the sigmoid model fitted to it."""

    waiting = "The fit to a real lesion appears here."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Fit to a real lesion", parent)
        self.setToolTip(
            "<qt>Dots: a real lesion's mean HU by distance from its surface, with standard errors. "
            "Line: the sigmoid model fitted to it.</qt>"
        )

    def show_fit(self, profile: RadialProfile, fit: SigmoidFit) -> None:
        """Show a lesion's profile and its fit."""
        told = (
            f"{fit.donor}: {fit.delta_hu:.0f} HU, edge {fit.edge_mm:.1f} mm, "
            f"residual {fit.residual_hu:.0f} HU"
        )
        self._show((profile, fit), told)

    def _draw_curves(self) -> Sequence[Entry]:
        import pyqtgraph

        profile, fit = self._shown
        real, model = _pen(self._ink, 1.0), _pen(self._accent, 2.0)
        bars = pyqtgraph.ErrorBarItem(
            x=profile.depth_mm, y=profile.mean_hu, height=2 * profile.error_hu, pen=real
        )
        self._graph.addItem(bars)
        self._graph.plot(
            profile.depth_mm,
            profile.mean_hu,
            pen=None,
            symbol="o",
            symbolSize=5,
            symbolPen=None,
            symbolBrush=self._ink,
        )
        self._line(profile.depth_mm, profile.model_hu, model)
        text = f"model, residual {fit.residual_hu:.0f} HU"
        return Entry("real lesion", real, dot=True), Entry(text, model)


def _pen(color: QColor, width: float, style: str = "solid") -> QPen:
    styles = {
        "solid": Qt.PenStyle.SolidLine,
        "dash": Qt.PenStyle.DashLine,
        "dot": Qt.PenStyle.DotLine,
    }
    pen = QPen(color, width, styles[style])
    pen.setCosmetic(True)
    return pen


def _told(profile: Profile) -> str:
    """A profile in words."""
    inside = profile.distance_mm > 0
    parts = []
    for where, chosen in (("inside", inside), ("outside", ~inside)):
        if chosen.any():
            weights = profile.voxels[chosen]
            before, after = (
                np.average(hu[chosen], weights=weights)
                for hu in (profile.host_hu, profile.lesion_hu)
            )
            parts.append(f"{where} {before:.0f} HU before, {after:.0f} HU with the lesion")
    return "; ".join(parts)
