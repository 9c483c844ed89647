"""Small tables of figures, and the one of misses and false alarms."""

from __future__ import annotations

import html
import math
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView, QWidget

from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.widgets.detect.evaluate_view import Place, ShownTable
from napari_lesion_synth.widgets.detect.rows import MISSED, score_text

__all__ = ["FigureTable", "PlaceTable"]

_EMPTY = ShownTable((), (), ())
_KINDS = {MISSED: "▲ missed", Outcome.FALSE.value: "✕ false alarm"}
_COLUMNS = ("What", "CT", "mm", "Zone", "Score", "Slice")
_TIPS = (
    "A lesion that was missed, or a finding that hits none",
    "In which CT",
    "Equivalent diameter in mm",
    "At the organ's rim, or in its interior",
    "Of a false alarm; of a missed lesion the highest below the threshold",
    "Slice, as napari counts them",
)
_ROOM = 9
"""Pixels of a column beside its words."""

_LINES, _MOST_LINES = 8, 16


class _Model(QAbstractTableModel):
    """Cells that are words already."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.table = _EMPTY
        self.words: tuple[str, ...] = ()

    def set_table(self, table: ShownTable, words: tuple[str, ...] = ()) -> None:
        self.beginResetModel()
        self.table, self.words = table, words
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self.table.columns)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(self.table.tips[section])
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.rows[row][column]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            words = self.words[row] if self.words else self.table.tips[column]
            return _tip(words) if role == Qt.ItemDataRole.ToolTipRole else words
        return None


def _tip(words: str) -> str:
    """Rich text wraps; plain text would be one long line."""
    return f"<qt>{html.escape(words, quote=False)}</qt>"


class FigureTable(QTableView):
    """A table as high as its rows, up to a limit; figures may stand above their intervals.

    Parameters
    ----------
    name : str
        Accessible name.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(name)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def table(self) -> ShownTable:
        """What is shown."""
        return self._model.table

    def show_table(self, table: ShownTable, words: tuple[str, ...] = ()) -> None:
        """Show another table; `words` explain its rows."""
        self._model.set_table(table, words)
        self._fit()

    def _fit(self) -> None:
        table, metrics = self._model.table, self.fontMetrics()
        line = metrics.height()
        deep = max((cell.count("\n") + 1 for row in table.rows for cell in row), default=1)
        self.verticalHeader().setDefaultSectionSize(deep * line + 6)
        for column, name in enumerate(table.columns):
            lines = [name, *(part for row in table.rows for part in row[column].split("\n"))]
            self.setColumnWidth(column, max(map(metrics.horizontalAdvance, lines)) + _ROOM)
        whole = len(table.rows) * (deep * line + 6)
        most = _MOST_LINES * (line + 6)
        bar = self.horizontalScrollBar().sizeHint().height()
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(min(whole, most) + head + bar // 2 + 4)


class PlaceTable(FigureTable):
    """Misses and false alarms; the current one is looked at."""

    chosen = Signal(object)
    """The `Place` that became the current one by the user's doing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Misses and false alarms", parent)
        self.places: tuple[Place, ...] = ()
        self._quiet = False
        self.setToolTip("Click: show it in napari. Arrow keys: the next one, the one before.")
        height = self.fontMetrics().height()
        self.setFixedHeight(_LINES * (height + 6) + height)
        self.show_places(())

    @property
    def current(self) -> Place | None:
        """The one that is looked at."""
        place = self.currentIndex().row()
        return self.places[place] if 0 <= place < len(self.places) else None

    def show_places(self, places: tuple[Place, ...]) -> None:
        """Show others; the one that was looked at stays so if it is still among them."""
        before = self.current
        self._quiet = True
        self.places = places
        self.show_table(
            ShownTable(_COLUMNS, _TIPS, tuple(map(_cells, places))),
            tuple(place.words for place in places),
        )
        if before is not None and before in places:
            self.selectRow(places.index(before))
        self._quiet = False

    def _fit(self) -> None:
        height = self.height()
        super()._fit()
        self.setFixedHeight(height)

    def currentChanged(self, now: QModelIndex, before: QModelIndex) -> None:  # noqa: N802
        """Tell."""
        super().currentChanged(now, before)
        place = self.current
        if place is not None and not self._quiet:
            self.chosen.emit(place)


def _cells(place: Place) -> tuple[str, ...]:
    return (
        _KINDS[place.kind],
        place.case,
        "" if math.isnan(place.diameter_mm) else f"{place.diameter_mm:.1f}",
        "" if place.zone is None else place.zone.value,
        "" if math.isnan(place.score) else score_text(place.score),
        str(round(place.center[0])),
    )
