"""A person's verdicts: shown at once, and written in a thread in the order they were given."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from qtpy.QtCore import QObject, QTimer, Signal

from napari_lesion_synth.dataset.layout import DECISIONS_JSONL

if TYPE_CHECKING:
    from napari_lesion_synth.selection.review import Ledger

__all__ = ["VerdictBook"]

_FAREWELL_S = 30.0
"""A verdict that was given is written, even on a slow disk, before the window goes."""

_LISTEN_MS = 20

Record = dict[str, Any]


class VerdictBook(QObject):
    """The verdicts of one set.

    Waiting for the disk after each verdict would make the keys slow; here it is a thread that
    waits. What cannot be written is told, and the verdicts are then those of the file again.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    """

    changed = Signal(list)
    """Ids whose verdicts have changed; empty: any number of them."""
    undone = Signal(object)
    """The `Undone` of the ledger."""
    failed = Signal(object)
    """The exception."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.records: dict[str, Record] = {}
        self._ledger: Ledger | None = None
        self._path: Path | None = None
        self._seen: tuple[float, int] = (0.0, 0)
        self._round = 0
        self._tasks = _Tasks()
        # Signals must not cross threads here: one that meets the end of this object crashes.
        self._listen = QTimer(self, interval=_LISTEN_MS)
        self._listen.timeout.connect(self._hear)
        self.destroyed.connect(self._tasks.close)

    def open(self, folder: Path) -> None:
        """Read the verdicts of a set.

        Raises
        ------
        DatasetError
            If it is none.
        """
        from napari_lesion_synth.selection.review import Ledger

        ledger = Ledger.open(folder)
        self.close()
        self._ledger, self._path = ledger, folder / DECISIONS_JSONL
        self._seen = self._stamp()
        self.records = ledger.verdicts

    def close(self) -> None:
        """Write what waits, and forget the set."""
        self._tasks.wait(_FAREWELL_S)
        self._round += 1  # answers that are still under way are of another set
        self._ledger = self._path = None
        self.records = {}

    @property
    def ready(self) -> bool:
        """Whether a set is open."""
        return self._ledger is not None

    @property
    def writing(self) -> bool:
        """Whether a verdict waits for the disk."""
        return self._tasks.busy

    def decide(
        self, ids: Sequence[str], decision: Literal["accept", "reject"], reason: str = ""
    ) -> None:
        """Judge lesions; together they are one step for `undo`."""
        ledger = self._ledger
        if ledger is None or not ids:
            return
        names = list(ids)
        self._ask(lambda: ledger.decide(names, decision, reason))
        for name in names:
            self.records[name] = {"id": name, "decision": decision, "reason": reason}
        self.changed.emit(names)

    def undo(self) -> None:
        """Take the last step back."""
        ledger = self._ledger
        if ledger is not None:
            self._ask(lambda: (ledger.undo(), ledger.verdicts))

    def look_again(self) -> None:
        """Take in what another program has written."""
        ledger = self._ledger
        if ledger is not None and not self._tasks.busy and self._stamp() != self._seen:
            self._seen = self._stamp()
            self._ask(lambda: (None, ledger.verdicts))

    def wait(self) -> None:
        """Until everything is on the disk."""
        self._tasks.wait(_FAREWELL_S)

    def _ask(self, call: Callable[[], Any]) -> None:
        self._tasks.put(self._round, call)
        self._listen.start()

    def _hear(self) -> None:
        if not self._tasks.busy:
            self._listen.stop()  # what follows may ask again
        for number, result, error in self._tasks.answers():
            self._on_answer(number, result, error)

    def _stamp(self) -> tuple[float, int]:
        try:
            facts = self._path.stat() if self._path is not None else None
        except OSError:
            facts = None
        return (0.0, 0) if facts is None else (facts.st_mtime, facts.st_size)

    def _on_answer(self, number: int, result: object, error: object) -> None:
        if number != self._round:
            return
        if not self._tasks.busy:
            self._seen = self._stamp()
        if error is not None:
            self._take_back()
            self.failed.emit(error)
        elif isinstance(result, tuple):
            undone, records = result
            if not self._tasks.busy:  # else a later verdict is shown that is not written yet
                self.records = records
                self.changed.emit([])
            if undone is not None:
                self.undone.emit(undone)

    def _take_back(self) -> None:
        """Show what the file says."""
        try:
            self.records = {} if self._ledger is None else self._ledger.verdicts
        except Exception:  # the file is gone with its set: nothing holds of it
            self.records = {}
        self.changed.emit([])


class _Tasks:
    """Calls in one thread, in order; what they gave waits to be fetched."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[int, Callable[[], Any]] | None] = queue.Queue()
        self._left = 0
        self._answers: list[tuple[int, object, object]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._work, name="lesion verdicts", daemon=True).start()

    @property
    def busy(self) -> bool:
        return self._left > 0

    def put(self, number: int, call: Callable[[], Any]) -> None:
        with self._changed:
            self._left += 1
        self._queue.put((number, call))

    def answers(self) -> list[tuple[int, object, object]]:
        with self._changed:
            answers, self._answers = self._answers, []
            return answers

    def wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._left == 0, seconds)

    def close(self, *_: object) -> None:
        self._queue.put(None)

    def _work(self) -> None:
        while (task := self._queue.get()) is not None:
            number, call = task
            result = error = None
            try:
                result = call()
            except Exception as caught:  # the one who asked has to hear of it, whatever it is
                error = caught
            with self._changed:
                self._left -= 1
                self._answers.append((number, result, error))
                self._changed.notify_all()
