"""How many lesions there are by zone and method, and how many of them are accepted."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.layout import note
from napari_lesion_synth.widgets.review.counting import Count, interval_text, starved

__all__ = ["CountTable"]


class CountTable(QWidget):
    """A line for each method, a column for each zone, and a warning where a zone is starved.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.warning = note(name="Warning of the counts")
        self.warning.hide()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(4, 0, 4, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(1)
        self._cells: dict[tuple[int, int], QLabel] = {}
        frame = QFrame()
        frame.setLayout(self._grid)
        frame.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(frame)
        layout.addWidget(self.warning)
        self.setAccessibleName("Counts by zone and method")

    def show_counts(self, counts: Mapping[tuple[str, str], Count]) -> None:
        """Show other counts: by (zone, method), an empty name for all."""
        zones = sorted({zone for zone, _ in counts if zone}, reverse=True)
        methods = sorted({method for _, method in counts if method})
        rows, columns = [*methods, ""], [*zones, ""]
        wanted = {(r, c) for r in range(len(rows) + 1) for c in range(len(columns) + 1)}
        for place in set(self._cells) - wanted:
            self._cells.pop(place).deleteLater()
        for column, zone in enumerate(columns, 1):
            self._set(0, column, zone or "all", "", bold=True)
        for row, method in enumerate(rows, 1):
            self._set(row, 0, method or "all", "", bold=True)
            for column, zone in enumerate(columns, 1):
                count = counts.get((zone, method), Count())
                where = f"{zone or 'all zones'}, {method or 'all methods'}"
                self._set(row, column, _words(count), f"{where}: {interval_text(count)}")
        self._set(0, 0, "accepted", "Accepted of judged lesions; a person's verdict counts first")
        self._warn({zone: counts[zone, ""] for zone in zones})

    def text(self, row: int, column: int) -> str:
        """What stands in a cell; row and column 0 are the headings."""
        return str(self._cells[row, column].text())

    def _warn(self, zones: Mapping[str, Count]) -> None:
        texts = [
            f"⚠ Only {count.passing} of {count.scored} {zone} lesions pass "
            f"({100 * count.passing / count.scored:.0f} %): the band takes this zone away."
            for zone, count in zones.items()
            if starved(count)
        ]
        self.warning.setText(" ".join(texts))
        self.warning.setVisible(bool(texts))

    def _set(self, row: int, column: int, text: str, tip: str, *, bold: bool = False) -> None:
        label = self._cells.get((row, column))
        if label is None:
            label = self._cells[row, column] = QLabel()
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._grid.addWidget(label, row, column)
        self._grid.setColumnStretch(column, 1)
        font = label.font()
        font.setBold(bold)
        label.setFont(font)
        label.setText(text)
        label.setToolTip(tip)
        label.setAccessibleName(f"{text}; {tip}" if tip else text)


def _words(count: Count) -> str:
    if not count.lesions:
        return "–"
    if not count.judged:
        return f"{count.lesions} open"
    share = f"{100 * count.accepted / count.judged:.0f} %"
    return f"{count.accepted}/{count.judged} {share}"
