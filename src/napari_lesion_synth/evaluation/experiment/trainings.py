"""Runs of an experiment put together: each training with the test patients of all its folds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.experiment.run_result import RunResult, arm_in, run_name
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.shams.response import ShamPair
from napari_lesion_synth.evaluation.statistics.mcnemar import (
    Found,
    found_at,
    found_within,
    together,
)

__all__ = ["Harvest", "Training", "fold_count", "gather"]


@dataclass(frozen=True, eq=False)
class Training:
    """One arm and seed: a run for each fold that counts.

    Parameters
    ----------
    arm : str
        Name of the arm.
    seed : int
        Of the training.
    runs : tuple of RunResult
        By fold; at least one.
    """

    arm: str
    seed: int
    runs: tuple[RunResult, ...]

    @property
    def results(self) -> tuple[CaseResult, ...]:
        """Every test CT, once."""
        return tuple(case for run in self.runs for case in run.cases)

    @property
    def chosen(self) -> bool:
        """Whether every run has a threshold that was chosen on validation patients."""
        return all(run.threshold is not None for run in self.runs)

    @property
    def kept(self) -> tuple[CaseResult, ...]:
        """What is left at the threshold of each run; runs without one are left as they are."""
        return tuple(
            case if run.threshold is None else _kept(case, run.threshold)
            for run in self.runs
            for case in run.cases
        )

    @property
    def shams(self) -> tuple[ShamPair, ...]:
        """The detectors' answers to shams, in all folds."""
        return tuple(pair for run in self.runs for pair in run.shams)

    def found(self, rate: float | None = None) -> Found:
        """Lesions found within a rate of false alarms; without one, at each run's threshold."""
        if rate is not None:
            return found_within(self.results, rate)
        return together(
            [found_at(run.cases, run.threshold) for run in self.runs if run.threshold is not None]
        )


@dataclass(frozen=True, eq=False)
class Harvest:
    """What there is of an experiment so far.

    Parameters
    ----------
    plan : ExperimentPlan
        What was asked for.
    folds : tuple of int
        Those that count: in which every arm that has begun has at least one run.
    trainings : mapping of str to tuple of Training
        Of each arm of the plan, in its order; a training counts once it has all these folds.
    finished : tuple of str
        Names of the runs that are there.
    missing, aside : tuple of str
        Names of the runs that are planned and not there; and of those that are there and not
        yet used, since their training lacks a fold.
    runs : tuple of RunResult
        All that are there.
    """

    plan: ExperimentPlan
    folds: tuple[int, ...]
    trainings: Mapping[str, tuple[Training, ...]]
    finished: tuple[str, ...]
    missing: tuple[str, ...]
    aside: tuple[str, ...]
    runs: tuple[RunResult, ...]

    @property
    def complete(self) -> bool:
        """Whether every planned run is there."""
        return not self.missing

    @property
    def planned(self) -> int:
        """How many runs were asked for."""
        return len(self.finished) + len(self.missing)

    @property
    def missing_of(self) -> Mapping[str, tuple[int, int]]:
        """Arms that lack runs: how many of how many are missing."""
        lacking = Counter(arm_in(name) for name in self.missing)
        folds = fold_count(self.plan)
        return {
            arm.name: (lacking[arm.name], folds * len(self.plan.seeds_of(arm)))
            for arm in self.plan.arms
            if lacking[arm.name]
        }

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms with at least one training that counts, in the plan's order."""
        return tuple(arm for arm, trainings in self.trainings.items() if trainings)

    @property
    def cases(self) -> tuple[CaseResult, ...]:
        """The test CTs, as the first training that counts judged them; empty without one."""
        for trainings in self.trainings.values():
            if trainings:
                return trainings[0].results
        return ()

    @property
    def per(self) -> str:
        """What false alarms are counted per, as a noun."""
        return "CT" if self.plan.counted_per == "ct" else self.plan.counted_per


def fold_count(plan: ExperimentPlan) -> int:
    """How many folds a plan has."""
    division = plan.division
    return division.folds.k if division is not None and division.folds is not None else 1


def gather(plan: ExperimentPlan, runs: Sequence[RunResult]) -> Harvest:
    """Put the runs of an experiment together.

    Parameters
    ----------
    plan : ExperimentPlan
        What was asked for.
    runs : sequence of RunResult
        Those that are finished.

    Raises
    ------
    DatasetError
        If a run is of another plan, or is none of its runs, or trainings were tested on different
        CTs or lesions.
    """
    folds = range(fold_count(plan))
    planned = {
        run_name(arm.name, fold, seed)
        for arm in plan.arms
        for fold in folds
        for seed in plan.seeds_of(arm)
    }
    by_name = {run.name: run for run in runs}
    for run in runs:
        _check(run, plan, planned)
    begun = {run.arm for run in runs}
    counted = tuple(
        fold for fold in folds if begun and begun <= {run.arm for run in runs if run.fold == fold}
    )
    trainings = {
        arm.name: tuple(
            Training(arm.name, seed, tuple(by_name[name] for name in names))
            for seed in plan.seeds_of(arm)
            if (names := [run_name(arm.name, fold, seed) for fold in counted])
            and all(name in by_name for name in names)
        )
        for arm in plan.arms
    }
    each = [training for of_arm in trainings.values() for training in of_arm]
    _check_same_lesions(each)
    used = {run.name for training in each for run in training.runs}
    return Harvest(
        plan,
        counted,
        trainings,
        tuple(sorted(by_name)),
        tuple(sorted(planned - set(by_name))),
        tuple(sorted(set(by_name) - used)),
        tuple(runs),
    )


def _check(run: RunResult, plan: ExperimentPlan, planned: Iterable[str]) -> None:
    if run.plan != plan.key:
        raise DatasetError(
            f"the run is of the plan {run.plan}, and the folder's plan is {plan.key}",
            where=run.name,
            remedy="Keep the runs of each plan in a folder of their own, with its plan.yaml",
        )
    if run.name not in planned:
        raise DatasetError(
            "the run is none of its plan's", where=run.name, remedy="Delete the file"
        )


def _check_same_lesions(trainings: Sequence[Training]) -> None:
    """Arms can be compared on the same CTs and lesions alone."""
    for training in trainings[1:]:
        odd = sorted(_lesions(trainings[0]) ^ _lesions(training))
        if odd:
            patient, case, number = odd[0]
            what = f"lesion {number} of {case}" if number else f"the CT {case}"
            raise DatasetError(
                f"two trainings were not tested on the same CTs and lesions: {what} of {patient} "
                "is only in one",
                where=f"{trainings[0].runs[0].name} and {training.runs[0].name}",
                remedy="Delete the runs that were made on other CTs, and run the experiment again",
            )


def _lesions(training: Training) -> set[tuple[str, str, int]]:
    """Every CT, as lesion 0, and every lesion."""
    results = training.results
    names = {(result.patient, result.case, 0) for result in results}
    return names | {(r.patient, r.case, lesion.number) for r in results for lesion in r.lesions}


def _kept(case: CaseResult, threshold: float) -> CaseResult:
    return replace(
        case,
        lesions=tuple(
            lesion if lesion.found(threshold) else replace(lesion, score=None, finding=None)
            for lesion in case.lesions
        ),
        marks=tuple(mark for mark in case.marks if mark.score >= threshold),
    )
