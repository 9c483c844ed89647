"""How much a transform changes attractiveness, by its magnitude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot, pen_of

__all__ = ["DosePlot"]


class DosePlot(Plot):
    """The curve over all photos with its interval, and the safe range."""

    axes = ("magnitude", "change of utility")
    lines = 11
    waiting = "The curves appear when limits were found."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Change by magnitude", parent)

    def show_curve(self, found: Mapping[str, Any] | None) -> None:
        """Show one transform of ``limits.json``; None: there is none."""
        curves = [] if found is None else found["curves"]
        if not curves or found is None:
            self.clear()
            return
        words = "; ".join(str(each["words"]) for each in found["ranges"])
        self._show(found, f"{found['transform']}: {words}")

    def _draw_curves(self) -> Sequence[Entry]:
        import pyqtgraph

        found: Mapping[str, Any] = self._shown
        curve = found["curves"][0]
        x, mean, low, high = (
            np.array(curve[name], np.float64) for name in ("magnitude", "change", "low", "high")
        )
        line, edge = pen_of(self._accent, 2.0), pen_of(self._faint, 1.0, "dash")
        self._line(x, mean, line)
        self._line(x, low, edge)
        self._line(x, high, edge)
        zero = pen_of(self._faint, 1.0, "dot")
        self._graph.addItem(pyqtgraph.InfiniteLine(0.0, angle=0, pen=zero))
        limit = pen_of(self._ink, 1.2, "dot")
        ends = found["ranges"][0] if found["ranges"] else None
        for end in () if ends is None else (ends["low"], ends["high"]):
            if end is not None and np.isfinite(end):
                self._graph.addItem(pyqtgraph.InfiniteLine(float(end), angle=90, pen=limit))
        return (
            Entry("change", line),
            Entry("95 % interval", edge),
            Entry("safe range", limit),
        )
