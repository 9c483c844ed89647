"""The findings as a table, with the keys by which they are judged."""

from __future__ import annotations

import math
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView, QWidget

from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.widgets.detect.key_table import ACTIONS
from napari_lesion_synth.widgets.detect.rows import MISSED, Row, score_text

__all__ = ["FindingsTable"]

_LINES = 9
_VERDICTS = {"accept": "✓", "reject": "✗", "": ""}
_TRUTHS = {
    Outcome.HIT.value: "● hit",
    Outcome.FALSE.value: "✕ false alarm",
    Outcome.DUPLICATE.value: "■ duplicate",
    Outcome.IGNORED.value: "– ignored",
    MISSED: "▲ missed",
    "": "",
}
_COLUMNS = ("#", "Score", "Truth", "You", "mm", "Zone", "Depth", "Slice")
_TIPS = (
    "Rank by score",
    "How sure the detector is, 0 to 1",
    "Against the known lesions of the CT",
    "Your verdict: A accepts (✓), R rejects (✗), U takes back",
    "Equivalent diameter in mm",
    "At the organ's rim, or in its interior",
    "Depth of the centre below the capsule in mm",
    "Slice, as napari counts them",
)
_TRUTH = _COLUMNS.index("Truth")
_LEFT = (2, 5, 7)
"""Words, and the last column, which takes the room that is left; numbers stand at the right."""

_WIDEST = ("00", "0.00", "✕ false alarm", "You", "00.0", "interior", "Depth", "0000")


class _Model(QAbstractTableModel):
    """The rows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(_COLUMNS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(row)[column]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return _told(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        return None


class FindingsTable(QTableView):
    """Rows by score; the current one is the finding that is looked at.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    chosen = Signal(object)
    """The `Row` that became the current one by the user's doing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._quiet = False
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Findings")
        self.setToolTip("Click: show the finding. N, P: next, previous. A, R, U: your verdict.")
        height = self.fontMetrics().height()
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(height + 6)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(height)
        header.setStretchLastSection(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(_LINES * (height + 6))
        self.setColumnHidden(_TRUTH, True)
        self._fit()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._model.rows

    @property
    def current(self) -> Row | None:
        """The row that is looked at."""
        place = self.currentIndex().row()
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def show_rows(self, rows: tuple[Row, ...], *, compared: bool) -> None:
        """Show other rows; the one that was looked at stays so if it is still among them."""
        before = self.current
        self._quiet = True
        self._model.set_rows(rows)
        self.setColumnHidden(_TRUTH, not compared)
        kept = None if before is None else _place(rows, before)
        if kept is not None:
            self.selectRow(kept)
        self._quiet = False
        self._fit()

    def go(self, step: int) -> None:
        """To the next row, or the one before; round at the ends."""
        if self.rows:
            now = self.currentIndex().row()
            place = 0 if now < 0 and step > 0 else (max(now, 0) + step) % len(self.rows)
            self.selectRow(place)

    def currentChanged(self, now: QModelIndex, before: QModelIndex) -> None:  # noqa: N802
        """Tell."""
        super().currentChanged(now, before)
        row = self.current
        if row is not None and not self._quiet:
            self.chosen.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Leave our own keys to the tab; the others are Qt's."""
        if event.text().upper() in ACTIONS:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Do nothing: letters are verdicts here."""

    def _fit(self) -> None:
        letter = self.fontMetrics().horizontalAdvance
        for column, widest in enumerate(_WIDEST):
            text = max(widest, _COLUMNS[column], key=letter)
            self.setColumnWidth(column, letter(text) + 6)


def _side(column: int) -> int:
    side = Qt.AlignmentFlag.AlignLeft if column in _LEFT else Qt.AlignmentFlag.AlignRight
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _place(rows: tuple[Row, ...], row: Row) -> int | None:
    """Where the same finding, or the same missed lesion, stands."""
    return next(
        (
            place
            for place, other in enumerate(rows)
            if other.finding is row.finding and other.center == row.center
        ),
        None,
    )


def _cells(row: Row) -> tuple[str, ...]:
    finding = row.finding
    return (
        "" if finding is None else str(finding.number),
        "" if finding is None else score_text(finding.score),
        _TRUTHS[row.truth],
        _VERDICTS[row.verdict],
        _number(row.diameter_mm),
        "" if row.zone is None else row.zone.value,
        _number(row.depth_mm),
        str(round(row.center[0])),
    )


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.1f}"


def _told(row: Row) -> str:
    """A row in words."""
    if row.finding is None:
        return f"A known lesion of {_number(row.diameter_mm)} mm that no finding hits"
    parts = [f"{name} {value:.2f}" for name, value in row.finding.parts.items()]
    made = f" ({', '.join(parts)})" if parts else ""
    judged = {"accept": "; accepted", "reject": "; rejected"}.get(row.verdict, "")
    return f"Finding {row.finding.number}: score {row.finding.score:.3f}{made}{judged}"
