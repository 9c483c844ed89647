"""One number of several trainings, laid over one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot

__all__ = ["Curve", "RunsPlot"]

_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 3), (1.5, 2), (8, 2, 1.5, 2), (3, 5), (12, 3))
"""Lengths of stroke and gap, in widths of the pen; the first is solid."""

_DARK = ("#ffb03b", "#5aaaff", "#4fd1a5", "#e08ac0", "#e8e36a", "#c9c9c9")
_LIGHT = ("#b04a00", "#1450b4", "#00694a", "#8a2a6a", "#6a6400", "#444444")


@dataclass(frozen=True, slots=True)
class Curve:
    """A training's numbers.

    Parameters
    ----------
    name : str
        Of the training.
    steps : tuple of int
        Where.
    values : tuple of float
        What.
    """

    name: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


class RunsPlot(Plot):
    """A line a training, told apart by its dashes as well as by its colour."""

    axes = ("step", "")
    lines = 9
    waiting = "Add the folders of trainings to compare them."

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setToolTip("<qt>The chosen number of each training, by its step.</qt>")

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Show other trainings."""
        if not any(curve.steps for curve in curves):
            self.clear()
            return
        told = (f"{c.name} {c.values[-1]:.3g} at step {c.steps[-1]}" for c in curves if c.steps)
        self._show(dict(enumerate(curves)), "; ".join(told))

    def icon(self, place: int) -> QIcon:
        """A piece of a training's line, for a list of them."""
        em = self.fontMetrics().height()
        picture = QPixmap(QSize(2 * em, em))
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setPen(self.pen(place))
        painter.drawLine(0, em // 2, 2 * em, em // 2)
        painter.end()
        return QIcon(picture)

    def pen(self, place: int) -> QPen:
        """How a training is drawn."""
        colors = _DARK if self._dark else _LIGHT
        pen = QPen(QColor(colors[place % len(colors)]), 2.0)
        dash = _DASHES[place % len(_DASHES)]
        if dash:
            pen.setDashPattern(list(dash))
        pen.setCosmetic(True)
        return pen

    def _draw_curves(self) -> Sequence[Entry]:
        curves: Mapping[int, Curve] = self._shown
        entries = []
        for place, curve in curves.items():
            if curve.steps:
                pen = self.pen(place)
                self._line(curve.steps, curve.values, pen)
                entries.append(Entry(curve.name, pen))
        return entries
