"""``samples.csv`` as it is written: appended to scene by scene, mended after a crash."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

from napari_lesion_synth.dataset.layout import COLUMNS
from napari_lesion_synth.dataset.reader import whole_lines
from napari_lesion_synth.dataset.rows import csv_line, header_line
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import writing
from napari_lesion_synth.locks import claim

__all__ = ["TableFile"]


class TableFile:
    """The open table of one writer.

    Parameters
    ----------
    path : Path
        ``samples.csv``; created if absent, and locked until `close`.

    Raises
    ------
    StorageError
        If it cannot be opened.
    DatasetError
        If another process writes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path):
            self._file = FileIO(os.fspath(path), "a+")
        if not claim(self._file):
            self._file.close()
            raise DatasetError(
                "another process is writing this set",
                where=path,
                remedy="Wait until it has finished, or choose another --out",
            )
        self._extra = 0

    def close(self) -> None:
        """Give the lock back."""
        self._file.close()

    def recover(self, scenes: Sequence[Sequence[str]]) -> list[dict[str, str]]:
        """Cut off what a killed run left half written.

        Parameters
        ----------
        scenes : sequence of sequence of str
            Ids of the lesions of each scene, in the order in which scenes are written.

        Returns
        -------
        list of dict
            Rows of the whole scenes at the head of the table; the rest is gone from the file.
        """
        lines = whole_lines(self.path)
        if not lines:
            self._cut(0)
            self._append(header_line())
            return []
        names = next(csv.reader([lines[0].decode()]))
        if tuple(names[: len(COLUMNS)]) != COLUMNS:
            raise DatasetError(
                f"the table has the columns {', '.join(names)}, not those of this program",
                where=self.path,
                remedy="Choose another output folder",
            )
        self._extra = len(names) - len(COLUMNS)
        cells = list(csv.reader(line.decode() for line in lines[1:]))
        whole = _whole_scenes([row[0] if row else "" for row in cells], scenes)
        self._cut(sum(len(line) for line in lines[: 1 + whole]))
        return [dict(zip(names, row, strict=False)) for row in cells[:whole]]

    def append(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Add the rows of one scene and wait until the disk has them.

        Raises
        ------
        StorageError
            If they cannot be written; the table is then as it was before.
        """
        self._append(b"".join(csv_line((*row, *[""] * self._extra)) for row in rows))

    def _append(self, data: bytes) -> None:
        size = self.path.stat().st_size
        with writing(self.path):
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[self._file.write(rest) or 0 :]
                os.fsync(self._file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    self._file.truncate(size)
                raise

    def _cut(self, size: int) -> None:
        if self.path.stat().st_size != size:
            with writing(self.path):
                self._file.truncate(size)


def _whole_scenes(found: Sequence[str], scenes: Sequence[Sequence[str]]) -> int:
    """Number of leading rows that make up whole scenes, in order."""
    rows = 0
    for scene in scenes:
        if list(found[rows : rows + len(scene)]) != list(scene):
            break
        rows += len(scene)
    return rows
