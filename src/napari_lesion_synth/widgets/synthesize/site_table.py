"""The sites as a table, in step with the canvas through the workbench."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.canvas.sites_layer import features_of
from napari_lesion_synth.widgets.canvas.status_line import without_capsule
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["SiteTable"]

Index = QModelIndex | QPersistentModelIndex

_TITLES = {
    "id": ("No.", "Number; \u270e draft: a preview; \u2713 kept: part of the set (Enter)"),
    "zone": ("Zone", "Rim: the lesion's surface comes near the capsule; interior: it does not"),
    "depth_mm": (
        "Depth",
        "Of the centre below the capsule in mm; \u2013: no capsule is seen",
    ),
    "diameter_mm": ("\u00d8", "Diameter in mm; double-click to change it"),
    "method": ("Method", "How the lesion is made"),
    "contrast_hu": ("HU", "Contrast to the parenchyma around it in HU"),
    "conspicuity": ("Consp.", "Conspicuity: diameter times contrast, in mm HU"),
}
_ORDER = (
    "id",
    "zone",
    "depth_mm",
    "diameter_mm",
    "method",
    "contrast_hu",
    "conspicuity",
)
_STATES = {"kept": "\u2713", "draft": "\u270e"}
_LEAST_MM, _MOST_MM = 1.0, 200.0
_ROWS = 6
_STYLE = "QHeaderView::section { padding: 1px; font-weight: normal; }"
"""Narrow, so that every column is seen in a dock of the usual width."""


class _Sites(QAbstractTableModel):
    """Rows of the features table."""

    fault = Signal(object)

    def __init__(
        self, bench: Workbench, contrasts: Callable[[int], float | None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._bench, self._contrasts = bench, contrasts
        self._table = features_of((), Scene(), contrasts)

    def show(self, scene: Scene) -> None:
        table = features_of(scene.sites, scene, self._contrasts)
        if list(table["id"]) == list(self._table["id"]):
            self._table = table
            if len(table):
                last = self.index(len(table) - 1, len(_ORDER) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._table = table
        self.endResetModel()

    def site_at(self, row: int) -> int:
        return int(self._table["id"].iloc[row])

    def row_of(self, number: int) -> int | None:
        rows = [row for row, found in enumerate(self._table["id"]) if found == number]
        return rows[0] if rows else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(self._table)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        return 0 if parent.isValid() else len(_ORDER)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        title, words = _TITLES[_ORDER[section]]
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        return words if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        name = _ORDER[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{_TITLES[name][1]} (seed {self._table['seed'].iloc[index.row()]})"
        if role == Qt.ItemDataRole.AccessibleTextRole and name == "id":
            return " ".join(str(self._table[part].iloc[index.row()]) for part in ("id", "state"))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            text = name in ("zone", "method")
            side = Qt.AlignmentFlag.AlignLeft if text else Qt.AlignmentFlag.AlignRight
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return None
        value = self._table[name].iloc[index.row()]
        if value != value:  # not known yet
            return "\u2026" if role == Qt.ItemDataRole.DisplayRole else None
        if name == "id":
            return f"{value} {_STATES[str(self._table['state'].iloc[index.row()])]}"
        if name in ("contrast_hu", "conspicuity"):
            return f"{value:.0f}"
        if name == "depth_mm" and self._has_no_depth(index.row()):
            return "\u2013"
        if role == Qt.ItemDataRole.EditRole and name == "diameter_mm":
            return float(value)
        return f"{value:.1f}" if name in ("depth_mm", "diameter_mm") else str(value)

    def _has_no_depth(self, row: int) -> bool:
        case, placed = self._bench.case, self._bench.scene.find(self.site_at(row))
        if case is None or case.organ is None or placed is None:
            return False
        return without_capsule(case.organ, placed.site.depth_mm)

    def flags(self, index: Index) -> Qt.ItemFlag:
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        editable = _ORDER[index.column()] == "diameter_mm"
        return usual | Qt.ItemFlag.ItemIsEditable if editable else usual

    def setData(  # noqa: N802
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        if role != Qt.ItemDataRole.EditRole or _ORDER[index.column()] != "diameter_mm":
            return False
        try:
            diameter = min(max(float(value), _LEAST_MM), _MOST_MM)
            self._bench.resize(self.site_at(index.row()), diameter)
        except ValueError:
            return False
        except LesionSynthError as error:
            self.fault.emit(error)
            return False
        return True


class SiteTable(QTableView):
    """The table; choosing a row selects the site, and asks to be shown there.

    Parameters
    ----------
    bench : Workbench
        Whose sites they are.
    contrasts : callable
        Contrast in HU of a site by its id, None where it is not known.
    """

    jump = Signal(int)
    """A row was chosen by the user: its site."""
    fault = Signal(object)

    def __init__(
        self,
        bench: Workbench,
        contrasts: Callable[[int], float | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bench = bench
        self._sites = _Sites(bench, contrasts, self)
        self._sites.fault.connect(self.fault)
        self.setModel(self._sites)
        self._quiet = False
        self.setAccessibleName("Lesion sites")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(1)
        header.setStyleSheet(_STYLE)
        row = self.fontMetrics().height() + 8
        self.verticalHeader().setDefaultSectionSize(row)
        self._fit_height()
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def show_scene(self, scene: Scene) -> None:
        """Bring the rows and the selection in step."""
        self._quiet = True
        try:
            self._sites.show(scene)
            self._fit_height()
            row = None if scene.selected is None else self._sites.row_of(scene.selected)
            chosen = self.chosen()
            if row is None:
                self.clearSelection()
            elif scene.selected not in chosen or len(chosen) > 1:
                flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
                rows = QItemSelectionModel.SelectionFlag.Rows
                self.selectionModel().select(self._sites.index(row, 0), flags | rows)
                self.scrollTo(self._sites.index(row, 0))
        finally:
            self._quiet = False

    def _fit_height(self) -> None:
        """As high as the rows need, up to some, so that an empty table takes no room."""
        rows = min(max(self._sites.rowCount(), 2), _ROWS)
        height = self.verticalHeader().defaultSectionSize()
        bars = self.horizontalScrollBar().sizeHint().height() + 2 * self.frameWidth()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows * height + bars)

    def chosen(self) -> list[int]:
        """Ids of the sites in the chosen rows."""
        return [self._sites.site_at(i.row()) for i in self.selectionModel().selectedRows()]

    def _on_selection(self, *_: Any) -> None:
        chosen = self.chosen()
        if self._quiet or len(chosen) != 1:
            return
        self._bench.select(chosen[0])
        self.jump.emit(chosen[0])
