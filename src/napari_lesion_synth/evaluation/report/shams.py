"""Shams beside the tissue that they replace: how often each is marked."""

from __future__ import annotations

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.value_axis import (
    ROW,
    ValueAxis,
    label_width,
    row_name,
    span_of,
)
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.sham_figures import ALL_METHODS, ShamFigures
from napari_lesion_synth.evaluation.report.figure_words import difference_words

__all__ = ["shams_svg"]

_TOP, _FIELD, _RIGHT = 34.0, 360.0, 190.0
_MOST_ROWS = 18
_BEFORE = svg.Style()
_AFTER = svg.Style("#d55e00", "up")


def shams_svg(comparison: Comparison) -> str:
    """Share of sites marked with the sham and before; empty without shams.

    Where all methods of all arms are too many rows, only all methods together are drawn.
    """
    rows = list(comparison.shams)
    if len(rows) > _MOST_ROWS:
        several = {row.arm for row in rows if row.method == ALL_METHODS}
        rows = [row for row in rows if row.method == ALL_METHODS or row.arm not in several]
    if not rows:
        return ""
    names = [f"{row.arm}, {row.method}" for row in rows]
    left = label_width(names)
    spans = [each for row in rows for each in (row.answers.sham, row.answers.untouched)]
    axis = ValueAxis(left, _FIELD, 0.0, min(1.0, span_of(spans)[1]))
    bottom = _TOP + ROW * len(rows)
    parts = axis.parts(_TOP - 8, bottom, "share of the sites with a finding")
    column = left + _FIELD + 14
    parts.append(svg.text(column, _TOP - 14, "difference (interval)", size=12, quiet=True))
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        parts += _row(axis, row, name, _TOP + ROW * (number + 0.5))
        told = difference_words(row.answers.difference)
        parts.append(svg.text(column, _TOP + ROW * (number + 0.5) + 4, told, size=12))
    words = (
        "Upper, circle: the site as it was. Lower, triangle: the same site with a sham, healthy "
        "tissue put in as a lesion would be. Bars: 95 % intervals, patients drawn again. A "
        "detector that has learnt the seam marks the shams more often. A site counts as marked "
        "where a finding reaches the operating threshold with its centre or its region there."
    )
    width = left + _FIELD + _RIGHT
    notes = svg.notes(words, 10, bottom + 62, width - 20)
    return svg.element(
        width,
        bottom + 58 + svg.LINE_HEIGHT * len(notes),
        "Shams and untouched tissue",
        [*parts, *notes],
    )


def _row(axis: ValueAxis, row: ShamFigures, name: str, y: float) -> list[str]:
    return [
        svg.text(axis.left - 10, y + 4, row_name(name), anchor="end"),
        *axis.bar(row.answers.untouched, y - 5, _BEFORE),
        *axis.bar(row.answers.sham, y + 6, _AFTER),
    ]
