"""What a study's commands end with, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from napari_lesion_synth.cli.table_parts import titled_table

__all__ = ["STUDY_TABLES"]

_SHOWN = 10

Rows = Sequence[Mapping[str, Any]]


def _groups(rows: Rows) -> Table:
    table = titled_table("Answers", "group", "answers", "raters", "photos", "median interval")
    for row in rows:
        width = f"{row['median_width']:.2f}"
        table.add_row(
            escape(row["text"]), str(row["answers"]), str(row["raters"]), str(row["photos"]), width
        )
    return table


def _ranking(rows: Rows) -> Table:
    """The first and the last; ranking.csv has all."""
    title = "Attractiveness, 0 to 1, with 95 % intervals"
    table = titled_table(title, "photo", "rank", "value", "interval", "answers")
    half = _SHOWN // 2
    shown = list(rows) if len(rows) <= _SHOWN else [*rows[:half], *rows[-half:]]
    for place, row in enumerate(shown):
        if place == half and len(rows) > _SHOWN:
            table.add_row(f"{len(rows) - _SHOWN} more in ranking.csv", "", "", "", "")
        value, low, high = (_fixed(row[name]) for name in ("value", "low", "high"))
        rank, answers = str(row["rank"]), str(row["answers"])
        table.add_row(escape(row["photo"]), rank, value, f"{low} to {high}", answers)
    return table


def _figures(rows: Rows) -> Table:
    table = titled_table("Agreement, with 95 % intervals", "figure", "value", "n")
    for row in rows:
        value = _ended([row["value"], row["low"], row["high"]])
        n = "" if row["n"] is None else str(row["n"])
        name = f"{row['name']} ({row['words']})" if row["words"] else row["name"]
        table.add_row(escape(name), value, n)
    return table


def _models(rows: Rows) -> Table:
    title = "Predictions, with 95 % intervals"
    table = titled_table(title, "model", "MAE", "less than the mean's", "rank correlation")
    for row in rows:
        less = "" if row["less_than_mean"] is None else _ended(row["less_than_mean"], 3)
        table.add_row(escape(row["model"]), _ended(row["mae"], 3), less, _ended(row["spearman"]))
    return table


def _limits(rows: Rows) -> Table:
    table = titled_table("Safe ranges", "transform", "photos", "from", "to", "unit", "answers")
    for row in rows:
        cells = (row["transform"], row["category"], f"{row['low']:.3g}", f"{row['high']:.3g}")
        table.add_row(*map(escape, cells), escape(row["unit"]), str(row["answers"]))
    return table


def _fixed(value: float) -> str:
    """Two digits, and no minus before a zero."""
    return f"{round(value, 2) + 0.0:.2f}"


def _ended(ends: Sequence[float | None], digits: int = 2) -> str:
    """A value with its interval, where it has one."""
    value, low, high = ends
    if value is None:
        return "not available"
    if low is None or high is None:
        whole = float(value).is_integer() and value > 1
        return f"{value:.0f}" if whole else f"{value:.{digits}f}"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


STUDY_TABLES: dict[str, Callable[[Any], RenderableType]] = {
    "study_groups": _groups,
    "study_ranking": _ranking,
    "study_figures": _figures,
    "study_models": _models,
    "study_limits": _limits,
}
"""By the name of a part of a result."""
