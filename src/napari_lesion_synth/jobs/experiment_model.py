"""What an experiment is made of while it runs: its CTs, its folds, and where things lie."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.evaluation.experiment.arms import Arm
from napari_lesion_synth.evaluation.experiment.division import Fold
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.experiment.run_result import RUNS, run_name
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.training.settings import TrainingSettings

__all__ = ["Experiment", "ExperimentSettings", "PlannedCt", "RunJob", "open_ct"]

_PREPARED, _TRAININGS = "prepared", "trainings"


class ExperimentSettings(BaseModel):
    """Which plan to run, how much of it, and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: Path = Field(description="the plan, a YAML file")
    out: Path = Field(description="folder of the experiment; the same command goes on in it")
    workers: int = Field(
        1,
        ge=1,
        le=1024,
        title="Workers",
        description="trainings at once on this machine; each gets its share of the cores",
    )
    scheduler: str | None = Field(
        None,
        title="Scheduler",
        description="address of a Dask scheduler, in place of this machine; its workers, with one "
        "thread each, must find the folder and the CTs under the same paths",
    )
    device: str | None = Field(
        None, title="Device", description="where nets are computed; default: as the plan says"
    )
    arms: tuple[str, ...] = Field((), title="Arms", description="these arms alone; default: all")
    seeds: int | None = Field(
        None,
        ge=1,
        title="Seeds",
        description="the first trainings alone; default: as many as the plan says",
    )
    stop_after: float | None = Field(
        None,
        gt=0,
        title="Stop after",
        description="minutes after which to stop; the same command goes on from there",
    )
    keep_trainings: bool = Field(
        False,
        title="Keep trainings",
        description="keep all that the trainings leave, and not the detectors and records alone",
    )


@dataclass(frozen=True, slots=True)
class PlannedCt:
    """A CT of an experiment.

    Parameters
    ----------
    name : str
        Unique in the experiment; fit for file names.
    patient : str
        Pseudonym.
    files : CaseFiles
        Where it is read from; without lesions where it is known to have none.
    """

    name: str
    patient: str
    files: CaseFiles


@dataclass(frozen=True, slots=True)
class RunJob:
    """One training with its test."""

    arm: str
    fold: int
    seed: int

    @property
    def name(self) -> str:
        """Of its result."""
        return run_name(self.arm, self.fold, self.seed)


@dataclass(frozen=True, eq=False)
class Experiment:
    """All that a run needs to know; small, and the same in every process.

    Parameters
    ----------
    plan : ExperimentPlan
        What is asked for.
    folder : Path
        Where it is kept, absolute.
    base : Path
        Where paths of the plan begin, absolute.
    cts : tuple of PlannedCt
        All CTs.
    folds : tuple of Fold
        Of patients who have a CT.
    device : str or None
        In place of the plan's.
    threads : int or None
        Of a training, where the plan does not say.
    loaders : int or None
        Processes that make examples beside a training, at most.
    keep : bool
        Whether what trainings leave is kept.
    """

    plan: ExperimentPlan
    folder: Path
    base: Path
    cts: tuple[PlannedCt, ...] = ()
    folds: tuple[Fold, ...] = ()
    device: str | None = None
    threads: int | None = None
    loaders: int | None = None
    keep: bool = False

    def of(self, patients: Collection[str]) -> tuple[PlannedCt, ...]:
        """CTs of these patients, in the plan's order."""
        names = set(patients)
        return tuple(ct for ct in self.cts if ct.patient in names)

    def here(self, asked: TrainingSettings) -> dict[str, Any]:
        """Changes of a training's settings that say where it is computed in this process."""
        changes: dict[str, Any] = {}
        if self.device is not None:
            changes["device"] = self.device
        if self.threads is not None and asked.threads is None:
            changes["threads"] = self.threads
        return changes

    def needs_generator(self, arms: Iterable[Arm]) -> bool:
        """Whether a generator is needed for some arms, or for shams in their tests."""
        common = self.plan.mixture
        wanted = self.plan.arms if self.plan.shams.per_ct else arms
        return any(arm.needs_generator(common) for arm in wanted)

    @property
    def prepared(self) -> Path:
        """What is made before the trainings."""
        return self.folder / _PREPARED

    def fold_folder(self, fold: int) -> Path:
        """What is made for one fold."""
        return self.prepared / f"fold-{fold}"

    def training(self, job: RunJob) -> Path:
        """Folder of a training."""
        return self.folder / _TRAININGS / job.arm / f"{job.fold}-{job.seed}"

    def result(self, job: RunJob) -> Path:
        """File of a finished run."""
        return self.folder / RUNS / f"{job.name}.json"

    def jobs(self, arms: Collection[str] = (), seeds: int | None = None) -> Iterator[RunJob]:
        """The runs in their order: all arms of the first seed come first.

        Parameters
        ----------
        arms : collection of str
            These alone; empty: all.
        seeds : int, optional
            The first seeds alone.
        """
        chosen = [arm for arm in self.plan.arms if not arms or arm.name in arms]
        most = max(len(self.plan.seeds_of(arm)) for arm in chosen)
        for seed in range(most if seeds is None else min(seeds, most)):
            for fold in self.folds:
                for arm in chosen:
                    if seed in self.plan.seeds_of(arm):
                        yield RunJob(arm.name, fold.number, seed)


def open_ct(ct: PlannedCt) -> Case:
    """Read a CT; one that has no lesion has an empty mask of them.

    Raises
    ------
    LesionSynthError
        If a file is missing, or cannot be used.
    """
    case = reread_case(ct.files.inputs())
    if ct.files.lesions is not None:
        return case
    return replace(case, lesions=np.zeros(case.volume.shape, bool))
