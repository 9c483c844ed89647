"""Running the plan of an experiment: prepare, train, test, write down; and go on after any stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.experiment.arms import Arm
from napari_lesion_synth.evaluation.experiment.division import Fold
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Log,
    Progress,
    Started,
    Stopped,
    StopToken,
)
from napari_lesion_synth.jobs.experiment_checks import require_device, require_weights
from napari_lesion_synth.jobs.experiment_cts import make_cts, missing_cts, with_cts
from napari_lesion_synth.jobs.experiment_lineage import check_fold
from napari_lesion_synth.jobs.experiment_model import Experiment, ExperimentSettings
from napari_lesion_synth.jobs.experiment_passes import Telling, all_runs
from napari_lesion_synth.jobs.experiment_place import WorkPlace, share_of
from napari_lesion_synth.jobs.experiment_plan import claim_folder, read_plan
from napari_lesion_synth.jobs.experiment_power import power_words
from napari_lesion_synth.jobs.experiment_prepare import prepare_fold
from napari_lesion_synth.jobs.experiment_summary import (
    finished_runs,
    summary_rows,
    words_of,
    write_summary,
)
from napari_lesion_synth.jobs.experiment_wanted import waiting_for, wanted
from napari_lesion_synth.wording import counted

__all__ = ["run_experiment"]

_JOB = "experiment"
_TOLD_EVERY = 10
"""CTs between two words on how many are prepared."""


def run_experiment(settings: ExperimentSettings, token: StopToken) -> EventStream:
    """Run a plan, or go on with it.

    Whatever is finished is not repeated, whatever was interrupted goes on, and several processes
    may work in one folder. The results depend on the plan and its CTs alone.

    Parameters
    ----------
    settings : ExperimentSettings
        Which plan, how much of it, and where.
    token : StopToken
        Checked at every step; what is done by then is kept.

    Yields
    ------
    Event
        Started (total: runs), Log, Progress, Artifact (the table so far), Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the plan, or weights that it names, cannot be used.
    ParameterError
        If the folder holds another plan, there are too few patients, a fold leaks, or there is no
        such device.
    DatasetError
        If a finished run is damaged, or was made otherwise.
    LesionSynthError
        If a part cannot be made; or, when all others are finished, if a run failed.
    """
    experiment, arms = _experiment(settings)
    with waiting_for(experiment.prepared / "plan.lock", token):
        claim_folder(experiment.folder, experiment.plan, settings.plan)
    finished_runs(experiment)  # what cannot be used is told now, and not at night
    todo = list(experiment.jobs(settings.arms, settings.seeds))
    yield Started(_JOB, len(todo))
    with wanted(experiment.folder, token, settings.stop_after) as run:
        place = WorkPlace(settings, run)
        try:
            yield from _ready(experiment, arms, place, len(todo))
            yield from all_runs(experiment, todo, place)
        except Stopped:
            if token.stopped:
                raise
            yield Log("the time is up; the same command goes on from there", "warning")
    rows = summary_rows(experiment, finished_runs(experiment))
    table = write_summary(experiment, rows, token)
    done = sum(experiment.result(job).exists() for job in todo)
    yield Progress(done, len(todo))
    for arm in arms:
        yield Log(words_of(experiment, rows, arm.name))
    yield Artifact("summary", str(table))
    yield Done({"folder": str(experiment.folder), "finished": done, "of": len(todo)})


def _experiment(settings: ExperimentSettings) -> tuple[Experiment, tuple[Arm, ...]]:
    """The experiment, and the arms that are asked for."""
    plan = read_plan(settings.plan)
    names = [arm.name for arm in plan.arms]
    for name in settings.arms:
        if name not in names:
            raise ParameterError(
                f"the plan has no arm {name!r}",
                where=settings.plan,
                remedy=f"It has: {', '.join(names)}",
            )
    experiment = Experiment(
        plan,
        settings.out.expanduser().resolve(),
        settings.plan.expanduser().resolve().parent,
        device=settings.device,
        keep=settings.keep_trainings,
        **share_of(settings),
    )
    cts, folds = with_cts(experiment)
    arms = tuple(arm for arm in plan.arms if not settings.arms or arm.name in settings.arms)
    require_weights(experiment, arms)
    if settings.scheduler is None:  # else workers compute, who may have what is not here
        require_device(experiment)
    return replace(experiment, cts=tuple(cts), folds=folds), arms


def _ready(
    experiment: Experiment, arms: Sequence[Arm], place: WorkPlace, total: int
) -> EventStream:
    """CTs, folds and what they learn from; nothing leaks."""
    with waiting_for(experiment.prepared / "cts.lock", place.run.token):
        yield from _looked_at(experiment, place)
    for line in power_words(experiment).splitlines():
        yield Log(line)
    for fold in experiment.folds:
        train, choose, test = (
            counted(len(names), "patient") for names in (fold.train, fold.choose, fold.test)
        )
        yield Log(
            f"fold {fold.number}: {train} to learn from, {choose} to choose by, {test} to test"
        )
    yield from _folds_ready(experiment, arms, place, total)


def _looked_at(experiment: Experiment, place: WorkPlace) -> EventStream:
    """Every CT is a file, and known."""
    missing = missing_cts(experiment)
    count = sum(len(names) for names in missing)
    if count:
        yield Log(f"preparing {counted(count, 'CT')}")
    for number, item in enumerate(place.does(_cts, experiment, missing), start=1):
        place.require(item)
        if len(missing) > number and number % _TOLD_EVERY == 0:
            yield Log(f"{number} of {len(missing)} prepared")


def _folds_ready(
    experiment: Experiment, arms: Sequence[Arm], place: WorkPlace, total: int
) -> EventStream:
    telling = Telling()
    jobs = [_FoldJob(fold, tuple(arms)) for fold in experiment.folds]
    for item in place.does(_fold, experiment, jobs):
        place.require(item)
        if isinstance(item, Event):
            yield from telling(item, "preparing", 0, total)
    for fold in experiment.folds:
        for gap in check_fold(experiment, fold, arms).gaps:
            yield Log(str(gap), "warning")
    yield Log("nobody who tests or chooses stands behind what is learnt from")


@dataclass(frozen=True, slots=True)
class _FoldJob:
    """A fold to prepare for some arms."""

    fold: Fold
    arms: tuple[Arm, ...]


def _cts(experiment: Experiment, names: Sequence[str], token: StopToken) -> EventStream:
    token.check()
    make_cts(experiment, names)
    yield from ()


def _fold(experiment: Experiment, job: _FoldJob, token: StopToken) -> EventStream:
    yield from prepare_fold(experiment, job.fold, job.arms, token)
