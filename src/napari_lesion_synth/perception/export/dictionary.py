"""The data dictionary: every column of every table, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from napari_lesion_synth.perception.export.columns import TABLES, Column, TableName
from napari_lesion_synth.perception.export.tables import Row, csv_bytes

__all__ = ["DICTIONARY_COLUMNS", "bids_columns", "dictionary_csv", "dictionary_rows"]

DICTIONARY_COLUMNS = ("table", "column", "kind", "unit", "description", "values")


def dictionary_rows(tables: Iterable[TableName]) -> list[Row]:
    """One row a column of these tables, in the order of the tables."""
    wanted = set(tables)
    return [
        {
            "table": name,
            "column": column.name,
            "kind": column.kind,
            "unit": column.unit,
            "description": column.description,
            "values": "; ".join(f"{level}: {words}" for level, words in column.levels.items()),
        }
        for name, columns in TABLES.items()
        if name in wanted
        for column in columns
    ]


def dictionary_csv(tables: Iterable[TableName]) -> bytes:
    """The same as a CSV file."""
    return csv_bytes(DICTIONARY_COLUMNS, dictionary_rows(tables))


def bids_columns(columns: Iterable[Column]) -> dict[str, dict[str, Any]]:
    """Columns as the JSON files of BIDS describe them."""
    found = {}
    for column in columns:
        entry: dict[str, Any] = {"Description": column.description}
        if column.unit:
            entry["Units"] = {"degrees": "degree", "px": "pixel"}.get(column.unit, column.unit)
        if column.levels:
            entry["Levels"] = dict(column.levels)
        if column.kind == "yes or no":
            entry["Levels"] = {"1": "yes", "0": "no"}
        found[column.name] = entry
    return found
