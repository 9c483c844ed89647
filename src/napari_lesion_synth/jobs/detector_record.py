"""What the folder of a detector's training remembers: its events, and from what it was made.

Neither is needed to go on with the training, so neither may end it: what cannot be written is told
once, and left out.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from napari_lesion_synth import __version__
from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.events import Event, Log, to_json
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.detector_job import DetectorJob
from napari_lesion_synth.jobs.detector_lessons import Gathered

__all__ = [
    "EVENTS_JSONL",
    "PROVENANCE_JSON",
    "Journal",
    "library_versions",
    "provenance_of",
    "write_provenance",
]

EVENTS_JSONL = "events.jsonl"
"""One event a line, as `events.to_json`; a training that goes on appends."""

PROVENANCE_JSON = "provenance.json"
"""Settings, data and software."""

_LIBRARIES = ("numpy", "scipy", "scikit-image", "SimpleITK", "torch", "monai")


class Journal:
    """The events of a training, on the disk as they come.

    Parameters
    ----------
    folder : Path
        Of the training.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / EVENTS_JSONL
        self._broken = False
        self._fresh = True

    def write(self, event: Event) -> Iterable[Log]:
        """Append an event; what there is to say if that does not work any more."""
        if self._broken:
            return ()
        try:
            with self.path.open("a+b") as file:
                if self._fresh and _torn(self.path):
                    file.write(b"\n")
                file.write(to_json(event).encode() + b"\n")
        except (OSError, ValueError) as error:
            self._broken = True
            what = getattr(error, "strerror", None) or error
            return (Log(f"the events are not written down any more ({what})", "warning"),)
        self._fresh = False
        return ()


def provenance_of(job: DetectorJob, gathered: Gathered, device: str) -> dict[str, Any]:
    """From what a detector is made, as JSON types.

    Parameters
    ----------
    job : DetectorJob
        What was asked for.
    gathered : Gathered
        What was read.
    device : str
        Where it is trained, in words.
    """
    facts = gathered.lessons.facts
    return {
        "program": "napari-lesion-synth",
        "version": __version__,
        "software": {"python": platform.python_version(), **library_versions()},
        "device": device,
        "settings": job.settings.model_dump(mode="json"),
        "data": job.data.model_dump(mode="json"),
        "split": [{**asdict(row), "part": row.part.value} for row in gathered.rows],
        "lineage": list(facts["lineage"]),
        "donors": list(facts["donors"]),
        "hosts": list(facts["hosts"]),
        "exam": list(facts["exam"]),
        "sets": dict(facts["sets"]),
        "generator": facts["generator"],
        "files": job.files.model_dump(mode="json", exclude_defaults=True),
    }


def write_provenance(
    folder: Path, content: Mapping[str, Any], product: Mapping[str, Any] | None = None
) -> Sequence[Log]:
    """Write it down, with one more run of those before; what there is to say if it cannot be.

    Parameters
    ----------
    folder : Path
        Of the training.
    content : mapping
        From `provenance_of`.
    product : mapping, optional
        The result of a training that has ended; it belongs to the run that was written last.
    """
    path = folder / PROVENANCE_JSON
    runs = _runs(path)
    if product is None:
        here = {name: content[name] for name in ("version", "device")}
        runs.append({"begun": datetime.now(UTC).isoformat(timespec="seconds"), **here})
    whole = {**content, "runs": runs, "product": dict(product or {})}
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    try:
        write_atomic(path, (text + "\n").encode())
    except (StorageError, ValueError) as error:
        return (Log(f"the provenance is not written down: {error}", "warning"),)
    return ()


def _runs(path: Path) -> list[dict[str, Any]]:
    """The runs so far; none where the file is missing or damaged."""
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [run for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []


def _torn(path: Path) -> bool:
    """Whether a killed run left half a line."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if not size:
            return False
        file.seek(size - 1)
        return file.read(1) != b"\n"


def library_versions() -> dict[str, str]:
    """Versions of the libraries on which results may depend, where they are installed."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
