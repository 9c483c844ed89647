"""A detection-limit map as a table for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from napari_lesion_synth.cli.table_parts import titled_table

__all__ = ["LIMIT_TABLES"]


def _limits(rows: Sequence[Mapping[str, str]]) -> Table:
    table = titled_table("Diameters from which on lesions are found", *(rows[0] if rows else ()))
    for row in rows:
        table.add_row(*(escape(cell) for cell in row.values()))
    table.caption = "95 % intervals, places drawn again; above and below: outside of the grid"
    return table


def _reader(rows: Sequence[Mapping[str, Any]]) -> Table:
    heads = ("diameter", "contrast", "95 % interval", "right", "")
    table = titled_table("Contrasts from which on lesions are seen", *heads)
    for row in rows:
        within = row["reach"] == "within the levels"
        table.add_row(
            f"{row['diameter_mm']:g} mm",
            f"{row['contrast_hu']:.1f} HU",
            f"{row['low_hu']:.1f} to {row['high_hu']:.1f}",
            f"{row['right']} of {row['trials']}",
            "" if within else str(row["reach"]),
        )
    return table


def _sentences(lines: Sequence[str]) -> Group:
    return Group(*(Text(line) for line in lines))


LIMIT_TABLES: dict[str, Callable[[Any], RenderableType]] = {
    "detection_limits": _limits,
    "methods_compared": _sentences,
    "cautions": _sentences,
    "reader_limits": _reader,
    "reader_notes": _sentences,
}
"""By the name of a part of a result."""
