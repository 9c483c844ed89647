"""What an evaluation found, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from napari_lesion_synth.cli.table_parts import titled_table

__all__ = ["EVALUATION_TABLES"]

_STAR = (
    "95 % intervals, patients drawn again; *: exact, each lesion and false alarm taken as "
    "independent"
)
_RATE = "1"
"""False alarms per CT at which strata are told; the other rates stand in the files."""

_VERDICTS = {
    "clean": ("no leak found", ""),
    "unknown": ("it is not known whether the test is fair", "yellow"),
    "contaminated": ("the test leaks: its figures are too good", "red"),
}

Figures = Mapping[str, Any]


def _measured(detectors: Mapping[str, Mapping[str, Any]]) -> Group:
    """One row a figure, one column a detector."""
    table = titled_table("How good it is", "figure", *detectors)
    names = list(dict.fromkeys(n for each in detectors.values() for n in each["figures"]))
    for name in names:
        cells = [
            _told(each["figures"][name]) if name in each["figures"] else ""
            for each in detectors.values()
        ]
        table.add_row(escape(name), *cells)
    table.caption = _STAR
    lines = [Text(f"threshold of {name}: {each['threshold']}") for name, each in detectors.items()]
    return Group(table, *lines)


def _strata(detectors: Mapping[str, Sequence[Figures]]) -> Group:
    parts: list[RenderableType] = []
    for name, strata in detectors.items():
        heads = ("n", "at the threshold", f"at {_RATE} false alarm a CT")
        table = titled_table(f"Which lesions {escape(name)} finds", "lesions", *heads)
        for each in strata:
            found = (_interval(each["found"]), _interval(each["rates"][_RATE]))
            table.add_row(escape(f"{each['by']} {each['stratum']}"), str(each["lesions"]), *found)
        parts.append(table)
    return Group(*parts)


def _differences(pairs: Sequence[Figures]) -> Group:
    parts: list[RenderableType] = []
    for pair in pairs:
        title = f"{pair['detector']} less {pair['less']}"
        table = titled_table(escape(title), "figure", "difference")
        for name, each in pair["figures"].items():
            table.add_row(escape(name), _interval(each, sign=True))
        table.caption = (
            "95 % intervals, the same patients drawn for both; *: Tango's, lesions taken as "
            "independent; none corrected for their number"
        )
        parts.append(table)
        if pair["by_lesion"]:
            parts.append(Text(pair["by_lesion"]))
    return Group(*parts)


def _leak_check(detectors: Mapping[str, Mapping[str, Any]]) -> Group:
    lines = []
    for name, found in detectors.items():
        words, style = _VERDICTS[found["verdict"]]
        lines.append(Text(f"{name}: {words}. {' '.join(found['words'])}", style=style))
    return Group(*lines)


def _notes(notes: Sequence[str]) -> Group:
    return Group(*(Text(f"note: {note}") for note in notes))


def _told(figure: Figures) -> str:
    """Value, interval and counts."""
    text = _interval(figure)
    return f"{text}  {figure['part']}/{figure['whole']}" if "whole" in figure else text


def _interval(figure: Figures, *, sign: bool = False) -> str:
    def write(value: float) -> str:
        return f"{value:+.2f}" if sign else f"{value:.2f}"

    if figure["value"] is None:
        return "none"
    if figure["low"] is None or figure["high"] is None:
        return write(figure["value"])
    star = "*" if "independent" in figure["interval"] else ""
    return f"{write(figure['value'])} ({write(figure['low'])} to {write(figure['high'])}){star}"


EVALUATION_TABLES: dict[str, Callable[[Any], Table | Group]] = {
    "measured": _measured,
    "strata": _strata,
    "differences": _differences,
    "leak_check": _leak_check,
    "notes": _notes,
}
"""By the name of a part of a result."""
