"""Attractiveness of a group's photos as a drawing (SVG), as rows, and as JSON types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.jobs.study_next import next_json
from napari_lesion_synth.jobs.study_scaled import Scaled
from napari_lesion_synth.perception.export.tables import Cell
from napari_lesion_synth.perception.stimuli.photos import StimulusSet

__all__ = ["RANKING_COLUMNS", "ranking_rows", "ranking_svg", "scaled_json"]

RANKING_COLUMNS = (
    *("group", "rank", "photo", "category", "view", "value", "low", "high"),
    *("utility", "utility_low", "utility_high", "answers"),
)

_MOST_NAMED = 90
_LETTERS = 30
_LEFT, _WIDTH, _RIGHT, _TOP = 230.0, 520.0, 60.0, 24.0


def ranking_rows(scaled: Scaled, stimuli: StimulusSet) -> list[dict[str, Cell]]:
    """One row a photo, the most attractive first."""
    values = scaled.values.intervals
    utilities = None if scaled.posterior is None else scaled.posterior.intervals
    rows: list[dict[str, Cell]] = []
    for rank, k in enumerate(scaled.order, start=1):
        photo = stimuli.by_id(scaled.group.items[k])
        row: dict[str, Cell] = {
            "group": scaled.group.way.text,
            "rank": rank,
            "photo": photo.id,
            "category": photo.category,
            "view": photo.view,
            "value": values[k].value,
            "low": values[k].low,
            "high": values[k].high,
            "answers": int(scaled.compared[k]),
        }
        if utilities is not None:
            own = utilities[k]
            row |= {"utility": own.value, "utility_low": own.low, "utility_high": own.high}
        rows.append(row)
    return rows


def scaled_json(scaled: Scaled, stimuli: StimulusSet) -> dict[str, Any]:
    """A group's result as JSON types."""
    way, group = scaled.group.way, scaled.group
    return {
        "text": way.text,
        "kind": way.kind,
        "mode": way.mode,
        "seconds": way.seconds,
        "gaze": way.gaze,
        "category": way.category,
        "answers": len(group.first),
        "repeats": len(group.answers) - len(group.first),
        "raters": len(group.raters),
        "anchors": scaled.values.anchors,
        "notes": list(scaled.values.notes),
        "median_width": scaled.values.median_width,
        "best": list(scaled.best),
        "next": next_json(scaled),
        "figures": [figure.to_json() for figure in scaled.figures],
        "rater_rows": [row.to_json() for row in scaled.raters],
        "photos": ranking_rows(scaled, stimuli),
    }


def ranking_svg(scaled: Scaled) -> str:
    """A photo a row, with its interval; the most attractive at the top.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    count = len(scaled.order)
    named = count <= _MOST_NAMED
    step = 16.0 if named else max(2.0, 900.0 / count)
    values = [scaled.values.intervals[k] for k in scaled.order]
    low = min(0.0, *(each.low or 0.0 for each in values))
    high = max(1.0, *(each.high or 1.0 for each in values))
    bottom = _TOP + step * count + 6
    parts = list(_axis(low, high, bottom))
    for row, (k, each) in enumerate(zip(scaled.order, values, strict=True)):
        y = _TOP + step * (row + 0.5)
        ends = (each.value if end is None else end for end in (each.low, each.high))
        left, right = (_x(end, low, high) for end in ends)
        parts.append(svg.line(left, y, right, y, color="#3b82f6", width=1.5, opacity=0.75))
        parts.append(svg.mark(_x(each.value, low, high), y, _MARK, size=3.5 if named else 1.5))
        if named:
            name = svg.elided(scaled.group.items[k], _LETTERS)
            parts.append(svg.text(_LEFT - 10, y + 4, name, anchor="end", size=11))
    words = f"{scaled.values.anchors} Bars: 95 % intervals; photos whose bars overlap much are "
    words += f"not told apart. {scaled.group.way.text}: {len(scaled.group.first)} answers."
    notes = svg.notes(words, 16, bottom + 60, _LEFT + _WIDTH)
    height = bottom + 60 + svg.LINE_HEIGHT * len(notes)
    title = f"Attractiveness of {count} photos, {scaled.group.way.text}"
    return svg.element(_LEFT + _WIDTH + _RIGHT, height, title, [*parts, *notes])


_MARK = svg.Style("#3b82f6")


def _x(value: float, low: float, high: float) -> float:
    return _LEFT + _WIDTH * (value - low) / (high - low)


def _axis(low: float, high: float, bottom: float) -> Sequence[str]:
    parts = [svg.line(_LEFT, bottom, _LEFT + _WIDTH, bottom)]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x = _x(tick, low, high)
        parts.append(svg.line(x, _TOP, x, bottom, opacity=0.15))
        parts.append(svg.text(x, bottom + 16, f"{tick:g}", anchor="middle", size=12))
    parts.append(
        svg.text(_LEFT + _WIDTH / 2, bottom + 34, "attractiveness, 0 to 1", anchor="middle")
    )
    return parts
