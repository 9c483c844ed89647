"""Everything a tracker sent, as it came: rows of numbers that only grow.

``NAME.f64`` holds rows of little-endian float64, and ``NAME.f64.json`` says what the columns are.
A row that a crash cut short is dropped when the file is read or continued.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.perception.gaze.samples import Floats
from napari_lesion_synth.perception.gaze.sources.protocol import Clock

__all__ = ["RawFile", "read_raw"]

_BYTES = 8
_EVERY_S = 1.0
"""How often the disk is waited for: a crash of the machine costs at most so much raw gaze."""


class RawFile:
    """A file that rows are added to.

    Parameters
    ----------
    path : Path
        The file; its folder exists. One that is there is continued.
    columns : tuple of str
        What the columns are.
    facts : dict
        What else is worth knowing, of JSON types.

    Raises
    ------
    InputError
        If the file that is there has other columns.
    StorageError
        If it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        columns: tuple[str, ...],
        facts: dict[str, Any],
        *,
        clock: Clock = time.monotonic,
    ) -> None:
        self._path, self._clock = path, clock
        head = _head(path)
        if head.exists() and _columns(path) != columns:
            raise InputError(
                "the file holds gaze of another tracker",
                where=path,
                remedy="Choose another file for this one",
            )
        content = {"columns": list(columns), "facts": facts}
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
        write_atomic(head, text.encode() + b"\n")
        with writing(path):
            self._file: BinaryIO = path.open("ab", buffering=0)
            whole = len(columns) * _BYTES
            self._file.truncate(self._file.tell() // whole * whole)
        self._synced = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, rows: Floats) -> None:
        """Add rows, shape (n, columns).

        Raises
        ------
        StorageError
            If they cannot be written.
        """
        with writing(self._path):
            rest = memoryview(np.ascontiguousarray(rows, "<f8").tobytes())
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
            if self._clock() - self._synced >= _EVERY_S:
                os.fsync(self._file.fileno())
                self._synced = self._clock()

    def close(self) -> None:
        """Wait for the disk, and end."""
        if self._file.closed:
            return
        try:
            with writing(self._path):
                os.fsync(self._file.fileno())
        finally:
            self._file.close()


def read_raw(path: Path) -> tuple[tuple[str, ...], Floats]:
    """Columns and rows of a raw file, shape (n, columns).

    Raises
    ------
    InputError
        If it is gone, or what its columns are.
    """
    columns = _columns(path)
    try:
        content = path.read_bytes()
    except OSError as cause:
        raise InputError("the raw gaze cannot be read", where=path) from cause
    whole = len(columns) * _BYTES
    rows = np.frombuffer(content[: len(content) // whole * whole], "<f8")
    return columns, rows.astype(np.float64).reshape(-1, len(columns))


def _head(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _columns(path: Path) -> tuple[str, ...]:
    try:
        found = json.loads(_head(path).read_text(encoding="utf-8"))["columns"]
        columns = tuple(str(name) for name in found)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise InputError(
            "what the columns of the raw gaze are cannot be read",
            where=_head(path),
            remedy="Bring this file back; it was written with the gaze",
        ) from cause
    if not columns:
        raise InputError("the raw gaze has no columns", where=_head(path))
    return columns
