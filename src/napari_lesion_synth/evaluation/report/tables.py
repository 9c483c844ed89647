"""The figures of an experiment as tables of one row a figure, and what their columns mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from napari_lesion_synth.evaluation.experiment.arm_differences import Difference
from napari_lesion_synth.evaluation.experiment.arm_figures import BAND_RATES, ArmFigures
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.costs import part_hours
from napari_lesion_synth.evaluation.experiment.measures import Estimate, rate_key
from napari_lesion_synth.evaluation.experiment.run_result import RunResult
from napari_lesion_synth.evaluation.report.columns import columns_of
from napari_lesion_synth.evaluation.rows import (
    Row,
    curve_rows,
    false_alarm_rows,
    lesion_rows,
    to_csv,
)
from napari_lesion_synth.intervals import Interval

__all__ = ["experiment_tables"]

_DIGITS = 6


def experiment_tables(comparison: Comparison) -> dict[str, str]:
    """Every table as CSV, by file name.

    Rows are in the plan's order of arms; equal runs give equal bytes. Empty cells are figures
    that do not exist.
    """
    tables = {
        "arms.csv": list(_arms(comparison)),
        "trainings.csv": list(_trainings(comparison)),
        "differences.csv": list(_differences(comparison)),
        "strata.csv": list(_strata(comparison)),
        "goals.csv": list(_goals(comparison)),
        "froc_bands.csv": list(_bands(comparison)),
        **{f"froc_{arm.name}.csv": list(_curves(arm)) for arm in comparison.arms},
        "lesions.csv": [row for run in _runs(comparison) for row in _lesions(run)],
        "false_alarms.csv": [row for run in _runs(comparison) for row in _false_alarms(run)],
        "shams.csv": [row for run in _runs(comparison) for row in _shams(run)],
        "cost.csv": list(_costs(comparison)),
    }
    rates = [rate_key(rate) for rate in comparison.measures.rates]
    return {name: to_csv(rows, columns_of(name, rates)) for name, rows in tables.items()}


def _runs(comparison: Comparison) -> list[RunResult]:
    """All that are there, in the plan's order."""
    order = [arm.name for arm in comparison.plan.arms]
    return sorted(
        comparison.harvest.runs, key=lambda run: (order.index(run.arm), run.fold, run.seed)
    )


def _arms(comparison: Comparison) -> Iterator[Row]:
    for arm in comparison.arms:
        for measure, estimate in arm.estimates.items():
            yield _arm_row(comparison, arm, measure, estimate, Interval(math.nan))
        at = arm.operating
        if at is not None:
            for measure, estimate, exact in (
                ("sensitivity@threshold", at.sensitivity, at.sensitivity_exact),
                ("false_per_ct@threshold", at.per_ct, at.per_ct_exact),
                ("false_per_lesion@threshold", at.per_lesion, at.per_lesion_exact),
            ):
                yield _arm_row(comparison, arm, measure, estimate, exact)


def _arm_row(
    comparison: Comparison, arm: ArmFigures, measure: str, estimate: Estimate, exact: Interval
) -> Row:
    return {
        "arm": arm.name,
        "measure": measure,
        "trainings": arm.seeds,
        "cts": len(comparison.harvest.cases),
        "patients": comparison.patients,
        "lesions": comparison.lesions,
        **_estimate(estimate),
        "low_exact": _short(exact.low),
        "high_exact": _short(exact.high),
        "spread": _short(estimate.spread),
    }


def _trainings(comparison: Comparison) -> Iterator[Row]:
    for arm in comparison.arms:
        for number, training in enumerate(arm.trainings):
            yield {
                "arm": arm.name,
                "seed": training.seed,
                **{name: _short(e.by_training[number]) for name, e in arm.estimates.items()},
                "end": _short(arm.curves[number].end()),
            }


def _differences(comparison: Comparison) -> Iterator[Row]:
    for each in comparison.differences:
        main = rate_key(each.rate)
        for measure, estimate in each.estimates.items():
            tests = _tests(each, comparison) if measure == main else {}
            yield {
                "arm": each.arm,
                "against": each.against,
                "measure": measure,
                **_estimate(estimate),
                **{name: tests.get(name, "") for name in _TESTS},
            }


_TESTS = (
    "p_patients", "smallest_p_patients", "p_adjusted", "comparisons", "p_trainings",
    "smallest_p_trainings", "both", "only_arm", "only_against", "neither", "p_lesions",
    "mid_p_lesions", "p_lesions_by_patient", "shown",
)  # fmt: skip


