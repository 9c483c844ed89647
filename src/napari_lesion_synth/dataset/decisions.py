"""A person's verdicts on the lesions of a set: append-only, the last one wins."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from napari_lesion_synth.dataset.layout import DECISIONS_JSONL
from napari_lesion_synth.files import writing

__all__ = ["ACCEPT", "REJECT", "Keep", "append_decision", "read_decisions"]

ACCEPT: Literal["accept"] = "accept"
REJECT: Literal["reject"] = "reject"


class Keep(StrEnum):
    """Which lesions of a reviewed set to use."""

    AUTO = "auto"
    ACCEPTED = "accepted"
    NOT_REJECTED = "not-rejected"
    ALL = "all"


def append_decision(
    folder: Path, sample: str, decision: Literal["accept", "reject"], **more: Any
) -> None:
    """Add one verdict and make sure that it is on the disk.

    Parameters
    ----------
    folder : Path
        The set.
    sample : str
        Id of the lesion.
    decision : {"accept", "reject"}
        The verdict.
    **more
        Further JSON-able facts (reader, time, reason).

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    record = {"id": sample, "decision": decision, **more}
    path = folder / DECISIONS_JSONL
    with writing(path), path.open("ab+") as file:
        line = json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
        file.write(_newline_if_torn(file) + line.encode())
        file.flush()
        os.fsync(file.fileno())


def _newline_if_torn(file: Any) -> bytes:
    """A line that a crash cut short must not swallow the next one."""
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def read_decisions(folder: Path) -> dict[str, dict[str, Any]]:
    """The last verdict on each lesion, by id; lines cut short by a crash are passed over."""
    path = folder / DECISIONS_JSONL
    if not path.exists():
        return {}
    last: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(record, dict) and isinstance(record.get("id"), str):
            last[record["id"]] = record
    return last
