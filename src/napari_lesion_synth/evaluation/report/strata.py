"""Arms by groups of lesions: a field for each group, a row for each arm."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.value_axis import ROW, ValueAxis, label_width, row_name
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.stratum_figures import StratumFigures
from napari_lesion_synth.evaluation.report.figure_words import at_rate, what_of
from napari_lesion_synth.wording import counted

__all__ = ["strata_svg"]

_TOP, _GAP = 50.0, 38.0
_WIDE, _NARROW = 210.0, 150.0
_LOOK = svg.Style("#3b82f6")


def strata_svg(comparison: Comparison, by: str) -> str:
    """Sensitivity of every arm in the groups of one grouping; empty where there are none."""
    groups = [each for each in comparison.strata if each.by == by]
    if not groups:
        return ""
    names = [arm.name for arm in comparison.arms]
    left = label_width(names)
    field = _WIDE if len(groups) < 4 else _NARROW
    bottom = _TOP + ROW * len(names)
    parts = [
        svg.text(left - 10, _TOP + ROW * (k + 0.5) + 4, row_name(name), anchor="end")
        for k, name in enumerate(names)
    ]
    for number, group in enumerate(groups):
        axis = ValueAxis(left + number * (field + _GAP), field, ticks=5)
        parts += _field(axis, group, names, comparison.plan.baseline, bottom)
    width = max(left + len(groups) * (field + _GAP), 460.0)
    planned = "" if groups[0].planned else " This grouping was not in the plan."
    words = (
        f"Sensitivity {at_rate(comparison.plan.rate, comparison.harvest.per)}, all false alarms "
        "counted in every group. Mean of an arm's trainings; broad: 95 % interval for other "
        "patients and these trained detectors. Vertical dashes: "
        f"{comparison.plan.baseline}.{planned} {what_of(comparison)}"
    )
    notes = svg.notes(words, 10, bottom + 48, width - 20)
    return svg.element(
        width,
        bottom + 44 + svg.LINE_HEIGHT * len(notes),
        f"Sensitivity by {by}",
        [*parts, *notes],
    )


def _field(
    axis: ValueAxis, group: StratumFigures, names: Sequence[str], baseline: str, bottom: float
) -> list[str]:
    parts = [
        svg.text(axis.left, 16, group.name),
        svg.text(
            axis.left,
            32,
            f"{counted(group.lesions, 'lesion')}, {counted(group.patients, 'patient')}",
            size=11,
            quiet=True,
        ),
        *axis.parts(_TOP - 8, bottom),
    ]
    if baseline in group.arms and group.arms[baseline].value == group.arms[baseline].value:
        x = axis.x(group.arms[baseline].value)
        parts.append(svg.line(x, _TOP - 8, x, bottom, width=1.2, dash="3 3", opacity=0.8))
    for number, name in enumerate(names):
        look = svg.PLAIN if name == baseline else _LOOK
        y = _TOP + ROW * (number + 0.5)
        parts += axis.bar(group.arms[name].patients, y, look)
    return parts