def _tests(each: Difference, comparison: Comparison) -> Row:
    row: Row = {
        "p_adjusted": _short(comparison.family[each.arm].adjusted),
        "comparisons": comparison.family.size,
        "shown": each.shows(comparison.family).value
        if comparison.harvest.complete
        else "not finished",
    }
    for name, test in (("patients", each.patients), ("trainings", each.trainings)):
        if test is not None:
            row |= {f"p_{name}": _short(test.p), f"smallest_p_{name}": _short(test.smallest_p)}
    if each.lesions is not None:
        row |= {
            "both": each.lesions.both,
            "only_arm": each.lesions.only_one,
            "only_against": each.lesions.only_other,
            "neither": each.lesions.neither,
            "p_lesions": _short(each.lesions.p),
            "mid_p_lesions": _short(each.lesions.mid_p),
            "p_lesions_by_patient": _short(each.lesions.p_patients),
        }
    return row


def _strata(comparison: Comparison) -> Iterator[Row]:
    for group in comparison.strata:
        for arm, estimate in group.arms.items():
            less = group.differences.get(arm)
            yield {
                "by": group.by,
                "stratum": group.name,
                "planned": group.planned,
                "lesions": group.lesions,
                "patients": group.patients,
                "arm": arm,
                **_estimate(estimate),
                **{
                    f"difference_{name}": value
                    for name, value in _estimate(less or _NO_ESTIMATE).items()
                },
            }


def _goals(comparison: Comparison) -> Iterator[Row]:
    for goal in comparison.goals:
        finished = comparison.harvest.complete
        yield {
            "arm": goal.arm,
            "against": goal.against or "",
            "rate": goal.rate,
            "stratum": goal.stratum or "",
            "goal": goal.goal,
            "lesions": goal.lesions,
            **_estimate(goal.estimate or _NO_ESTIMATE),
            "verdict": goal.verdict.value if finished else "not finished",
            "interval_on_that_side": "" if goal.certain is None else goal.certain,
            "interval_above_zero": "" if goal.above_zero is None else goal.above_zero,
        }


def _bands(comparison: Comparison) -> Iterator[Row]:
    for arm in comparison.arms:
        for rate, interval in zip(BAND_RATES, arm.band, strict=True):
            yield {
                "arm": arm.name,
                "rate": _short(rate),
                "sensitivity": _short(interval.value),
                "low": _short(interval.low),
                "high": _short(interval.high),
                "reached": rate <= arm.end + 1e-9,
            }


def _curves(arm: ArmFigures) -> Iterator[Row]:
    for training, curve in zip(arm.trainings, arm.curves, strict=True):
        yield from (_clean(row) for row in curve_rows(curve, arm=arm.name, seed=training.seed))


def _lesions(run: RunResult) -> Iterator[Row]:
    for row in lesion_rows(run.cases, arm=run.arm, fold=run.fold, seed=run.seed):
        score = row["score"]
        found: str | bool = ""
        if run.threshold is not None:
            found = isinstance(score, float) and score >= run.threshold
        yield _clean({**row, "threshold": _threshold(run), "found": found})


def _false_alarms(run: RunResult) -> Iterator[Row]:
    for row in false_alarm_rows(run.cases, arm=run.arm, fold=run.fold, seed=run.seed):
        score = row["score"]
        counts: str | bool = ""
        if run.threshold is not None:
            counts = isinstance(score, float) and score >= run.threshold
        yield _clean({**row, "threshold": _threshold(run), "above": counts})


def _threshold(run: RunResult) -> str | float:
    return "" if run.threshold is None else run.threshold


def _shams(run: RunResult) -> Iterator[Row]:
    for pair in run.shams:
        yield {
            "arm": run.arm,
            "fold": run.fold,
            "seed": run.seed,
            "patient": pair.patient,
            "case": pair.case,
            "method": pair.method,
            "zone": pair.zone,
            "diameter_mm": _short(pair.diameter_mm),
            "sham": _short(pair.sham),
            "untouched": _short(pair.untouched),
            "threshold": _threshold(run),
        }


def _costs(comparison: Comparison) -> Iterator[Row]:
    for run in _runs(comparison):
        for shared in (False, True):
            cpu, clock = (part_hours(run, cpu=each, shared=shared) for each in (True, False))
            for part in sorted({*cpu, *clock}):
                yield {
                    "arm": run.arm,
                    "fold": run.fold,
                    "seed": run.seed,
                    "part": part,
                    "shared": shared,
                    "cpu_hours": _short(cpu.get(part)),
                    "clock_hours": _short(clock.get(part)),
                }


_NO_ESTIMATE = Estimate(Interval(math.nan), Interval(math.nan))


def _estimate(estimate: Estimate) -> dict[str, str | float]:
    return {
        "value": _short(estimate.value),
        "low": _short(estimate.patients.low),
        "high": _short(estimate.patients.high),
        "low_with_trainings": _short(estimate.whole.low),
        "high_with_trainings": _short(estimate.whole.high),
    }


def _clean(row: Mapping[str, str | int | float | bool]) -> Row:
    """Figures that do not exist are empty."""
    return {
        name: "" if isinstance(value, float) and math.isnan(value) else value
        for name, value in row.items()
    }


def _short(value: float | None) -> float | str:
    return "" if value is None or not math.isfinite(value) else round(float(value), _DIGITS)
