"""A call that takes long and reports how far it is, as events."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import TypeVar

from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.events import Event, Progress, StopToken

__all__ = ["follow"]

T = TypeVar("T")

Call = Callable[[StopToken, Report], T]

_POLL_S = 0.1


def follow(call: Call[T], token: StopToken, prefix: str = "") -> Generator[Event, None, T]:
    """Call in a thread, give a `Progress` for each report, and return the result.

    Parameters
    ----------
    call : callable
        Takes a stop token, and a function to report with: done, total, text.
    token : StopToken
        Passed on; the call is stopped too when this generator is closed.
    prefix : str
        Before the text of each event.
    """
    reports: queue.SimpleQueue[Progress] = queue.SimpleQueue()
    inner: StopToken = StopToken()
    ended: Future[T] = Future()

    def report(done: int, total: int, text: str) -> None:
        reports.put(Progress(done, total, f"{prefix}{text}"))

    def run() -> None:
        try:
            ended.set_result(call(inner, report))
        except BaseException as error:
            ended.set_exception(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while not (ended.done() and reports.empty()):
            if token.stopped:
                inner.stop()
            try:
                yield reports.get(timeout=_POLL_S)
            except queue.Empty:
                continue
    finally:
        inner.stop()
        thread.join()
    return ended.result()
