"""Columns of a set that is still being written, read as its lesions are finished."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from napari_lesion_synth.dataset.layout import COLUMNS, SAMPLES_CSV, TEXT_COLUMNS
from napari_lesion_synth.errors import DatasetError

__all__ = ["SHOWN", "GrowingColumns", "no_lesions"]

SHOWN = ("id", "case", "patient", "method", "zone", "z", "y", "x", "depth_mm", "diameter_mm")
"""What a gallery needs of a lesion; the recipes, nine tenths of the file, stay out of memory."""


class GrowingColumns:
    """Reads ``samples.csv`` from where it was left last time, column by column.

    Parameters
    ----------
    folder : Path
        The set; it may not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / SAMPLES_CSV
        self._restart()

    def _restart(self) -> None:
        self._offset = 0
        self._header = b""
        self._file = 0

    def read(self) -> tuple[bool, pd.DataFrame]:
        """The rows finished since the last call.

        A table that has become shorter, or is another file, is read from its start again.

        Returns
        -------
        restarted : bool
            Whether all rows given before are void.
        rows : DataFrame
            With the columns of `SHOWN`, in the order of the table.

        Raises
        ------
        DatasetError
            If the table is not one of this program, or cannot be read.
        """
        try:
            restarted, data = self._next_bytes()
        except OSError as error:
            raise DatasetError(
                f"the table cannot be read ({error.strerror or error})", where=self.path
            ) from error
        end = data.rfind(b"\n") + 1  # the last line may not be whole yet
        self._offset += end
        lines = data[:end]
        if lines and not self._header:
            start = lines.index(b"\n") + 1
            self._header, lines = self._checked(lines[:start]), lines[start:]
        return restarted, self._parsed(lines) if lines else no_lesions()

    def _next_bytes(self) -> tuple[bool, bytes]:
        if not self.path.exists():
            restarted = self._offset > 0
            self._restart()
            return restarted, b""
        facts = self.path.stat()
        changed = facts.st_size < self._offset or facts.st_ino != self._file
        restarted = self._offset > 0 and changed
        if restarted:
            self._restart()
        self._file = facts.st_ino
        if facts.st_size == self._offset:
            return restarted, b""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            return restarted, file.read()

    def _checked(self, line: bytes) -> bytes:
        names = line.decode("utf-8", errors="replace").strip().split(",")
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise DatasetError(f"the table lacks the columns {', '.join(missing)}", where=self.path)
        return line

    def _parsed(self, lines: bytes) -> pd.DataFrame:
        try:
            rows = pd.read_csv(
                io.BytesIO(self._header + lines),
                usecols=list(SHOWN),
                dtype={name: "object" if name in TEXT_COLUMNS else "float64" for name in SHOWN},
                keep_default_na=False,
                na_values={name: [""] for name in SHOWN if name not in TEXT_COLUMNS},
            )
        except ValueError as error:
            raise DatasetError(
                f"a row of the table cannot be understood ({error})", where=self.path
            ) from error
        return rows[list(SHOWN)]


def no_lesions() -> pd.DataFrame:
    """A table without rows."""
    return pd.DataFrame(
        {name: pd.Series(dtype="object" if name in TEXT_COLUMNS else "float64") for name in SHOWN}
    )
