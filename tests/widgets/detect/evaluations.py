"""Folders to look at: an evaluation of a fake detector, and experiments of simulated ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.evaluation.simulated_runs import World, plan_of, simulate
from tests.widgets.detect.detectors import FakeDetector

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.experiment.run_result import RUNS, RunResult, write_run
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.evaluate import evaluate
from napari_lesion_synth.jobs.evaluate_settings import EvaluateJob
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["SMALL", "Experiment", "case_on_disk", "evaluation_of", "experiment_in"]

SMALL = World(patients=6, lesions=3, healthy=2)
"""Enough for intervals, and quickly worked out."""


def case_on_disk(folder: Path, case: Case) -> CaseFiles:
    """A case as files."""
    folder.mkdir(parents=True, exist_ok=True)
    name = case.patient
    return CaseFiles(
        ct=str(write_volume(folder / f"{name}.nii.gz", case.volume)),
        organ=str(write_mask(folder / f"o-{name}.nii.gz", case.organ.mask, case.volume)),
        lesions=str(write_mask(folder / f"l-{name}.nii.gz", case.lesions, case.volume)),
        patient=name,
    )


def evaluation_of(
    files: CaseFiles, out: Path, detectors: Mapping[str, FakeDetector] | None = None
) -> Path:
    """What `evaluate` leaves, of one CT."""
    case = reread_case(files.inputs())
    found = detectors or {"fake": FakeDetector()}
    for _ in evaluate(EvaluateJob(out=out), StopToken(), cases=[case], detectors=found):
        pass
    return out


@dataclass(frozen=True)
class Experiment:
    """An experiment's folder, and runs of which some may be missing yet."""

    folder: Path
    plan: ExperimentPlan
    runs: tuple[RunResult, ...]

    def finish(self, *places: int) -> None:
        """Write some of the runs; without any, all of them."""
        for place in places or range(len(self.runs)):
            run = self.runs[place]
            write_run(self.folder / RUNS / f"{run.name}.json", run)


def experiment_in(folder: Path, world: World = SMALL, **changes) -> Experiment:
    """An experiment that has been planned, and of which no run is finished."""
    plan = plan_of(("augmented", "poisson"), **changes)
    (folder / RUNS).mkdir(parents=True)
    (folder / PLAN_YAML).write_text(yaml.safe_dump(plan.model_dump(mode="json")), encoding="utf-8")
    return Experiment(folder, plan, tuple(simulate(plan, world)))
