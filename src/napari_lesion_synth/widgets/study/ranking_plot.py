"""Photos by attractiveness, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot, pen_of
from napari_lesion_synth.widgets.study.standing import Ranking

__all__ = ["RankingPlot"]


class RankingPlot(Plot):
    """A photo a column: its rank across, its attractiveness up, with the 95 % interval."""

    axes = ("rank", "attractiveness")
    lines = 13
    waiting = "The ranking appears with the first answers that count."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Ranking of the photos", parent)

    def show_ranking(self, ranking: Ranking | None) -> None:
        """Show a ranking; None: there is none yet."""
        if ranking is None:
            self.clear()
            return
        first, last = ranking.items[0], ranking.items[-1]
        told = (
            f"First: {first}, {ranking.value[0]:.2f} ({ranking.low[0]:.2f} to "
            f"{ranking.high[0]:.2f}); last: {last}. {ranking.text}"
        )
        self.setToolTip(f"<qt>{told}</qt>")
        self._show(ranking, told)

    def _draw_curves(self) -> Sequence[Entry]:
        import pyqtgraph

        ranking: Ranking = self._shown
        rank = np.arange(1, len(ranking.items) + 1, dtype=np.float64)
        known = np.isfinite(ranking.low) & np.isfinite(ranking.high)
        bars = pen_of(self._faint, 1.5)
        self._graph.addItem(
            pyqtgraph.ErrorBarItem(
                x=rank[known],
                y=ranking.value[known],
                top=(ranking.high - ranking.value)[known],
                bottom=(ranking.value - ranking.low)[known],
                pen=bars,
            )
        )
        seen = np.isfinite(ranking.value)
        self._graph.plot(
            rank[seen],
            ranking.value[seen],
            pen=None,
            symbol="o",
            symbolSize=6,
            symbolPen=None,
            symbolBrush=self._accent,
        )
        dots = pen_of(self._accent, 2.0)
        return Entry("photo", dots, dot=True), Entry("95 % interval", bars)
