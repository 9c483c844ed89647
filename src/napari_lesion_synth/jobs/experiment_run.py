"""One run of an experiment: train a detector, choose its threshold, test it, write it down."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Generator
from contextlib import closing, suppress
from typing import Any, Literal

from napari_lesion_synth import __version__
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.evaluation.experiment.run_result import EDITION, RunResult, write_run
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.operating import choose_threshold
from napari_lesion_synth.evaluation.shams.response import ShamPair
from napari_lesion_synth.events import Event, Log, Progress, StopToken
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.detector_job import DETECTOR_PT, DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.detector_record import library_versions
from napari_lesion_synth.jobs.experiment_clock import Clock
from napari_lesion_synth.jobs.experiment_judging import Tester
from napari_lesion_synth.jobs.experiment_model import Experiment, RunJob
from napari_lesion_synth.jobs.experiment_prepare import (
    files_of,
    prepared_facts,
    prepared_seconds,
)
from napari_lesion_synth.jobs.train_detector import learn_detector
from napari_lesion_synth.locks import claim

__all__ = ["Outcome", "in_other_hands", "perform_run", "tidy"]

Outcome = Literal["done", "elsewhere"]
"""The run is finished; or another process is at it."""

_LOCK = "run.lock"
_BULKY = ("mined", "candidates", "verifier", "single")
"""Folders of a training that only serve to go on with it, but for the numbers in them."""


def perform_run(
    experiment: Experiment, job: RunJob, token: StopToken
) -> Generator[Event, None, Outcome]:
    """Do one run, or go on with it; one that is finished is not repeated.

    Parameters
    ----------
    experiment : Experiment
        Its fold is prepared.
    job : RunJob
        Which run.
    token : StopToken
        Checked at every step; what is done by then is kept.

    Yields
    ------
    Event
        Progress, and what there is to say.

    Returns
    -------
    {"done", "elsewhere"}

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If the training or the test cannot go on.
    """
    folder = experiment.training(job)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("ab")
    with lock:
        if not claim(lock):
            return "elsewhere"
        if not experiment.result(job).exists():
            yield from _Run(experiment, job, token).events()
        tidy(experiment, job)
    return "done"


def in_other_hands(experiment: Experiment, job: RunJob) -> bool:
    """Whether another process is at a run just now."""
    path = experiment.training(job) / _LOCK
    try:
        with path.open("rb+") as file:
            return not claim(file)
    except OSError:
        return False


def tidy(experiment: Experiment, job: RunJob) -> None:
    """Delete what a finished training does not need any more: states, examples, pictures."""
    if experiment.keep:
        return
    folder = experiment.training(job)
    for name in _BULKY:
        for file in (folder / name).glob("*"):
            if file.suffix != ".jsonl":
                _delete(file)
    for file in folder.glob("batch_*.png"):
        _delete(file)


def _delete(file: Any) -> None:
    with suppress(OSError):
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink()


class _Run:
    """One run."""

    def __init__(self, experiment: Experiment, job: RunJob, token: StopToken) -> None:
        self.experiment, self.job, self.token = experiment, job, token
        self.plan = experiment.plan
        self.arm = self.plan.arm(job.arm)
        self.fold = experiment.folds[job.fold]
        self.folder = experiment.training(job)
        self.clock = Clock(self.folder / "seconds.json")

    def events(self) -> Generator[Event, None, None]:
        """Train, test, write."""
        yield from self._trained()
        tester = Tester(
            self.experiment, self.job, self.folder / DETECTOR_PT, self.clock, self.token
        )
        chosen = yield from tester.chosen()
        cases, shams = yield from tester.tested()
        self._write(cases, shams, chosen)

    def _trained(self) -> Generator[Event, None, None]:
        """The training, unless its detector is there."""
        if (self.folder / DETECTOR_PT).exists():
            return
        with (
            self.clock.of("train") as tick,
            closing(learn_detector(self._asked(), self.token)) as stream,
        ):
            for event in stream:
                tick()
                if isinstance(event, Progress):
                    yield Progress(event.done, event.total, event.text or "training")
                elif isinstance(event, Log) and event.level == "warning":
                    yield event

    def _asked(self) -> DetectorJob:
        fold, experiment = self.fold, self.experiment
        settings, common = self.plan.training, self.plan.mixture
        files = files_of(experiment, fold.number)
        mixture = self.arm.mixture(common)
        loaders = settings.workers
        if experiment.loaders is not None:
            loaders = min(loaders, experiment.loaders)
        changes = {
            **experiment.here(settings),
            "seed": self.job.seed,
            "workers": loaders,
            **({} if fold.choose else {"holdout": 0.0}),
        }
        live = self.arm.needs_generator(common, live=True)
        return DetectorJob(
            files=DetectorFiles(
                cases=tuple(ct.files for ct in experiment.of((*fold.train, *fold.choose))),
                sets=(files.sets / self.arm.set_name,) if self.arm.made else (),
                donors=files.donors,
                model=files.generator if live else None,
                validation=fold.choose,
            ),
            out=self.folder,
            data=mixture,
            settings=settings.model_copy(update=changes),
        )

    def _write(
        self,
        cases: tuple[CaseResult, ...],
        shams: tuple[ShamPair, ...],
        chosen: tuple[CaseResult, ...],
    ) -> None:
        threshold, validation = None, {}
        if chosen:
            point = choose_threshold(chosen, self.plan.rate)
            threshold = point.threshold
            validation = {
                "rate": point.asked,
                "sensitivity": point.sensitivity,
                "false_alarms": point.false_per_ct,
                "cts": float(point.cts),
                "lesions": float(point.lesions),
                "reached": float(point.reached),
            }
        model = DetectorModel.load(self.folder / DETECTOR_PT)
        run = RunResult(
            arm=self.arm.name,
            fold=self.job.fold,
            seed=self.job.seed,
            plan=self.plan.key,
            per=self.plan.counted_per,
            cases=cases,
            threshold=threshold,
            validation=validation,
            shams=shams,
            seconds={
                **self.clock.seconds,
                **prepared_seconds(self.experiment, self.job.fold, self.arm),
            },
            facts=self._facts(model),
        )
        path = self.experiment.result(self.job)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_run(path, run)

    def _facts(self, model: DetectorModel) -> dict[str, Any]:
        from napari_lesion_synth.training.device import choose_compute

        settings = self._asked().settings
        fold = self.fold
        return {
            "detector": model.id,
            "steps": model.facts.steps,
            "arm": self.arm.model_dump(mode="json"),
            "mixture": self.arm.mixture(self.plan.mixture).model_dump(mode="json"),
            "training": settings.model_dump(mode="json", exclude={"device", "workers"}),
            "device": choose_compute(settings.device, settings.threads).text,
            "program": __version__,
            "edition": EDITION,
            "software": {"python": platform.python_version(), **library_versions()},
            "train": list(fold.train),
            "choose": list(fold.choose),
            "test": list(fold.test),
            "lineage": list(model.patients),
            "prepared": prepared_facts(self.experiment, fold.number, self.arm),
        }
