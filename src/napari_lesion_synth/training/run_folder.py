"""The folder of one training: what it is, where it stands, what it reported."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import CheckpointError, TrainingError
from napari_lesion_synth.events import Metric
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.locks import claim
from napari_lesion_synth.training.checkpoint import read_torch, torch_bytes

__all__ = ["LOCK", "METRICS_JSONL", "RESUME", "TRAINING_JSON", "RunFolder", "read_metrics"]

LOCK = "training.lock"
"""Claimed by whoever trains in the folder; empty."""

TRAINING_JSON = "training.json"
"""What is trained, from what."""

METRICS_JSONL = "metrics.jsonl"
"""One line a number: name, value, step."""

RESUME = "resume.pt"
"""State to go on from."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One training on the disk.

    Parameters
    ----------
    path : Path
        The folder; made by `opened`.
    """

    path: Path

    @classmethod
    @contextlib.contextmanager
    def opened(cls, path: Path, job: str, facts: Mapping[str, Any]) -> Iterator[RunFolder]:
        """Begin a training's folder, or come back to it; nobody else can meanwhile.

        Parameters
        ----------
        path : Path
            The folder.
        job : str
            What is trained.
        facts : mapping
            JSON types that tell this training from others.

        Raises
        ------
        TrainingError
            If the folder holds another training, or another process trains in it.
        StorageError
            If it cannot be written.
        """
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
            lock = (path / LOCK).open("ab")
        with lock:
            if not claim(lock):
                raise TrainingError(
                    "another process is training in this folder",
                    where=path,
                    remedy="Wait until it has finished, or choose another folder",
                )
            content = json.loads(json.dumps({"job": job, **facts}, sort_keys=True))
            file = path / TRAINING_JSON
            if file.exists():
                _require_same(file, content)
            else:
                text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
                write_atomic(file, (text + "\n").encode(), durable=True)
            yield cls(path)

    def keep(self, state: dict[str, Any]) -> None:
        """Write the state to go on from; the one before stays until this one is whole."""
        write_atomic(self.path / RESUME, torch_bytes(state), durable=True)

    def resume(self) -> dict[str, Any] | None:
        """As `last`; what was reported after that state is taken out of the metrics.

        Raises
        ------
        CheckpointError
            If the state is damaged.
        """
        state = self.last()
        self._cut(0 if state is None else int(state["step"]))
        return state

    def last(self) -> dict[str, Any] | None:
        """The state written last, or None.

        Raises
        ------
        CheckpointError
            If the state is damaged.
        """
        file = self.path / RESUME
        if not file.exists():
            return None
        try:
            state = read_torch(file)
        except CheckpointError as error:
            raise _damaged(file, f": {error.what}") from error
        if not isinstance(state, dict) or not {"step", "seconds", "learner"} <= state.keys():
            raise _damaged(file)
        return state

    def append(self, metric: Metric) -> None:
        """Write down one number."""
        path = self.path / METRICS_JSONL
        line = json.dumps({"name": metric.name, "value": metric.value, "step": metric.step})
        with writing(path), path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _cut(self, step: int) -> None:
        """Drop what was reported after a step."""
        path = self.path / METRICS_JSONL
        if not path.exists():
            return
        kept = [metric for metric in read_metrics(self.path) if metric.step <= step]
        write_atomic(path, b"")
        for metric in kept:
            self.append(metric)


def read_metrics(folder: Path) -> list[Metric]:
    """The numbers that a training has reported, in their order; torn lines are passed over."""
    path = folder / METRICS_JSONL
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            item = json.loads(line)
            found.append(Metric(str(item["name"]), float(item["value"]), int(item["step"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _damaged(file: Path, reason: str = "") -> CheckpointError:
    return CheckpointError(
        f"the state of the training is damaged{reason}",
        where=file,
        remedy="Delete it, and the training begins anew",
    )


def _require_same(file: Path, content: dict[str, Any]) -> None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise TrainingError(
            "the description of the training that is in this folder is damaged",
            where=file,
            remedy="Choose an empty folder",
        ) from cause
    if found == content:
        return
    keys = found.keys() | content.keys() if isinstance(found, dict) else content.keys()
    other = sorted(key for key in keys if found.get(key) != content.get(key))
    raise TrainingError(
        f"this folder holds another training (it differs in: {', '.join(other)})",
        where=file.parent,
        remedy="Choose an empty folder, or give the same data and settings to go on",
    )
