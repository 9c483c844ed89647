"""One thread that does the newest thing asked for, and forgets what was asked for before."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, Signal

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
    """

    finished = Signal(int, object)
    """Number of the request and what its call returned; in the thread of this object."""
    failed = Signal(int, object)
    """Number of the request and the exception that its call raised."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._slot = _Slot()
        self._number = 0
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
        self._number += 1
        self._slot.put((self._number, call))
        return self._number

    def forget(self) -> None:
        """Drop the request that waits, and the result of the one that runs."""
        self._number += 1
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
    def idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return self._slot.idle

    def close(self) -> None:
        """End the thread after the call that runs; nothing is emitted any more."""
        self._slot.close()


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
            self._changed.notify()

    def take(self) -> tuple[int, Callable[[], Any]] | None:
        """Wait for a request; None when the slot was closed."""
        with self._changed:
            self._running = False
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
            self._changed.notify()

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
