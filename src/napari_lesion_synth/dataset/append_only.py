"""Files of JSON lines that only grow: each line is on the disk before the call returns."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import writing
from napari_lesion_synth.locks import claim

__all__ = ["Record", "append_lines", "read_lines"]

Record = dict[str, Any]

_PATIENCE_S = 5.0
_PAUSE_S = 0.01


def append_lines(path: Path, records: Sequence[Record]) -> None:
    """Add several lines at once: all of them reach the disk before this returns.

    Programs that append at the same time wait for each other.

    Parameters
    ----------
    path : Path
        The file; its folder exists.
    records : sequence of dict
        JSON types.

    Raises
    ------
    StorageError
        If they cannot be written; nothing of them is left then.
    DatasetError
        If another program keeps the file to itself.
    """
    lines = [json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records]
    with writing(path), path.open("ab+", buffering=0) as file, _claimed(file, path):
        size = file.seek(0, os.SEEK_END)
        try:
            rest = memoryview(_newline_if_torn(file, size) + "".join(lines).encode())
            while rest:
                rest = rest[file.write(rest) or 0 :]
            os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(size)
            raise


def read_lines(path: Path) -> list[Record]:
    """All records in order; lines cut short by a crash are passed over, no file holds none."""
    if not path.exists():
        return []
    records = []
    for line in path.read_bytes().split(b"\n"):
        with contextlib.suppress(ValueError):
            record = json.loads(line.decode(errors="replace"))
            if isinstance(record, dict):
                records.append(record)
    return records


@contextlib.contextmanager
def _claimed(file: Any, path: Path) -> Iterator[None]:
    """Wait for other programs; the lock falls when the file is closed."""
    deadline = time.monotonic() + _PATIENCE_S
    while not claim(file):
        if time.monotonic() > deadline:
            raise DatasetError(
                "another program keeps the verdicts to itself",
                where=path,
                remedy="Close the other program and give the verdict again",
            )
        time.sleep(_PAUSE_S)
    yield


def _newline_if_torn(file: Any, size: int) -> bytes:
    """A line that a crash cut short must not swallow the next one."""
    if size == 0:
        return b""
    file.seek(size - 1)
    return b"" if file.read(1) == b"\n" else b"\n"
