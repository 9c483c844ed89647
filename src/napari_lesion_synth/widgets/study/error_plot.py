"""Errors of models between what noise allows and what knowing nothing costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.perception.regression.controls import arm_words
from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot, pen_of

__all__ = ["ErrorPlot"]

Row = tuple[str, list[float | None]]


class ErrorPlot(Plot):
    """A model a row: its mean absolute error with the 95 % interval; floor and ceiling as lines."""

    axes = ("mean absolute error (0 to 1)", "")
    lines = 13
    waiting = "The errors appear when models were compared."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Errors of the models", parent)

    def show_errors(self, found: Mapping[str, Any] | None) -> None:
        """Show ``regression.json``; None: there is none."""
        if found is None:
            self.clear()
            return
        told = "; ".join(f"{name} {mae[0]:.3f}" for name, mae in _rows(found) if mae[0] is not None)
        self._show(found, told)

    def _draw_curves(self) -> Sequence[Entry]:
        import pyqtgraph

        found: Mapping[str, Any] = self._shown
        rows = _rows(found)
        y = np.arange(len(rows), 0, -1, dtype=np.float64)
        value, low, high = (
            np.array([np.nan if mae[k] is None else mae[k] for _, mae in rows], np.float64)
            for k in range(3)
        )
        bars = pen_of(self._faint, 1.5)
        known = np.isfinite(value) & np.isfinite(low) & np.isfinite(high)
        self._graph.addItem(
            pyqtgraph.ErrorBarItem(
                x=value[known],
                y=y[known],
                left=(value - low)[known],
                right=(high - value)[known],
                pen=bars,
            )
        )
        self._graph.plot(
            value, y, pen=None, symbol="o", symbolSize=7, symbolPen=None, symbolBrush=self._accent
        )
        axis = self._graph.getPlotItem().getAxis("left")
        # Left to itself the axis leaves out the names that are wider than it was.
        axis.setWidth(12 + max(self.fontMetrics().horizontalAdvance(name) for name, _ in rows))
        axis.setTicks([[(place, name) for place, (name, _) in zip(y, rows, strict=True)]])
        self._graph.setYRange(0.4, len(rows) + 0.6)
        entries = [
            Entry("model", pen_of(self._accent, 2.0), dot=True),
            Entry("95 % interval", bars),
        ]
        ceiling = next((mae[0] for name, mae in rows if name == "mean"), None)
        floor = None if found["noise"] is None else found["noise"]["floor"][0]
        for name, at, style in (("floor", floor, "dot"), ("ceiling", ceiling, "dash")):
            if at is not None:
                pen = pen_of(self._ink, 1.2, style)
                self._graph.addItem(pyqtgraph.InfiniteLine(float(at), angle=90, pen=pen))
                entries.append(Entry(name, pen))
        return entries


def _rows(found: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = [(str(m["model"]), m["mae"]) for m in found["models"]]
    gaze = found["gaze"]
    if gaze is not None:
        who, source = gaze["model"], gaze["source"]
        rows += [(f"{who}: {arm_words(n, source)}", mae) for n, mae in gaze["arms"].items()]
    return rows
