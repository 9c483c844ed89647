"""What a folder holds that can be looked at: an evaluation, an experiment, or findings."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from napari_lesion_synth.detection.export import FINDINGS_JSON
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.experiment.comparison import comparing
from napari_lesion_synth.evaluation.experiment.run_result import RUNS, read_runs
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.evaluate_record import EVALUATION_JSON, read_evaluation
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML, read_plan
from napari_lesion_synth.widgets.detect.evaluate_evaluation import EvaluationView
from napari_lesion_synth.widgets.detect.evaluate_experiment import ExperimentView
from napari_lesion_synth.widgets.detect.evaluate_view import View

__all__ = ["Found", "Kind", "Reading", "Stamp"]

Stamp = tuple[tuple[str, int, int], ...]
"""Names, times and sizes of the files that figures come from."""


class Kind(StrEnum):
    """What a folder is of."""

    EVALUATION = "evaluation"
    EXPERIMENT = "experiment"
    FINDINGS = "findings"


@dataclass(frozen=True, eq=False)
class Found:
    """What was read.

    Parameters
    ----------
    kind : Kind
        Of the folder.
    folder : Path
        The folder itself; the one above where somebody chose its runs.
    stamp : Stamp
        Of its files.
    view : View or None
        None where nothing has changed, or there is nothing to show.
    words : str
        Why there is nothing to show; else empty.
    going : bool
        Whether more is to come.
    """

    kind: Kind
    folder: Path
    stamp: Stamp = ()
    view: View | None = None
    words: str = ""
    going: bool = False


class Reading:
    """Reads one folder, in a thread; another may ask how far it is, and stop it.

    Parameters
    ----------
    folder : Path
        That was chosen.
    known : Stamp
        What was read before; an experiment that has not changed since is not worked out again.
    """

    def __init__(self, folder: Path, known: Stamp = ()) -> None:
        self._folder, self._known = folder, known
        self.token = StopToken()
        self._lock = threading.Lock()
        self._step = ""

    @property
    def step(self) -> str:
        """What it is at."""
        with self._lock:
            return self._step

    def __call__(self) -> Found:
        """Read.

        Raises
        ------
        LesionSynthError
            If the folder holds nothing of the kind, or a file is damaged.
        Stopped
            If the token was set.
        """
        folder = self._folder
        if folder.name == RUNS and (folder.parent / PLAN_YAML).exists():
            folder = folder.parent
        if (folder / EVALUATION_JSON).exists():
            stamp = _stamp([folder / EVALUATION_JSON])
            if stamp == self._known:
                return Found(Kind.EVALUATION, folder, stamp)
            self._tell("reading the evaluation")
            view = EvaluationView(folder, read_evaluation(folder))
            return Found(Kind.EVALUATION, folder, stamp, view)
        if (folder / PLAN_YAML).exists():
            return self._experiment(folder)
        if (folder / FINDINGS_JSON).exists() or any(folder.glob(f"*/{FINDINGS_JSON}")):
            return Found(Kind.FINDINGS, folder, words=_TRUTH)
        raise DatasetError(
            "there is neither an evaluation, nor an experiment, nor findings here"
            if folder.is_dir()
            else "there is no such folder",
            where=folder,
            remedy="Choose a folder that evaluate, experiment run or detect wrote",
        )

    def _experiment(self, folder: Path) -> Found:
        runs = sorted((folder / RUNS).glob("*.json"))
        stamp = _stamp([folder / PLAN_YAML, *runs])
        if stamp == self._known:
            return Found(Kind.EXPERIMENT, folder, stamp, going=True)
        self._tell("reading the runs")
        plan, found = read_plan(folder / PLAN_YAML), read_runs(folder)
        if not found:
            words = f"Experiment “{plan.name}”: no run is finished yet."
            return Found(Kind.EXPERIMENT, folder, stamp, words=words, going=True)
        harvest = gather(plan, found)
        if not harvest.arms:
            words = f"Experiment “{plan.name}”: no training has been tested in all its folds yet."
            return Found(Kind.EXPERIMENT, folder, stamp, words=words, going=True)
        steps = comparing(harvest)
        while True:
            self.token.check()
            try:
                self._tell(next(steps))
            except StopIteration as end:
                view = ExperimentView(folder, end.value)
                return Found(Kind.EXPERIMENT, folder, stamp, view, going=not harvest.complete)

    def _tell(self, step: str) -> None:
        with self._lock:
            self._step = step


_TRUTH = "These are findings. Say below which lesions there are to be found, and press Evaluate."


def _stamp(paths: list[Path]) -> Stamp:
    found = []
    for path in paths:
        try:
            facts = path.stat()
        except OSError:  # it went while we looked
            continue
        found.append((path.name, facts.st_mtime_ns, facts.st_size))
    return tuple(found)
