"""Files of text, whatever wrote them: encodings, lines, and tables with names at their head."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.recording import at_line
from napari_lesion_synth.perception.gaze.samples import Floats

__all__ = ["Table", "read_lines", "read_table", "read_text"]

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NO_NUMBER = frozenset({"", "na", "n/a", "nan", "null", "-", "."})


def read_text(path: Path) -> str:
    """The text of a file, perhaps gzipped: UTF-8, UTF-16 with its mark, or Japanese (cp932).

    Raises
    ------
    InputError
        If it cannot be read, or is no text.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError, gzip.BadGzipFile) as cause:
        raise InputError("the gaze file cannot be read", where=path) from cause
    if content.startswith(_UTF16):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content[:4096]:
        raise InputError(
            "this is no text file",
            where=path,
            remedy="Export it as text first: an EyeLink EDF file with edf2asc, others with the "
            "export of the tracker's software",
        )
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, without their ends.

    Raises
    ------
    InputError
        If it cannot be read, or is no text.
    """
    # Not `splitlines`: it also splits at characters that a message may hold.
    return read_text(path).replace("\r\n", "\n").replace("\r", "\n").split("\n")


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of text under names.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        Of the columns.
    rows : list of list of str
        Cells.
    lines : list of int
        Number of each row's line in the file, from 1.
    notes : tuple of str
        What was passed over.
    """

    path: Path
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    notes: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return name in self.names

    def cells(self, name: str) -> list[str]:
        """The cells of a column, without space around them."""
        at = self.names.index(name)
        return [row[at].strip() for row in self.rows]

    def numbers(self, name: str) -> Floats:
        """A column as numbers, NaN for empty cells; a decimal comma is a point.

        Raises
        ------
        InputError
            At the line of a cell that is no number.
        """
        cells = [_plain(cell) for cell in self.cells(name)]
        try:
            return np.array(cells, np.float64)
        except ValueError:
            for cell, line in zip(cells, self.lines, strict=True):
                _number(cell, name, at_line(self.path, line))
            raise

    def only(self, chosen: Sequence[bool]) -> Table:
        """Some of the rows."""
        rows = [row for row, take in zip(self.rows, chosen, strict=True) if take]
        lines = [line for line, take in zip(self.lines, chosen, strict=True) if take]
        return Table(self.path, self.names, rows, lines, self.notes)


def read_table(path: Path, delimiter: str, needed: Sequence[str], remedy: str) -> Table:
    """A table with one line of names at its head.

    Parameters
    ----------
    path : Path
        The file.
    delimiter : str
        Between cells.
    needed : sequence of str
        Columns that must be there.
    remedy : str
        What to do where they are not.

    Raises
    ------
    InputError
        If it is no text, a column is missing, or a line is too short. Only the last line may
        be: a file that was still being written; it is left out, with a note.
    """
    lines = csv.reader(read_lines(path), delimiter=delimiter)
    names = tuple(name.strip() for name in next(lines, []))
    missing = [name for name in needed if name not in names]
    if missing:
        raise InputError(
            f"the file has no column {' and no column '.join(repr(name) for name in missing)}",
            where=at_line(path, 1),
            remedy=remedy,
        )
    rows, numbers, notes = [], [], []
    short = None
    for row in lines:
        if not any(row):
            continue
        if short is not None:
            raise _short(path, short, len(names))
        if len(row) < len(names):
            short = (lines.line_num, len(row))
            continue
        rows.append(row)
        numbers.append(lines.line_num)
    if short is not None:
        notes.append(f"line {short[0]}, the last one, is cut short and was left out")
    if not rows:
        raise InputError("the file holds no samples", where=path, remedy=remedy)
    return Table(path, names, rows, numbers, tuple(notes))


def _short(path: Path, short: tuple[int, int], wanted: int) -> InputError:
    return InputError(
        f"the line has {short[1]} cells, and the table has {wanted} columns",
        where=at_line(path, short[0]),
        remedy="Export the file again; do not edit it by hand",
    )


def _plain(cell: str) -> str:
    return "nan" if cell.lower() in _NO_NUMBER else cell.replace(",", ".")


def _number(cell: str, name: str, where: str) -> float:
    try:
        return float(cell)
    except ValueError as cause:
        raise InputError(
            f"{cell!r} in the column {name!r} is no number",
            where=where,
            remedy="Export the file again; do not edit it by hand",
        ) from cause
