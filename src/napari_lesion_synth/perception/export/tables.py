"""Tables as text: commas or tabs, one spelling for each kind of cell."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

__all__ = ["Cell", "Row", "csv_bytes", "tsv_bytes"]

Cell: TypeAlias = str | int | float | bool | None
Row: TypeAlias = Mapping[str, Cell]

_DIGITS = 6
_MISSING_IN_BIDS = "n/a"


def csv_bytes(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """A table with commas, in UTF-8: what is not known is empty, yes is 1 and no is 0."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name), "") for name in columns] for row in rows)
    return text.getvalue().encode()


def tsv_bytes(columns: Sequence[str], rows: Iterable[Row], *, header: bool = True) -> bytes:
    """A table with tabs, as BIDS has it: what is not known is ``n/a``."""
    lines = ["\t".join(columns)] if header else []
    # Tabs and line ends within a cell would end it; there is no quoting.
    lines += [
        "\t".join(" ".join(_cell(row.get(name), _MISSING_IN_BIDS).split()) for name in columns)
        for row in rows
    ]
    return ("\n".join(lines) + "\n").encode() if lines else b""


def _cell(value: Cell, missing: str) -> str:
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return missing
    if isinstance(value, bool):
        return str(int(value))
    return repr(round(value, _DIGITS)) if isinstance(value, float) else str(value)
