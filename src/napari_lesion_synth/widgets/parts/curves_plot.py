"""Numbers that a job reports, as curves that grow while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qtpy.QtCore import QTimer
from qtpy.QtGui import QColor, QPen
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.events import Metric
from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot, pen_of

__all__ = ["CurvesPlot"]

_EVERY_MS = 300
_STYLES = ("solid", "dash", "dot", "solid")


class CurvesPlot(Plot):
    """Metrics against the step.

    Parameters
    ----------
    name : str
        Accessible name.
    labels : mapping of str to str
        Names of the metrics that are shown, in order, and what the legend calls them; others are
        passed over.
    """

    axes = ("step", "")
    lines = 8
    waiting = "The curves appear when the first steps are done."

    def __init__(self, name: str, labels: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._labels = dict(labels)
        self._points: dict[str, tuple[list[int], list[float]]] = {}
        self._soon = QTimer(self, interval=_EVERY_MS, singleShot=True)
        self._soon.timeout.connect(self._redraw)
        self.setToolTip(f"<qt>{'; '.join(labels.values())}, by the step of the training.</qt>")

    def restart(self, metrics: Iterable[Metric] = ()) -> None:
        """Forget all points but these."""
        self._points = {}
        for metric in metrics:
            self._take(metric)
        self._redraw()

    def add(self, metric: Metric) -> None:
        """Show one more point; one of an earlier step takes the place of those after it."""
        if self._take(metric) and not self._soon.isActive():
            self._soon.start()

    def points(self, name: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """Steps and values of a metric."""
        steps, values = self._points.get(name, ([], []))
        return tuple(steps), tuple(values)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self._points

    def _take(self, metric: Metric) -> bool:
        if metric.name not in self._labels:
            return False
        steps, values = self._points.setdefault(metric.name, ([], []))
        while steps and steps[-1] >= metric.step:
            steps.pop()
            values.pop()
        steps.append(metric.step)
        values.append(metric.value)
        return True

    def _redraw(self) -> None:
        self._soon.stop()
        if self.empty:
            self.clear()
            return
        self._show(self._points, "; ".join(self._told()))

    def _told(self) -> Iterable[str]:
        for name, label in self._labels.items():
            if name in self._points:
                steps, values = self._points[name]
                yield f"{label} {values[-1]:.3g} at step {steps[-1]}"

    def _draw_curves(self) -> Sequence[Entry]:
        entries = []
        for number, (name, label) in enumerate(self._labels.items()):
            if name not in self._points:
                continue
            pen = self._pen(number)
            steps, values = self._points[name]
            self._line(steps, values, pen)
            entries.append(Entry(label, pen))
        return entries

    def _pen(self, number: int) -> QPen:
        colors = (self._accent, self._ink, self._ink, self._cool)
        place = number % len(colors)
        return pen_of(colors[place], 2.0 if place in (0, 3) else 1.2, _STYLES[place])

    @property
    def _cool(self) -> QColor:
        return QColor(90, 170, 255) if self._dark else QColor(20, 80, 180)
