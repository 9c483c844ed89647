"""What ``dataset.json`` says of a set, and whether two sets were asked for alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from napari_lesion_synth.dataset.layout import (
    BLOCK,
    CHANNELS,
    FILE_ENDING,
    LABEL_VALUES,
    SCHEMA,
)
from napari_lesion_synth.errors import DatasetError

__all__ = ["check_same", "header_bytes", "header_of"]

_ABSENT = "nothing"
_FREE = ("software", "inputs", "source")
"""Facts that may differ: moved files keep their hashes, and hashes are compared."""


def header_of(facts: dict[str, Any], volumes: int) -> dict[str, Any]:
    """Content of ``dataset.json``.

    Parameters
    ----------
    facts : dict
        How the set was asked for, JSON-able; see `napari_lesion_synth.jobs.plan`.
    volumes : int
        Number of whole volumes in the set.
    """
    return {
        "channel_names": CHANNELS,
        "labels": LABEL_VALUES,
        "numTraining": volumes,
        "file_ending": FILE_ENDING,
        BLOCK: {"schema": SCHEMA, **facts},
    }


def header_bytes(header: dict[str, Any]) -> bytes:
    """The header as it is written; floats and paths included, equal content gives equal bytes."""
    return (json.dumps(header, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def check_same(found: dict[str, Any], asked: dict[str, Any], folder: Path) -> None:
    """Make sure that a set on disk is the one asked for.

    Parameters
    ----------
    found, asked : dict
        Headers.
    folder : Path
        The set on disk.

    Raises
    ------
    DatasetError
        If not; the message says what differs.
    """
    asked = json.loads(header_bytes(asked))  # tuples become lists, as they are on disk
    differences = list(_differences(found[BLOCK], asked[BLOCK], ""))
    if differences:
        shown = "; ".join(differences[:5])
        more = f"; and {len(differences) - 5} more" if len(differences) > 5 else ""
        raise DatasetError(
            f"the folder holds another set: {shown}{more}",
            where=folder,
            remedy="Choose another output folder, or repeat the command that made this set",
        )


def _differences(found: object, asked: object, name: str) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(asked, dict):
        for key in [*asked, *(k for k in found if k not in asked)]:
            if key not in _FREE:
                place = f"{name}.{key}" if name else key
                yield from _differences(found.get(key, _ABSENT), asked.get(key, _ABSENT), place)
    elif isinstance(found, list) and isinstance(asked, list) and len(found) == len(asked):
        for number, (one, other) in enumerate(zip(found, asked, strict=True)):
            yield from _differences(one, other, f"{name}[{number}]")
    elif found != asked:
        yield f"{name} is {_short(found)} there and {_short(asked)} here"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."
