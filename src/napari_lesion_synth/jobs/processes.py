"""Jobs in processes of this machine.

Processes are spawned, not forked, so that a Qt window, threads and open files of the parent do
not get into them. They end when the parent does, even when it is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from typing import Any

from napari_lesion_synth.training.child_environment import one_thread_each
from napari_lesion_synth.training.kept_memory import keep_memory

__all__ = ["ProcessBackend", "processes"]

_work: tuple[Callable[[Any, Any], Any], Any] | None = None
"""Set once in each worker process by `_begin`, never in the parent: function and shared data."""


class ProcessBackend:
    """A pool of worker processes.

    Parameters
    ----------
    pool : ProcessPoolExecutor
        Its processes have run `_begin`.
    slots : int
        Number of processes.
    """

    def __init__(self, pool: ProcessPoolExecutor, slots: int) -> None:
        self._pool = pool
        self.slots = slots

    def submit(self, job: Any) -> Future[Any]:
        """Hand out one job."""
        with one_thread_each(), _ctrl_c_kept_off():  # the first call starts the processes
            return self._pool.submit(_run, job)


@contextmanager
def processes(
    work: Callable[[Any, Any], Any], shared: Any, workers: int
) -> Iterator[ProcessBackend]:
    """A pool for `work(shared, job)`; on leaving, running jobs are waited for."""
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(work, shared),
    )
    try:
        yield ProcessBackend(pool, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _ctrl_c_kept_off() -> Iterator[None]:
    """What starts now does not hear Ctrl+C, not even before it can say so itself."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(work: Callable[[Any, Any], Any], shared: Any) -> None:
    global _work  # noqa: PLW0603  (this process serves one pool)
    _work = (work, shared)
    keep_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _run(job: Any) -> Any:
    assert _work is not None
    work, shared = _work
    return work(shared, job)
