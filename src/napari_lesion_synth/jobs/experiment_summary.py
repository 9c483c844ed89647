"""How far an experiment is, and what it shows so far: one row an arm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.experiment.run_result import (
    EDITION,
    RUNS,
    RunResult,
    read_run,
)
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.rows import Row, to_csv
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, average, bootstrap
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.jobs.experiment_model import Experiment
from napari_lesion_synth.jobs.experiment_wanted import waiting_for

__all__ = ["SUMMARY_CSV", "finished_runs", "summary_rows", "words_of", "write_summary"]

SUMMARY_CSV = "summary.csv"
"""Rewritten after each run."""

_OTHERWISE = "Choose another folder; what was made otherwise cannot be compared"


def finished_runs(experiment: Experiment) -> list[RunResult]:
    """Results of the plan's runs that are there, in the order in which they are made.

    Raises
    ------
    DatasetError
        If one is damaged, or was made otherwise than the plan would make it now.
    """
    paths = [experiment.result(job) for job in experiment.jobs()]
    runs = [read_run(path) for path in paths if path.exists()]
    for run in runs:
        if run.plan != experiment.plan.key:
            raise DatasetError(
                "this run was made by another plan, or by a version of the program that takes "
                f"the plan otherwise ({run.plan}, not {experiment.plan.key})",
                where=experiment.folder / RUNS / f"{run.name}.json",
                remedy=_OTHERWISE,
            )
        if run.edition != EDITION:
            raise DatasetError(
                f"this run is of edition {run.edition} of the program, which teaches and tests "
                f"otherwise now (edition {EDITION})",
                where=experiment.folder / RUNS / f"{run.name}.json",
                remedy=_OTHERWISE,
            )
    return runs


def summary_rows(experiment: Experiment, runs: Sequence[RunResult]) -> list[Row]:
    """One row an arm: share of lesions found at each rate, mean of its seeds, with intervals.

    Folds are put together, and seeds of which a fold is missing are left out as long as another
    one has all.
    """
    return [_row(experiment, arm.name, runs) for arm in experiment.plan.arms]


def write_summary(experiment: Experiment, rows: Sequence[Row], token: StopToken) -> Path:
    """Write the table, one process after the other; it is whole or as it was.

    Raises
    ------
    Stopped
        If the token was set while another process was at it.
    StorageError
        If it cannot be written.
    """
    path = experiment.folder / SUMMARY_CSV
    with waiting_for(experiment.prepared / "summary.lock", token):
        write_atomic(path, to_csv(rows).encode())
    return path


def words_of(experiment: Experiment, rows: Sequence[Row], arm: str) -> str:
    """What an arm shows so far, for people who wait."""
    row = next(row for row in rows if row["arm"] == arm)
    rate, per = experiment.plan.rate, experiment.plan.counted_per
    if row["runs"] == 0:
        return f"{arm}: nothing yet"
    value = Interval(*(_number(row[f"{part}{rate:g}"]) for part in ("at_", "low_", "high_")))
    low, high = value.low, value.high
    known = low is not None and high is not None and np.isfinite([low, high]).all()
    within = f" ({low:.2f} to {high:.2f})" if known else ""
    return (
        f"{arm}: {value.value:.2f}{within} of {row['lesions']} lesions found at {rate:g} false "
        f"alarms per {per.upper() if per == 'ct' else per}, {row['runs']} of {row['of']} runs"
    )


def _row(experiment: Experiment, arm: str, runs: Sequence[RunResult]) -> Row:
    plan = experiment.plan
    own = [run for run in runs if run.arm == arm]
    row: Row = {
        "arm": arm,
        "runs": len(own),
        "of": len(plan.seeds_of(plan.arm(arm))) * len(experiment.folds),
    }
    seeds = _whole_seeds(own)
    first = seeds[0] if seeds else []
    row |= {
        "seeds": len(seeds),
        "patients": len({case.patient for case in first}),
        "cts": len(first),
        "lesions": sum(len(case.lesions) for case in first),
    }
    intervals = _intervals(seeds, plan.all_rates)
    for rate, interval in zip(plan.all_rates, intervals, strict=True):
        row[f"at_{rate:g}"] = _short(interval.value)
        row[f"low_{rate:g}"] = _short(interval.low)
        row[f"high_{rate:g}"] = _short(interval.high)
    return row


def _whole_seeds(runs: Sequence[RunResult]) -> list[list[CaseResult]]:
    """Cases of each seed with the most folds, folds together."""
    folds: dict[int, dict[int, RunResult]] = {}
    for run in runs:
        folds.setdefault(run.seed, {})[run.fold] = run
    if not folds:
        return []
    most = max((sorted(each) for each in folds.values()), key=len)
    return [
        [case for fold in most for case in each[fold].cases]
        for _, each in sorted(folds.items())
        if sorted(each) == most
    ]


def _intervals(seeds: Sequence[Sequence[CaseResult]], rates: Sequence[float]) -> list[Interval]:
    if not seeds or not any(case.lesions for case in seeds[0]):
        return [Interval(float("nan"))] * len(rates)
    figures: list[Figure] = [Counts.of(cases).sensitivities(rates) for cases in seeds]
    return list(bootstrap(average(figures), np.random.default_rng(0)))


def _short(value: float | None) -> float | str:
    return "" if value is None or not np.isfinite(value) else round(float(value), 6)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
