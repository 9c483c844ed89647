"""Many small jobs: in this process, in processes of this machine, or on a Dask cluster.

A job is a pure function of what all jobs share and of its own description, so it may run
anywhere and more than once; only the order in which results arrive depends on where.
"""

from __future__ import annotations

import concurrent.futures as futures
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import StopToken

__all__ = ["Backend", "Place", "run_jobs"]

Shared = TypeVar("Shared")
Job = TypeVar("Job")
Result = TypeVar("Result")

_POLL_S = 0.2
_RESTARTS = 3
_QUEUED_PER_SLOT = 3
"""Jobs handed out ahead, for each that can run at once: no slot waits, and a stop is quick."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where jobs run.

    Parameters
    ----------
    workers : int
        Processes on this machine; with 1 the jobs run in this process.
    scheduler : str or None
        Address of a Dask scheduler; overrules `workers`.
    """

    workers: int = 1
    scheduler: str | None = None


class Backend(Protocol):
    """Something that runs jobs elsewhere."""

    @property
    def slots(self) -> int:
        """Number of jobs that run at once."""
        ...

    def submit(self, job: Any) -> futures.Future[Any]:
        """Hand out one job."""
        ...


def run_jobs(
    work: Callable[[Shared, Job], Result],
    shared: Shared,
    jobs: Sequence[Job],
    place: Place,
    token: StopToken,
) -> Iterator[Result]:
    """Run `work(shared, job)` for every job and give the results as they come.

    Parameters
    ----------
    work : callable
        A function of a module; pure.
    shared : object
        What all jobs need; sent once to each process.
    jobs : sequence
        Descriptions of the jobs, handed out in this order.
    place : Place
        Where to run them.
    token : StopToken
        Checked between results.

    Yields
    ------
    object
        Results, in any order.

    Raises
    ------
    Stopped
        If the token was set. Jobs that run are waited for, their results are dropped.
    LesionSynthError
        If a job failed, processes kept dying, or the cluster cannot be used.
    """
    if place.scheduler is None and place.workers <= 1:
        for job in jobs:
            token.check()
            yield work(shared, job)
        return
    waiting = deque(jobs)
    deaths = 0
    while waiting:
        left = len(waiting)
        try:
            with _backend(work, shared, place, left) as backend:
                yield from _drain(backend, waiting, token)
        except BrokenProcessPool as error:  # the jobs that were lost are back in `waiting`
            deaths = 1 if len(waiting) < left else deaths + 1
            if deaths > _RESTARTS:
                raise LesionSynthError(
                    "worker processes keep ending before their work is done",
                    remedy="Memory may be short: use fewer --workers. In a script, start the "
                    'work under `if __name__ == "__main__":`',
                ) from error


def _backend(
    work: Callable[[Shared, Job], Result], shared: Shared, place: Place, jobs: int
) -> AbstractContextManager[Backend]:
    if place.scheduler is not None:
        from napari_lesion_synth.jobs.cluster import cluster

        return cluster(work, shared, place.scheduler)
    from napari_lesion_synth.jobs.processes import processes

    return processes(work, shared, min(place.workers, jobs))


def _drain(backend: Backend, waiting: deque[Any], token: StopToken) -> Iterator[Any]:
    """Results as they come. When the processes break, jobs without result go back in line."""
    running: dict[futures.Future[Any], Any] = {}
    try:
        while waiting or running:
            token.check()
            while waiting and len(running) < _QUEUED_PER_SLOT * max(backend.slots, 1):
                running[backend.submit(waiting[0])] = waiting[0]
                waiting.popleft()
            done, _ = futures.wait(running, _POLL_S, futures.FIRST_COMPLETED)
            for future in done:
                result = future.result()
                del running[future]
                yield result
    finally:
        waiting.extendleft(reversed(running.values()))
        for future in running:
            future.cancel()
