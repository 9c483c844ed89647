"""The lesions of a set as a Qt model: filtered, growing, with pictures on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt
from qtpy.QtGui import QIcon, QPixmap

from napari_lesion_synth.widgets.parts.growing_table import SetRow
from napari_lesion_synth.widgets.parts.thumbnails import Thumbnails, untinted

__all__ = ["SetModel"]

_ROLE = Qt.ItemDataRole


class SetModel(QAbstractListModel):
    """Rows of a set that pass a filter.

    Parameters
    ----------
    thumbnails : Thumbnails
        Pictures of the set.
    parent : QObject, optional
        Owner.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._rows: list[SetRow] = []
        self._shown: list[SetRow] = []
        self._place: dict[str, int] = {}
        self._method = self._zone = ""
        self._cell = QSize()
        self._blank = QIcon()
        thumbnails.loaded.connect(self._on_loaded)

    # --- content --------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[SetRow]:
        """All lesions of the set, shown or not."""
        return self._rows

    @property
    def shown(self) -> Sequence[SetRow]:
        """Lesions that pass the filter, in order."""
        return self._shown

    def clear(self) -> None:
        """Drop all rows; the filter stays."""
        self._rows = []
        self._refill()

    def extend(self, rows: Sequence[SetRow]) -> None:
        """Add rows at the end."""
        self._rows.extend(rows)
        passing = [row for row in rows if self._passes(row)]
        if not passing:
            return
        start = len(self._shown)
        self.beginInsertRows(QModelIndex(), start, start + len(passing) - 1)
        self._shown.extend(passing)
        self._place.update({row.id: start + k for k, row in enumerate(passing)})
        self.endInsertRows()

    def set_filter(self, *, method: str = "", zone: str = "") -> None:
        """Show the lesions of one method or zone; an empty name lets all pass."""
        if (method, zone) != (self._method, self._zone):
            self._method, self._zone = method, zone
            self._refill()

    def index_of(self, sample: str) -> QModelIndex:
        """Where a lesion is shown; an invalid index if it is not."""
        return self.index(self._place[sample]) if sample in self._place else QModelIndex()

    def counts(self) -> Counter[str]:
        """Number of shown lesions by zone."""
        return Counter(row.zone for row in self._shown)

    @property
    def pending(self) -> bool:
        """Whether pictures are about to be loaded."""
        return self._thumbnails.pending

    @property
    def kept(self) -> int:
        """Number of pictures in memory."""
        return self._thumbnails.kept

    def set_cell(self, cell: QSize, icon: QSize) -> None:
        """Size of an item, and of its picture; before a picture is there, an empty one stands."""
        self._cell = cell
        blank = QPixmap(icon)
        blank.fill(Qt.GlobalColor.transparent)
        self._blank = untinted(blank)

    def _passes(self, row: SetRow) -> bool:
        return self._method in ("", row.method) and self._zone in ("", row.zone)

    def _refill(self) -> None:
        self.beginResetModel()
        self._shown = [row for row in self._rows if self._passes(row)]
        self._place = {row.id: k for k, row in enumerate(self._shown)}
        self.endResetModel()

    def _on_loaded(self, samples: list[str]) -> None:
        places = [self._place[sample] for sample in samples if sample in self._place]
        if places:
            self.dataChanged.emit(
                self.index(min(places)), self.index(max(places)), [_ROLE.DecorationRole]
            )

    # --- what Qt asks for -----------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        """Number of lesions shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        """Caption, picture, tooltip, name for screen readers, or size of an item."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        if role == _ROLE.DisplayRole:
            return f"{row.id}\n{row.method}\n{row.zone} {row.diameter_mm:.0f} mm"
        if role == _ROLE.DecorationRole:
            return self._thumbnails.get(row.id) or self._blank
        if role == _ROLE.ToolTipRole:
            return _tooltip(row, self._thumbnails.path(row.id))
        if role == _ROLE.AccessibleTextRole:
            return f"{row.id}, {row.method}, {row.zone}, {row.diameter_mm:.1f} mm"
        if role == _ROLE.SizeHintRole and self._cell.isValid():
            return self._cell
        return None


def _tooltip(row: SetRow, picture: Path) -> str:
    return (
        f"<p>{row.id}: {row.method}, {row.zone}, {row.diameter_mm:.1f} mm</p>"
        f'<p><img src="{picture.as_posix()}"></p><p>Click or Enter: show it</p>'
    )
