"""Cross-validations that are kept as they end, so that a run that was stopped goes on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.perception.regression.crossval import OutOfFold

_ARRAYS = ("rows", "predicted", "target", "half_width")
_NAMES = ("items", "dishes", "clusters", "chosen")


class KeptRuns:
    """A file with one line a cross-validation; a torn last line is made again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue
                self._known[row["key"]] = row

    def get(self, key: str, make: Callable[[], OutOfFold]) -> OutOfFold:
        """What is kept under a key, or what `make` makes."""
        if key not in self._known:
            begun = time.perf_counter()
            found = make()
            row: dict[str, Any] = {"key": key, "seconds": round(time.perf_counter() - begun, 1)}
            row |= {name: getattr(found, name).tolist() for name in _ARRAYS}
            row |= {name: list(getattr(found, name)) for name in _NAMES}
            self._append({**row, "model": found.model})
            print(f"  {key}: MAE {found.errors.mean():.3f}, {row['seconds']} s", flush=True)
        return _read(self._known[key])

    def _append(self, row: dict[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._known[row["key"]] = json.loads(json.dumps(row))


def _read(row: dict[str, Any]) -> OutOfFold:
    clusters, dishes = tuple(row["clusters"]), tuple(row["dishes"])
    return OutOfFold(
        model=row["model"],
        rows=np.array(row["rows"], np.int64),
        predicted=np.array(row["predicted"]),
        target=np.array(row["target"]),
        half_width=np.array(row["half_width"]),
        items=tuple(row["items"]),
        dishes=dishes,
        clusters=dishes if clusters == dishes else clusters,
        chosen=tuple(row["chosen"]),
    )
