"""Free-response curves of detectors or arms, with bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.widgets.detect.evaluate_view import ShownCurve
from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot

__all__ = ["FrocPlot"]

_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 3), (1.5, 2), (8, 2, 1.5, 2), (3, 5), (12, 3))
_SYMBOLS = ("o", "s", "t", "d", "x", "+")
_DARK = ("#ffb03b", "#5aaaff", "#4fd1a5", "#e08ac0", "#e8e36a", "#c9c9c9")
_LIGHT = ("#b04a00", "#1450b4", "#00694a", "#8a2a6a", "#6a6400", "#444444")
_BAND = 0.16
_MOST_BANDS, _BANDS_OF_MANY = 3, 2
_APART = 0.05
"""Bars of several curves stand beside one another, in steps of the axis."""

_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, eq=False)
class _Shown:
    """Curves, and the place of each among all names, which settles how it is drawn."""

    curves: Mapping[int, ShownCurve]
    per: str
    rate: float | None


class FrocPlot(Plot):
    """Share of the lesions found by false alarms; arms differ in colour, dash and mark.

    The axis of false alarms is even from 0 to 1/8, and doubles with every step from there.

    Parameters
    ----------
    name : str
        Accessible name.
    """

    axes = ("false alarms per CT, at most", "lesions found")
    lines = 15
    waiting = "The curve appears when an evaluation or an experiment is chosen."

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)

    def show_curves(
        self, curves: Mapping[int, ShownCurve], per: str, rule: str, rate: float | None
    ) -> None:
        """Show other curves.

        Parameters
        ----------
        curves : mapping of int to ShownCurve
            By the place of the arm among all of them.
        per : str
            What false alarms are counted per.
        rule : str
            What a hit was, in words.
        rate : float or None
            The rate that is looked at.
        """
        told = "; ".join(_told(curve) for curve in curves.values())
        self.setToolTip(
            f"<qt>Share of the lesions found within so many false alarms per {per}. {rule} Bands "
            "and bars: 95 % intervals, each rate by itself; of more than three curves the first "
            "two have them. A curve ends where there are no further findings.</qt>"
        )
        if not any(curve.rates for curve in curves.values()):
            self.clear()
            return
        self._show(_Shown(dict(curves), per, rate), f"{told}. {rule}")

    def icon(self, place: int) -> QIcon:
        """A piece of a curve, for a list of them."""
        em = self.fontMetrics().height()
        picture = QPixmap(QSize(2 * em, em))
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setPen(self._pen(place))
        painter.drawLine(0, em // 2, 2 * em, em // 2)
        painter.end()
        return QIcon(picture)

    def _pen(self, place: int) -> QPen:
        pen = QPen(self._color(place), 2.0)
        dash = _DASHES[place % len(_DASHES)]
        if dash:
            pen.setDashPattern(list(dash))
        pen.setCosmetic(True)
        return pen

    def _color(self, place: int) -> QColor:
        colors = _DARK if self._dark else _LIGHT
        return QColor(colors[place % len(colors)])

    def _draw_curves(self) -> Sequence[Entry]:
        shown: _Shown = self._shown
        item = self._graph.getPlotItem()
        item.setXRange(0, len(RATES), padding=0.02)
        item.setYRange(-0.06, 1.06, padding=0)  # the outermost numbers need room
        names = [(0.0, "0"), *((_x(rate), rate_name(rate)) for rate in RATES)]
        item.getAxis("bottom").setTicks([names])
        item.getAxis("left").setTicks([[(share, f"{share:g}") for share in _SHARES]])
        item.getAxis("bottom").setLabel(
            self.axes[0].replace("CT", shown.per), **item.getAxis("bottom").labelStyle
        )
        item.showGrid(x=True, y=True, alpha=0.15)
        if shown.rate is not None:
            self._draw_rate(shown.rate)
        banded = len(shown.curves) if len(shown.curves) <= _MOST_BANDS else _BANDS_OF_MANY
        for place, curve in list(shown.curves.items())[:banded]:
            draw = self._draw_bars if curve.bars else self._draw_band
            draw(curve, place)
        entries = []
        for place, curve in shown.curves.items():
            pen = self._pen(place)
            self._line([_x(rate) for rate in curve.rates], list(curve.shares), pen)
            self._draw_points(curve, place)
            entries.append(Entry(curve.name, pen))
        return entries

    def _draw_rate(self, rate: float) -> None:
        import pyqtgraph

        pen = QPen(self._faint, 1.0, Qt.PenStyle.DotLine)
        pen.setCosmetic(True)
        self._graph.addItem(pyqtgraph.InfiniteLine(_x(rate), angle=90, pen=pen))

    def _draw_bars(self, curve: ShownCurve, place: int) -> None:
        import pyqtgraph

        shares = dict(curve.points)
        pen = QPen(self._color(place), 1.2)
        pen.setCosmetic(True)
        for rate, low, high in curve.band:
            middle = shares[rate]
            bar = pyqtgraph.ErrorBarItem(
                x=np.array([_x(rate) + _APART * place]),
                y=np.array([middle]),
                top=np.array([high - middle]),
                bottom=np.array([middle - low]),
                beam=0.08,
                pen=pen,
            )
            self._graph.addItem(bar)

    def _draw_band(self, curve: ShownCurve, place: int) -> None:
        if not curve.band:
            return
        import pyqtgraph

        color = self._color(place)
        x = [_x(rate) for rate, _, _ in curve.band]
        faint = QColor(color)
        faint.setAlphaF(_BAND)
        edges: list[Any] = [
            pyqtgraph.PlotCurveItem(x, [each[k] for each in curve.band], pen=None) for k in (1, 2)
        ]
        for edge in edges:
            self._graph.addItem(edge)
        self._graph.addItem(pyqtgraph.FillBetweenItem(*edges, brush=faint))

    def _draw_points(self, curve: ShownCurve, place: int) -> None:
        if not curve.points:
            return
        color = self._color(place)
        self._graph.plot(
            [_x(rate) + (_APART * place if curve.bars else 0) for rate, _ in curve.points],
            [share for _, share in curve.points],
            pen=None,
            symbol=_SYMBOLS[place % len(_SYMBOLS)],
            symbolSize=7,
            symbolPen=color,
            symbolBrush=color,
        )


def _x(rate: float) -> float:
    """Place of a rate: even up to the first of the seven, then a step for each doubling."""
    if rate < RATES[0]:
        return rate / RATES[0]
    return min(1 + math.log2(rate / RATES[0]), float(len(RATES)))


def _told(curve: ShownCurve) -> str:
    points = (f"{share:.2f} at {rate_name(rate)}" for rate, share in curve.points)
    return f"{curve.name}: {', '.join(points) or 'nothing found'}"
