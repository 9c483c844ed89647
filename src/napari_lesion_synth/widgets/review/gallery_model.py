"""The lesions of a set as a Qt model: an order of rows over columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QAbstractListModel, QModelIndex, QObject, Qt
from qtpy.QtGui import QPixmap

from napari_lesion_synth.widgets.review.collection import Collection
from napari_lesion_synth.widgets.review.plane_thumbs import PlaneThumbs
from napari_lesion_synth.widgets.review.query import Query
from napari_lesion_synth.widgets.review.verdict import Verdict

__all__ = ["Cell", "GalleryModel"]

_ROLE = Qt.ItemDataRole


@dataclass(frozen=True, slots=True)
class Cell:
    """What is painted of a lesion."""

    id: str
    picture: QPixmap | None
    lost: bool
    score: str
    facts: str
    verdict: Verdict


class GalleryModel(QAbstractListModel):
    """Lesions of a `Collection` that pass a query.

    Parameters
    ----------
    lesions : Collection
        All of them.
    thumbs : PlaneThumbs
        Their pictures.
    parent : QObject, optional
        Owner.
    """

    def __init__(
        self, lesions: Collection, thumbs: PlaneThumbs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.lesions = lesions
        self._thumbs = thumbs
        self.query = Query()
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._where: NDArray[np.intp] = np.zeros(0, np.intp)

    @property
    def order(self) -> NDArray[np.intp]:
        """Rows of the collection that are shown, in order."""
        return self._order

    def set_query(self, query: Query) -> None:
        """Show other lesions, or in another order."""
        self.query = query
        self.refill()

    def clear(self) -> None:
        """Show nothing until it is filled again."""
        self.beginResetModel()
        self._order = self._where = np.zeros(0, np.intp)
        self.endResetModel()

    def refill(self) -> None:
        """Ask the collection anew; views keep their place where the answer is longer at most."""
        order, before = self.lesions.choose(self.query), self._order
        if order.size < before.size or not np.array_equal(order[: before.size], before):
            self.beginResetModel()
            self._take(order)
            self.endResetModel()
        elif order.size > before.size:
            self.beginInsertRows(QModelIndex(), int(before.size), int(order.size) - 1)
            self._take(order)
            self.endInsertRows()
        else:
            self._take(order)

    def _take(self, order: NDArray[np.intp]) -> None:
        self._order = order
        self._where = np.full(len(self.lesions), -1, np.intp)
        self._where[order] = np.arange(order.size)

    # --- ids and places -----------------------------------------------------------------------

    def id_at(self, place: int) -> str:
        """Id of the lesion that is shown in a place."""
        return str(self.lesions.ids[self._order[place]])

    def index_of(self, sample: str) -> QModelIndex:
        """Where a lesion is shown; an invalid index if it is not."""
        row = self.lesions.place(sample)
        place = -1 if row is None or row >= len(self._where) else int(self._where[row])
        return self.index(place) if place >= 0 else QModelIndex()

    def next_undecided(self, after: int) -> int | None:
        """Place of the next lesion without a person's verdict; from the start after the end."""
        waiting = np.flatnonzero(self.lesions.undecided[self._order])
        if not waiting.size:
            return None
        later = waiting[waiting > after]
        return int(later[0] if later.size else waiting[0])

    # --- what Qt asks for ---------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        """Number of lesions shown."""
        return 0 if parent.isValid() else int(self._order.size)

    def cell(self, place: int) -> Cell:
        """What to paint in a place; its picture is asked for if it is not there yet."""
        row = int(self._order[place])
        name = str(self.lesions.ids[row])
        return Cell(
            name,
            self._thumbs.get(name),
            self._thumbs.missing(name),
            self._score(row),
            self._facts(row),
            self.lesions.verdict(row),
        )

    def data(self, index: QModelIndex, role: int = _ROLE.DisplayRole) -> Any:
        """Caption, tooltip, and words for screen readers."""
        if not index.isValid() or index.row() >= self._order.size:
            return None
        row = int(self._order[index.row()])
        if role in (_ROLE.DisplayRole, _ROLE.AccessibleTextRole):
            verdict = self.lesions.verdict(row)
            who = "by you" if verdict.by_person else "by score"
            said = verdict.words if verdict.accepted is None else f"{verdict.words}, {who}"
            facts = (self.lesions.ids[row], self._facts(row), self._score(row), said)
            return ", ".join(part for part in facts if part)
        if role == _ROLE.ToolTipRole:
            return self._tooltip(row)
        return None

    def _facts(self, row: int) -> str:
        lesions = self.lesions
        return f"{lesions.method[row]} · {lesions.zone[row]} {lesions.size_mm[row]:.0f} mm"

    def _score(self, row: int) -> str:
        rank = self.lesions.rank[row]
        return "" if np.isnan(rank) else f"rank {rank:.2f}"

    def words(self, row: int) -> str:
        """What is known of the lesion in a row of the collection, in a line or two."""
        lesions = self.lesions
        verdict = lesions.verdict(row)
        error, rank = lesions.error[row], lesions.rank[row]
        score = "not scored" if np.isnan(error) else f"error {error:.4g} HU, rank {rank:.2f}"
        who = "" if verdict.accepted is None else " (you)" if verdict.by_person else " (score)"
        return (
            f"{lesions.ids[row]}: {lesions.method[row]}, {lesions.zone[row]}, "
            f"{lesions.size_mm[row]:.1f} mm, {score}. {verdict.sign} {verdict.words}{who}"
        )

    def _tooltip(self, row: int) -> str:
        lesions = self.lesions
        verdict = lesions.verdict(row)
        error, rank = lesions.error[row], lesions.rank[row]
        score = (
            "not scored"
            if np.isnan(error)
            else f"error {error:.4g} HU, rank {rank:.2f} among held-out real lesions of its zone"
        )
        return (
            f"<p><b>{lesions.ids[row]}</b></p><p>{lesions.method[row]}, {lesions.zone[row]}, "
            f"{lesions.size_mm[row]:.1f} mm<br>{score}<br>{verdict.sign} {verdict.words}</p>"
        )
