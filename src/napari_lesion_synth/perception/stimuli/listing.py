"""The file that says which photos a study has: their names, hashes, categories and views."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.perception.stimuli.photos import Stimulus, StimulusSet

__all__ = ["listing", "read_listing", "write_listing"]

_FIELDS = {"id", "file", "sha256", "width", "height", "category", "view"}


def listing(stimuli: StimulusSet, folder: Path) -> list[dict[str, Any]]:
    """The photos as JSON types; paths are relative to `folder` where they lie in it."""
    return [_entry(stimulus, folder) for stimulus in stimuli]


def write_listing(path: Path, stimuli: StimulusSet, folder: Path) -> None:
    """Write the file.

    Parameters
    ----------
    path : Path
        The file.
    stimuli : StimulusSet
        The photos.
    folder : Path
        Where they are.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    content = {"photos": listing(stimuli, folder)}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_atomic(path, text.encode(), durable=True)


def read_listing(path: Path, folder: Path) -> StimulusSet:
    """The photos of a study; the photos themselves are not looked at.

    Parameters
    ----------
    path : Path
        The file.
    folder : Path
        Where the photos are.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return StimulusSet(tuple(_stimulus(entry, folder) for entry in content["photos"]))
    except (OSError, ValueError, TypeError, KeyError) as cause:
        raise InputError(
            "the list of photos cannot be read",
            where=path,
            remedy="Bring back the file as it was, or make the study anew",
        ) from cause


def _entry(stimulus: Stimulus, folder: Path) -> dict[str, Any]:
    entry = asdict(stimulus)
    path = entry.pop("path")
    inside = path.is_relative_to(folder)
    return {**entry, "file": path.relative_to(folder).as_posix() if inside else str(path)}


def _stimulus(entry: Mapping[str, Any], folder: Path) -> Stimulus:
    if set(entry) != _FIELDS:
        raise KeyError("file")
    facts = {key: value for key, value in entry.items() if key != "file"}
    return Stimulus(path=folder / entry["file"], **facts)
