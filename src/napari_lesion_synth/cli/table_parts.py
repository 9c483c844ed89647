"""What all tables on a terminal have in common."""

from __future__ import annotations

from rich import box
from rich.markup import escape
from rich.table import Table

__all__ = ["NAMED", "titled_table"]

NAMED = ("zone", "method")
"""Heads of columns that hold words, as the first one does; all others hold numbers."""


def titled_table(title: str, *heads: str) -> Table:
    """An empty table; its first column, and those of `NAMED`, stand to the left."""
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE)
    for number, head in enumerate(heads):
        left = head in NAMED or number == 0
        table.add_column(escape(head), justify="left" if left else "right", overflow="fold")
    return table
