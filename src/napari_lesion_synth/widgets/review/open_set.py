"""The set that is open: its lesions, scores and verdicts, kept up with what is on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_lesion_synth.dataset.layout import BLOCK, DATASET_JSON
from napari_lesion_synth.dataset.reader import read_header
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.review.collection import Collection
from napari_lesion_synth.widgets.review.growing_columns import GrowingColumns
from napari_lesion_synth.widgets.review.score_table import NO_SCORES, Scores, load_scores, stamp
from napari_lesion_synth.widgets.review.verdict_book import VerdictBook
from napari_lesion_synth.wording import counted

__all__ = ["OpenSet"]

_POLL_MS = 1000


class OpenSet(QObject):
    """Reads one set into a `Collection`, and looks once a second for what is new.

    Parameters
    ----------
    lesions : Collection
        Where they go.
    parent : QObject, optional
        Owner.
    """

    replaced = Signal()
    """Lesions that were shown are void."""
    grown = Signal()
    """Lesions have come."""
    rescored = Signal()
    judged = Signal(list)
    """Ids of lesions with another verdict of a person; empty: any number."""
    told = Signal(str)
    """Something that a person should know; empty: nothing any more."""

    def __init__(self, lesions: Collection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lesions = lesions
        self.book = VerdictBook(self)
        self.folder: Path | None = None
        self.header: dict[str, Any] = {}
        self._columns: GrowingColumns | None = None
        self._stamp: tuple[float, ...] = ()
        self._gone = False
        self._trouble = ""
        self._poll = QTimer(self, interval=_POLL_MS)
        self._poll.timeout.connect(self.look_again)
        self.book.changed.connect(self._on_verdicts)

    def open(self, folder: str | Path) -> None:
        """Open a set, finished or not.

        Raises
        ------
        DatasetError
            If the folder is none; the set that was open stays so.
        """
        path = Path(folder).expanduser()
        header = read_header(path)
        columns = GrowingColumns(path)
        _, rows = columns.read()
        self.book.open(path)
        self.folder, self.header, self._columns, self._gone = path, header, columns, False
        self._trouble = ""
        self.lesions.restart()
        self.replaced.emit()
        self.lesions.set_verdicts(self.book.records)
        self._read_scores()
        self.lesions.add(rows)
        self._poll.start()
        self._tell()
        self.grown.emit()
        self.rescored.emit()

    def close(self) -> None:
        """Write what waits, and read nothing any more."""
        self._poll.stop()
        self.book.close()
        self._columns = None

    @property
    def complete(self) -> bool:
        """Whether every lesion asked for is there."""
        return len(self.lesions) >= int(self.header.get(BLOCK, {}).get("n", 0))

    def case_of(self, row: int) -> dict[str, Any] | None:
        """What the header says of the CT that a lesion was made for."""
        name = self.lesions.frame["case"].iloc[row]
        cases: list[dict[str, Any]] = self.header.get(BLOCK, {}).get("cases", [])
        return next((case for case in cases if str(case.get("name")) == name), None)

    def look_again(self) -> None:
        """Take in what has been written since the last look."""
        if self.folder is None or self._columns is None:
            return
        gone = not (self.folder / DATASET_JSON).exists()
        if gone != self._gone:
            self._gone = gone
            self._tell()
        if gone:
            return
        try:
            restarted, rows = self._columns.read()
        except LesionSynthError as error:
            self._say_trouble(str(error))
            return
        if restarted:
            self.lesions.restart()
            self.replaced.emit()
        if restarted or len(rows):
            self.lesions.add(rows)
            self._tell()
            self.grown.emit()
        if stamp(self.folder) != self._stamp:
            self.read_scores()
        self.book.look_again()

    def read_scores(self) -> None:
        """Read the scores anew."""
        self._read_scores()
        self.rescored.emit()

    def _read_scores(self) -> None:
        if self.folder is None:
            return
        self._stamp = stamp(self.folder)
        scores: Scores = NO_SCORES
        try:
            scores = load_scores(self.folder)
        except LesionSynthError as error:
            self._say_trouble(str(error))
        self.lesions.set_scores(scores)

    def _on_verdicts(self, names: list[str]) -> None:
        if names:
            self.lesions.update_verdicts(names)
        else:
            self.lesions.set_verdicts(self.book.records)
        self.judged.emit(names)

    def _say_trouble(self, text: str) -> None:
        self._trouble = text
        self._tell()

    def _tell(self) -> None:
        """Say what is amiss, most important first."""
        parts = []
        if self._gone:
            parts.append(
                f"⚠ The set is gone from {self.folder}. What is shown is from memory; verdicts "
                "cannot be written."
            )
        if self._trouble:
            parts.append(f"⚠ {self._trouble}")
        orphans = self.lesions.orphans
        if orphans and self.complete:
            more = f" and {len(orphans) - 3} more" if len(orphans) > 3 else ""
            verdicts = counted(len(orphans), "verdict")
            parts.append(
                f"⚠ {verdicts} on lesions that the set does not hold any more "
                f"({', '.join(orphans[:3])}{more}), kept in decisions.jsonl."
            )
        self.told.emit(" ".join(parts))

    @property
    def gone(self) -> bool:
        """Whether the set was deleted while it was open."""
        return self._gone
