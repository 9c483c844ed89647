"""The rows of a set that is still being written, read as they are finished."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.dataset.layout import COLUMNS, SAMPLES_CSV
from napari_lesion_synth.errors import DatasetError

__all__ = ["GrowingTable", "SetRow"]

_CHUNK = 1 << 20
"""Bytes read at once: a few hundred lesions, in a few milliseconds."""


@dataclass(frozen=True, slots=True)
class SetRow:
    """What a browser shows of a lesion."""

    id: str
    method: str
    zone: str
    diameter_mm: float


class GrowingTable:
    """Reads ``samples.csv`` from where it was left last time.

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
        self._names: list[str] = []
        self._file = 0

    def read(self) -> tuple[bool, list[SetRow]]:
        """The rows finished since the last call, at most a chunk of them.

        A table that has become shorter, or is another file, is read from its start again.

        Returns
        -------
        restarted : bool
            Whether all rows given before are void.
        rows : list of SetRow
            In the order of the table.

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
        lines = data[:end].decode("utf-8", errors="replace").split("\n")[:-1]
        if lines and not self._names:
            self._names = self._checked(next(csv.reader(lines[:1]), []))
            del lines[0]
        return restarted, [self._row(cells) for cells in csv.reader(lines) if cells]

    @property
    def behind(self) -> bool:
        """Whether there was more than a chunk to read."""
        return self._more

    def _next_bytes(self) -> tuple[bool, bytes]:
        self._more = False
        if not self.path.exists():
            restarted = self._offset > 0
            self._restart()
            return restarted, b""
        with self.path.open("rb") as file:
            facts = self.path.stat()
            restarted = self._offset > 0 and (
                facts.st_size < self._offset or facts.st_ino != self._file
            )
            if restarted:
                self._restart()
            self._file = facts.st_ino
            file.seek(self._offset)
            data = file.read(_CHUNK)
            self._more = self._offset + len(data) < facts.st_size
            while self._more and b"\n" not in data:  # a recipe longer than a chunk
                more = file.read(_CHUNK)
                data += more
                self._more = bool(more)
            return restarted, data

    def _checked(self, names: list[str]) -> list[str]:
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise DatasetError(f"the table lacks the columns {', '.join(missing)}", where=self.path)
        return names

    def _row(self, cells: list[str]) -> SetRow:
        values = dict(zip(self._names, cells, strict=False))
        try:
            diameter = float(values["diameter_mm"])
        except (KeyError, ValueError):
            raise DatasetError(
                f"the row of {cells[0]} cannot be understood", where=self.path
            ) from None
        return SetRow(values["id"], values["method"], values["zone"], diameter)
