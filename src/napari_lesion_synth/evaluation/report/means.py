"""Sections on the means of an experiment: what it could have seen, and what it cost."""

from __future__ import annotations

import math

from napari_lesion_synth.dataset.report import Section, bullets, paragraph, table
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.costs import part_hours
from napari_lesion_synth.evaluation.report.figure_words import NONE
from napari_lesion_synth.evaluation.report.machines import ways_words
from napari_lesion_synth.evaluation.statistics.power import PowerSettings, plan_power

__all__ = ["cost_section", "power_section"]

Row = dict[str, object]

_ASSUMED = 0.65
"""Sensitivity of a baseline that has not been measured."""

_HOPED = 0.15
_WITHIN = 0.01


def power_section(comparison: Comparison) -> Section:
    """What could have been seen with this many lesions."""
    if not comparison.lesions:
        return Section("Power", (paragraph("There is no test lesion."),))
    plan, baseline = comparison.plan, comparison.by_name.get(comparison.plan.baseline)
    measured = math.nan if baseline is None else baseline.at(plan.rate).value
    base = measured if math.isfinite(measured) else _ASSUMED
    base = round(min(max(base, _WITHIN), 1 - 2 * _WITHIN), 2)
    hoped = [min(base + _HOPED, 1.0), *(g.goal for g in comparison.goals if g.against is None)]
    aims = tuple(sorted({round(aim, 2) for aim in hoped if aim > base}))
    of_patient: dict[str, int] = {}
    for case in comparison.harvest.cases:
        of_patient[case.patient] = of_patient.get(case.patient, 0) + len(case.lesions)
    squares = sum(n * n for n in of_patient.values())
    settings = PowerSettings(
        lesions=comparison.lesions,
        baseline=base,
        aims=aims or (1.0,),
        lesions_per_patient=round(max(1.0, squares / comparison.lesions), 1),
        cts=len(comparison.harvest.cases),
        per=plan.counted_per,
        false_alarms=plan.rate,
        comparisons=max(1, comparison.family.size),
    )
    told = (
        "What an experiment of this size can show, worked out as before a run, with the "
        f"baseline's sensitivity {'as measured' if math.isfinite(measured) else 'assumed'}. It "
        "tells what could have been overlooked; what was measured, the intervals tell."
    )
    return Section("Power", (paragraph(told), bullets(plan_power(settings).words().splitlines())))


def cost_section(comparison: Comparison) -> Section:
    """Processor hours of every arm."""
    rows: list[Row] = [
        {
            "arm": cost.arm,
            "runs": str(cost.runs),
            "CPU hours a run, median": _number(cost.median, 2),
            "least to most": f"{cost.least:.2f} to {cost.most:.2f}",
            "hours on the clock, median": _number(cost.clock, 2),
            "prepared, CPU hours": _number(_prepared(comparison, cost.arm), 2),
            "CPU hours in all": _number(cost.total, 2),
        }
        for cost in comparison.costs
    ]
    told = (
        "A run is one training with its test. Prepared: donors, generator, auto-encoder and sets, "
        "made once a fold; arms that need the same share it, so these hours do not add up."
    )
    ways = ways_words(comparison.harvest.runs)
    if ways:
        told += (
            f" Not all runs were computed in the same way ({ways}): hours of different arms are "
            "not to be compared."
        )
    total = sum(cost.total for cost in comparison.costs)
    return Section(
        "Cost",
        (
            paragraph(told),
            table(rows),
            paragraph(f"All runs together, without what was prepared: {total:.1f} CPU hours."),
        ),
    )


def _prepared(comparison: Comparison, arm: str) -> float:
    """Of one fold, in the mean."""
    hours = [
        sum(part_hours(run, cpu=True, shared=True).values())
        for run in comparison.harvest.runs
        if run.arm == arm
    ]
    return sum(hours) / len(hours) if hours else math.nan


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else NONE
