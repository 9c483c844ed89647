"""A person's verdicts on the lesions of a set: append-only, each of them can be taken back.

One line of JSON a verdict::

    {"id": "lesion_000007", "decision": "reject", "reason": "seam", "reviewer": "mk",
     "time": "2026-01-31T10:04:05.123+00:00", "batch": "5f0c61ab"}

Verdicts given at one stroke share a ``batch``. A line ``{"id": ..., "decision": "undo"}`` takes
back the last verdict on that lesion that still stands, or the one whose batch it names under
``"of"``. Nothing is ever deleted, so the file tells the whole story.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from napari_lesion_synth.dataset.append_only import Record, append_lines, read_lines
from napari_lesion_synth.dataset.layout import DECISIONS_JSONL

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
    append_lines(folder / DECISIONS_JSONL, records)


def read_records(folder: Path) -> list[Record]:
    """All verdicts and their undoing, in order; lines cut short by a crash are passed over."""
    lines = read_lines(folder / DECISIONS_JSONL)
    return [record for record in lines if isinstance(record.get("id"), str)]


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
