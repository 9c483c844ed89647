"""Run after run, until all are finished: here, or by other processes in the same folder."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Event, EventStream, Log, Progress
from napari_lesion_synth.jobs.experiment_model import Experiment, RunJob
from napari_lesion_synth.jobs.experiment_place import Trouble, WorkPlace
from napari_lesion_synth.jobs.experiment_run import in_other_hands, perform_run
from napari_lesion_synth.jobs.experiment_summary import (
    finished_runs,
    summary_rows,
    words_of,
    write_summary,
)

__all__ = ["Telling", "all_runs"]

_PAUSE_S = 1.0
"""Between looks whether another process has finished the runs that it is at."""


class Telling:
    """What inner jobs say, as part of the whole; what each of many runs says is told once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, event: Event, name: str, done: int, total: int) -> EventStream:
        """Progress and sentences alone.

        Parameters
        ----------
        event : Event
            Of an inner job.
        name : str
            Which job.
        done, total : int
            Of the whole.
        """
        if isinstance(event, Progress) and event.total:
            yield Progress(done, total, f"{name}: {event.text} {event.done} of {event.total}")
        elif isinstance(event, Log) and event.text not in self._said:
            self._said.add(event.text)
            yield Log(f"{name}: {event.text}", event.level)


def all_runs(experiment: Experiment, todo: Sequence[RunJob], place: WorkPlace) -> EventStream:
    """Do the runs that are missing, and wait for those that another process is at.

    Parameters
    ----------
    experiment : Experiment
        Its folds are prepared.
    todo : sequence of RunJob
        What is to be finished, in this order.
    place : WorkPlace
        Where.

    Yields
    ------
    Event
        Progress (in runs), and a Log after each run.

    Raises
    ------
    Stopped
        If it is not wanted any more.
    LesionSynthError
        If a run failed; all others are finished then.
    """
    passes = _Passes(experiment, len(todo), place)
    told = False
    while True:
        missing = [
            job for job in todo if job not in passes.failed and not experiment.result(job).exists()
        ]
        if not missing:
            break
        free = [job for job in missing if not in_other_hands(experiment, job)]
        if free:
            with closing(passes.once(free)) as stream:
                yield from stream
            continue
        if not told:
            yield Log("the runs that are left are in other hands; waiting for them")
        told = True
        place.run.token.check()
        time.sleep(_PAUSE_S)
    if passes.failed:
        job, error = next(iter(passes.failed.items()))
        raise LesionSynthError(
            f"{len(passes.failed)} of {len(todo)} runs failed, the first of them {job.name}: "
            f"{error.what}",
            where=error.where,
            remedy=error.remedy,
        )


class _Passes:
    """Attempts at runs; those that failed are not tried again."""

    def __init__(self, experiment: Experiment, total: int, place: WorkPlace) -> None:
        self.failed: dict[RunJob, LesionSynthError] = {}
        self._experiment, self._total, self._place = experiment, total, place
        self._telling = Telling()
        self._began, self._finished = time.monotonic(), 0

    def once(self, jobs: Sequence[RunJob]) -> Generator[Event, None, None]:
        """Each run once; one that another process has begun meanwhile is left to it."""
        names = iter(job.name for job in jobs)
        name, done = next(names, ""), self._done
        for item in self._place.does(perform_run, self._experiment, jobs):
            if isinstance(item, Event):
                yield from self._telling(item, name, done, self._total)
                continue
            job, outcome = item
            name = next(names, "")
            if isinstance(outcome, Trouble):
                self.failed[job] = outcome.error
                yield Log(f"{job.name} failed: {outcome.error}", "warning")
            elif outcome == "done":
                self._finished += 1
                yield from self._told(job)
            done = self._done

    @property
    def _done(self) -> int:
        """Runs of the plan that are finished, by whomever; not more than are asked for."""
        found = sum(self._experiment.result(job).exists() for job in self._experiment.jobs())
        return min(found, self._total)

    def _told(self, job: RunJob) -> EventStream:
        """The table so far, and what a finished run adds to it."""
        experiment, done = self._experiment, self._done
        rows = summary_rows(experiment, finished_runs(experiment))
        write_summary(experiment, rows, self._place.run.token)
        yield Progress(done, self._total, job.name)
        words = words_of(experiment, rows, job.arm)
        yield Log(f"{words}; {done} of {self._total} in all{self._left(self._total - done)}")

    def _left(self, runs: int) -> str:
        """Words for the time that further runs take at this pace; empty where unknown."""
        if not runs:
            return ""
        minutes = (time.monotonic() - self._began) / self._finished * runs / 60
        return f"; {minutes:.0f} min left" if minutes < 90 else f"; {minutes / 60:.1f} h left"
