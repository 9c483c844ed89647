"""Arms in rows: differences from the baseline, and sensitivities with every training."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.value_axis import (
    ROW,
    ValueAxis,
    label_width,
    row_name,
    span_of,
)
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.goal_verdicts import GoalVerdict
from napari_lesion_synth.evaluation.report.figure_words import (
    at_rate,
    difference_words,
    figure_words,
    p_cell,
    what_of,
)

__all__ = ["forest", "seed_dots"]

_FIELD, _RIGHT = 330.0, 275.0
_TOP = 34.0
_GOAL = svg.Style("#d55e00", "down")
_DOT = svg.Style("#3b82f6", "circle")


def forest(comparison: Comparison) -> str:
    """Every arm less the baseline, at the plan's rate; empty without a difference."""
    rows = comparison.differences
    if not rows:
        return ""
    names = [each.arm for each in rows]
    left, rate = label_width(names), comparison.plan.rate
    goals = _goals(comparison, gain=True)
    spans = [each.main.patients for each in rows] + [each.main.whole for each in rows]
    low, high = span_of(spans)
    low, high = min([low, *goals.values()]), max([high, *goals.values()])
    axis = ValueAxis(left, _FIELD, low, high)
    bottom = _TOP + ROW * len(rows)
    parts = axis.parts(
        _TOP - 8,
        bottom,
        f"sensitivity less that of {comparison.plan.baseline}, "
        f"{at_rate(rate, comparison.harvest.per)}",
        signed=True,
    )
    column = left + _FIELD + 14
    parts.append(svg.text(column, _TOP - 14, "difference (interval)", size=12, quiet=True))
    parts.append(svg.text(column + 172, _TOP - 14, "adjusted p", size=12, quiet=True))
    for number, each in enumerate(rows):
        y = _TOP + ROW * (number + 0.5)
        ends = each.main.patients.low, each.main.patients.high
        apart = ends[0] is not None and ends[1] is not None and (ends[0] > 0 or ends[1] < 0)
        parts.append(svg.text(left - 10, y + 4, row_name(each.arm), anchor="end"))
        parts += axis.bar(each.main.patients, y, _DOT, whole=each.main.whole, hollow=not apart)
        if each.arm in goals:
            parts.append(svg.mark(axis.x(goals[each.arm]), y - 9, _GOAL, size=3.5))
        parts.append(svg.text(column, y + 4, difference_words(each.main.patients), size=12))
        adjusted = comparison.family[each.arm].adjusted
        parts.append(svg.text(column + 172, y + 4, p_cell(adjusted), size=12))
    words = (
        "Broad: 95 % interval for other patients and these trained detectors. Thin: for other "
        "trainings too; missing where an arm was trained once. Full marks: the broad interval "
        "excludes zero. p: patients swapped between the arms, adjusted for the number of arms by "
        "Holm's method."
    )
    if goals:
        words += " Triangle above a row: its goal."
    return _finished(
        parts, f"{words} {what_of(comparison)}", left, bottom, "Differences from the baseline"
    )


def seed_dots(comparison: Comparison) -> str:
    """Sensitivity of every training of every arm, with the arm's mean and interval."""
    if not comparison.arms:
        return ""
    names = [arm.name for arm in comparison.arms]
    left, rate = label_width(names), comparison.plan.rate
    goals = _goals(comparison, gain=False)
    axis = ValueAxis(left, _FIELD)
    bottom = _TOP + ROW * len(names)
    parts = axis.parts(_TOP - 8, bottom, f"sensitivity {at_rate(rate, comparison.harvest.per)}")
    column = left + _FIELD + 14
    parts.append(svg.text(column, _TOP - 14, "mean (interval)", size=12, quiet=True))
    parts.append(svg.text(column + 172, _TOP - 14, "spread (SD)", size=12, quiet=True))
    for number, arm in enumerate(comparison.arms):
        y, found = _TOP + ROW * (number + 0.5), arm.at(rate)
        parts.append(svg.text(left - 10, y + 4, row_name(arm.name), anchor="end"))
        parts += axis.bar(found.patients, y, svg.Style(shape="cross"), whole=found.whole)
        parts += [
            svg.mark(axis.x(value), y, _DOT, hollow=True, size=3.5)
            for value in found.by_training
            if value == value
        ]
        if arm.name in goals:
            parts.append(svg.mark(axis.x(goals[arm.name]), y - 9, _GOAL, size=3.5))
        parts.append(svg.text(column, y + 4, figure_words(found.patients), size=12))
        spread = f"{found.spread:.3f}" if found.spread == found.spread else "one training"
        parts.append(svg.text(column + 172, y + 4, spread, size=12))
    words = (
        "Circles: trainings, which differ in their seed alone. Cross: their mean. Broad: 95 % "
        "interval for other patients and these trained detectors. Thin: for other trainings too."
    )
    if goals:
        words += " Triangle above a row: its goal."
    return _finished(
        parts, f"{words} {what_of(comparison)}", left, bottom, "Sensitivity of every training"
    )


def _goals(comparison: Comparison, *, gain: bool) -> dict[str, float]:
    """Goals for all lesions at the plan's rate, by arm."""
    return {goal.arm: goal.goal for goal in comparison.goals if _here(goal, comparison, gain=gain)}


def _here(goal: GoalVerdict, comparison: Comparison, *, gain: bool) -> bool:
    plan = comparison.plan
    same = goal.stratum is None and goal.rate == plan.rate
    return same and (goal.against == plan.baseline if gain else goal.against is None)


def _finished(parts: Sequence[str], words: str, left: float, bottom: float, title: str) -> str:
    width = left + _FIELD + _RIGHT
    notes = svg.notes(words, 10, bottom + 62, width - 20)
    return svg.element(width, bottom + 58 + svg.LINE_HEIGHT * len(notes), title, [*parts, *notes])
