"""Where the parts of an experiment are done: here, in processes, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Event, StopToken
from napari_lesion_synth.jobs.experiment_model import Experiment, ExperimentSettings
from napari_lesion_synth.jobs.experiment_wanted import Wanted, heeding
from napari_lesion_synth.jobs.runner import Place, run_jobs

__all__ = ["Trouble", "WorkPlace", "share_of"]

Job = TypeVar("Job")
Work = Callable[[Experiment, Any, StopToken], Generator[Event, None, Any]]
"""A function of a module: does one job, and may be asked to stop at any step."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """In place of a job's result: why there is none.

    Parameters
    ----------
    error : LesionSynthError
        What went wrong.
    """

    error: LesionSynthError


@dataclass(frozen=True, eq=False)
class WorkPlace:
    """Where work is done, and whether it is still wanted.

    Parameters
    ----------
    settings : ExperimentSettings
        How many workers, or which scheduler.
    run : Wanted
        Tells all of them when to stop.
    """

    settings: ExperimentSettings
    run: Wanted

    def does(
        self, work: Work, experiment: Experiment, jobs: Sequence[Job]
    ) -> Iterator[Event | tuple[Job, Any]]:
        """Do jobs, in any order.

        Yields
        ------
        Event or tuple
            Events of a job, where it is done in this process; and each job with its result, or
            with a `Trouble`: one that fails does not end the others.

        Raises
        ------
        Stopped
            If it is not wanted any more.
        LesionSynthError
            If processes kept dying, or the cluster cannot be used.
        """
        token = self.run.token
        if self.settings.scheduler is None and (self.settings.workers == 1 or len(jobs) == 1):
            alone = replace(experiment, threads=None, loaders=None)
            for job in jobs:
                token.check()
                result = yield from _tried(work(alone, job, token))
                yield job, result
            return
        shared = _Shared(work, experiment, self.run.sign)
        place = Place(self.settings.workers, self.settings.scheduler)
        yield from run_jobs(_elsewhere, shared, jobs, place, token)

    def require(self, item: Event | tuple[Any, Any]) -> None:
        """Raise what went wrong in a job without which the others are of no use."""
        if isinstance(item, tuple) and isinstance(item[1], Trouble):
            self.run.end()  # before the others are waited for
            raise item[1].error


def share_of(settings: ExperimentSettings) -> dict[str, Any]:
    """Threads and helpers of a training that has others beside it, as `Experiment` has them."""
    if settings.scheduler is not None:
        return {"threads": 1, "loaders": 0}  # Dask's workers may not start processes
    if settings.workers == 1:
        return {}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = max(1, (cores or 1) // settings.workers)
    return {"threads": threads, "loaders": threads - 1}


@dataclass(frozen=True, eq=False)
class _Shared:
    """What travels to other processes."""

    work: Work
    experiment: Experiment
    sign: Path


def _tried(stream: Generator[Event, None, Any]) -> Generator[Event, None, Any]:
    try:
        return (yield from stream)
    except LesionSynthError as error:
        return Trouble(error)


def _elsewhere(shared: _Shared, job: Job) -> tuple[Job, Any]:
    """Do a job in another process, where nobody hears its events."""
    with heeding(shared.sign) as token:
        stream = _tried(shared.work(shared.experiment, job, token))
        while True:
            try:
                next(stream)
            except StopIteration as end:
                return job, end.value
