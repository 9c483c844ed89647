"""One thread that does the newest thing asked for, and forgets what was asked for before."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

__all__ = ["LatestOnly"]


class LatestOnly(QObject):
    """Runs calls in a thread of its own, the newest first and the older ones never.

    At most one call waits; a newer one takes its place. So a thousand requests in a row leave one
    running and one waiting, whatever each of them takes.

    Parameters
    ----------
    name : str
        Of the thread.
    parent : QObject, optional
        Owner.
    patience : float
        Seconds that the thread of this object waits for a request before it goes on, and once
        more each time after it has painted. For the thread of a window: Python runs in one
        thread at a time, never while Qt paints, and a call that has to ask for its turn again
        and again takes many times as long.
    """

    finished = Signal(int, object)
    """Number of the request and what its call returned; in the thread of this object."""
    failed = Signal(int, object)
    """Number of the request and the exception that its call raised."""

    def __init__(self, name: str, parent: QObject | None = None, *, patience: float = 0.0) -> None:
        super().__init__(parent)
        self._slot = _Slot()
        self._number = 0
        self._awaited: int | None = None
        self.finished.connect(self._on_answer)
        self.failed.connect(self._on_answer)
        self._patience = patience
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._stand_aside)
        reference = weakref.ref(self)  # the thread must not keep its owner alive
        self._thread = threading.Thread(
            target=_work, args=(self._slot, reference), name=name, daemon=True
        )
        self._thread.start()
        self.destroyed.connect(self._slot.close)

    def submit(self, call: Callable[[], Any]) -> int:
        """Ask for a call; returns the request's number.

        Requests that still wait are forgotten.
        """
        first = not self.awaiting
        self._number += 1
        self._slot.put((self._number, call))
        self._awaited = self._number
        if self._patience and first:  # of a thousand at once the others are not waited for
            self._stand_aside()
        if self._patience and not self.idle:
            self._soon.start()
        return self._number

    def forget(self) -> None:
        """Drop the request that waits, and the result of the one that runs."""
        self._number += 1
        self._awaited = None
        self._soon.stop()
        self._slot.put(None)

    @property
    def newest(self) -> int:
        """Number of the newest request."""
        return self._number

    @property
    def waiting(self) -> int:
        """Number of requests that wait: 0 or 1."""
        return self._slot.waiting

    @property
    def awaiting(self) -> bool:
        """Whether the newest request is to be answered yet; for the thread of this object."""
        return self._awaited is not None

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return self._slot.idle

    def close(self) -> None:
        """End the thread after the call that runs; nothing is emitted any more."""
        self._awaited = None
        self._soon.stop()
        self._slot.close()

    def _on_answer(self, number: int, _answer: object) -> None:
        if number == self._awaited:
            self._awaited = None

    def _stand_aside(self) -> None:
        self._slot.wait_until_idle(self._patience)


class _Slot:
    """Where the newest request waits for the thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._request: tuple[int, Callable[[], Any]] | None = None
        self._running = False
        self.closed = False

    def put(self, request: tuple[int, Callable[[], Any]] | None) -> None:
        with self._changed:
            self._request = request
            self._changed.notify_all()

    def take(self) -> tuple[int, Callable[[], Any]] | None:
        """Wait for a request; None when the slot was closed."""
        with self._changed:
            self._running = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._request is not None or self.closed)
            if self.closed:
                return None
            request, self._request = self._request, None
            self._running = True
            return request

    def close(self, *_: object) -> None:
        with self._changed:
            self.closed = True
            self._request = None
            self._changed.notify_all()

    def wait_until_idle(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self.closed or (self._request is None and not self._running), seconds
            )

    @property
    def waiting(self) -> int:
        with self._changed:
            return int(self._request is not None)

    @property
    def idle(self) -> bool:
        with self._changed:
            return self._request is None and not self._running


def _work(slot: _Slot, owner: weakref.ref[LatestOnly]) -> None:
    while (request := slot.take()) is not None:
        number, call = request
        try:
            signal, result = "finished", call()
        except Exception as error:  # whatever it is, the one who asked has to hear of it
            signal, result = "failed", error
        target = owner()
        if target is None or slot.closed:
            return
        try:
            getattr(target, signal).emit(number, result)
        except RuntimeError:  # the Qt object went while the call ran
            return
        del target, request, call, result
