"""Run after run, until all are finished: here, or by other processes in the same folder."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from statistics import fmean

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.evaluation.experiment.costs import part_hours
from napari_lesion_synth.evaluation.experiment.run_result import RunResult
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

__all__ = ["Telling", "all_runs", "hours_left"]

_PAUSE_S = 1.0
"""Between looks whether another process has finished the runs that it is at."""

_HOURS = 1.5
"""From here on hours are told, and not minutes."""


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
    passes = _Passes(experiment, todo, place)
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

    def __init__(self, experiment: Experiment, todo: Sequence[RunJob], place: WorkPlace) -> None:
        self.failed: dict[RunJob, LesionSynthError] = {}
        self._experiment, self._todo, self._place = experiment, todo, place
        self._total = len(todo)
        self._telling = Telling()
        self._finished: set[str] = set()

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
                self._finished.add(job.name)
                yield from self._told(job)
            done = self._done

    @property
    def _done(self) -> int:
        """Runs of those that are asked for that are finished, by whomever."""
        return sum(self._experiment.result(job).exists() for job in self._todo)

    def _told(self, job: RunJob) -> EventStream:
        """The table so far, and what a finished run adds to it."""
        experiment, done = self._experiment, self._done
        runs = finished_runs(experiment)
        rows = summary_rows(experiment, runs)
        write_summary(experiment, rows, self._place.run.token)
        yield Progress(done, self._total, job.name)
        words = words_of(experiment, rows, job.arm)
        yield Log(f"{words}; {done} of {self._total} in all{self._left(runs)}")

    def _left(self, runs: Sequence[RunResult]) -> str:
        """Words for the time that further runs take; empty where none is left."""
        left = self._total - self._done
        if not left:
            return ""
        own = [run for run in runs if run.name in self._finished]
        hours = hours_left(own, left, self._at_once)
        return f"; {60 * hours:.0f} min left" if hours < _HOURS else f"; {hours:.1f} h left"

    @property
    def _at_once(self) -> int:
        """Runs beside each other; on a cluster, those that have begun, and the one that follows."""
        if self._place.settings.scheduler is None:
            return self._place.settings.workers
        experiment = self._experiment
        begun = (
            experiment.training(job).exists() and not experiment.result(job).exists()
            for job in self._todo
        )
        return 1 + sum(begun)


def hours_left(runs: Sequence[RunResult], left: int, at_once: int) -> float:
    """Hours on the clock that further runs take, told when one has just ended.

    Parameters
    ----------
    runs : sequence of RunResult
        From which to learn how long one takes; at least one.
    left : int
        How many are not finished, those that have begun among them; at least one.
    at_once : int
        How many are done beside each other. All but one of them have begun, and are taken to be
        half done.
    """
    each = fmean(sum(part_hours(run, cpu=False).values()) for run in runs)
    begun = min(at_once - 1, left)
    return each * (left - begun / 2) / min(at_once, left)
