"""A person's verdicts on the lesions of a set: append-only, each of them can be taken back.

One line of JSON a verdict::

    {"id": "lesion_000007", "decision": "reject", "reason": "seam", "reviewer": "mk",
     "time": "2026-01-31T10:04:05.123+00:00", "batch": "5f0c61ab"}

Verdicts given at one stroke share a ``batch``. A line ``{"id": ..., "decision": "undo"}`` takes
back the last verdict on that lesion that still stands, or the one whose batch it names under
``"of"``. Nothing is ever deleted, so the file tells the whole story.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Literal

from napari_lesion_synth.dataset.layout import DECISIONS_JSONL
from napari_lesion_synth.dataset.lock import lock
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import writing

__all__ = [
    "ACCEPT",
    "REJECT",
    "UNDO",
    "Keep",
    "append_decision",
    "append_records",
    "read_decisions",
    "read_records",
    "standing",
]

ACCEPT: Literal["accept"] = "accept"
REJECT: Literal["reject"] = "reject"
UNDO: Literal["undo"] = "undo"

Record = dict[str, Any]

_PATIENCE_S = 5.0
_PAUSE_S = 0.01


class Keep(StrEnum):
    """Which lesions of a reviewed set to use."""

    AUTO = "auto"
    ACCEPTED = "accepted"
    NOT_REJECTED = "not-rejected"
    ALL = "all"


def append_decision(
    folder: Path, sample: str, decision: Literal["accept", "reject", "undo"], **more: Any
) -> None:
    """Add one verdict and make sure that it is on the disk.

    Parameters
    ----------
    folder : Path
        The set.
    sample : str
        Id of the lesion.
    decision : {"accept", "reject", "undo"}
        The verdict; ``"undo"`` takes the last one on this lesion back.
    **more
        Further JSON-able facts (reviewer, time, reason).

    Raises
    ------
    StorageError
        If it cannot be written.
    DatasetError
        If another program keeps the file to itself.
    """
    append_records(folder, [{"id": sample, "decision": decision, **more}])


def append_records(folder: Path, records: Sequence[Record]) -> None:
    """Add several lines at once: all of them reach the disk before this returns.

    Programs that append at the same time wait for each other.

    Parameters
    ----------
    folder : Path
        The set.
    records : sequence of dict
        JSON types, with ``id`` and ``decision``.

    Raises
    ------
    StorageError
        If they cannot be written; nothing of them is left then.
    DatasetError
        If another program keeps the file to itself.
    """
    lines = [json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records]
    path = folder / DECISIONS_JSONL
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


@contextlib.contextmanager
def _claimed(file: Any, path: Path) -> Iterator[None]:
    """Wait for other programs; the lock falls when the file is closed."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            _lock_decisions(file, path)
            break
        except DatasetError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
    yield


def _lock_decisions(file: BinaryIO, path: Path) -> None:
    try:
        lock(file, path)
    except DatasetError as error:
        raise DatasetError(
            "another program keeps the verdicts of this set to itself",
            where=path,
            remedy="Close the other program and give the verdict again",
        ) from error


def _newline_if_torn(file: Any, size: int) -> bytes:
    """A line that a crash cut short must not swallow the next one."""
    if size == 0:
        return b""
    file.seek(size - 1)
    return b"" if file.read(1) == b"\n" else b"\n"


def read_records(folder: Path) -> list[Record]:
    """All verdicts and their undoing, in order; lines cut short by a crash are passed over."""
    path = folder / DECISIONS_JSONL
    if not path.exists():
        return []
    records = []
    for line in path.read_bytes().split(b"\n"):
        with contextlib.suppress(ValueError):
            record = json.loads(line.decode(errors="replace"))
            if isinstance(record, dict) and isinstance(record.get("id"), str):
                records.append(record)
    return records


def standing(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Verdicts that were not taken back, by lesion, the last one last."""
    stacks: dict[str, list[Record]] = {}
    for record in records:
        stack = stacks.setdefault(record["id"], [])
        if record.get("decision") != UNDO:
            stack.append(record)
        elif (of := record.get("of")) is None:
            del stack[-1:]
        else:
            stack[:] = [other for other in stack if other.get("batch") != of]
    return {name: stack for name, stack in stacks.items() if stack}


def read_decisions(folder: Path) -> dict[str, Record]:
    """The verdict on each lesion that stands, by id; lesions without one are left out."""
    return {name: stack[-1] for name, stack in standing(read_records(folder)).items()}
