"""The files of a study's results: one home for their names, and whose answers they rest on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.perception.design.layout import RESULTS
from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.export.people import Cohort

__all__ = [
    "CACHE",
    "LIMITS_JSON",
    "POLICY_JSON",
    "RANKING_CSV",
    "REGRESSION_JSON",
    "REPORT_HTML",
    "SCALE_JSON",
    "origin",
    "read_result",
    "results_folder",
    "write_result",
]

SCALE_JSON, RANKING_CSV = "scale.json", "ranking.csv"
LIMITS_JSON, POLICY_JSON = "limits.json", "policy.json"
REGRESSION_JSON = "regression.json"
REPORT_HTML = "report.html"

CACHE = "cache"
"""Folder of what can be computed again from the photos alone; it may be deleted at any time."""


def results_folder(folder: Path) -> Path:
    """The study's results, made where there are none.

    Raises
    ------
    StorageError
        If it cannot be made.
    """
    results = folder / RESULTS
    with writing(results):
        results.mkdir(parents=True, exist_ok=True)
    return results


def origin(cohort: Cohort) -> dict[str, Any]:
    """What a result rests on: program, design, answers."""
    study = cohort.study
    return {
        "program": PROGRAM,
        "made_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "design_sha256": study.design.sha256,
        "frozen": study.frozen,
        "answers_sha256": cohort.sha256,
        "simulated": cohort.simulated,
        "participants": len(cohort.used),
        "left_out": len(cohort.left_out),
    }


def write_result(folder: Path, name: str, content: Mapping[str, Any]) -> Path:
    """Write a result as JSON.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    path = results_folder(folder) / name
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomic(path, text.encode())
    return path


def read_result(folder: Path, name: str) -> dict[str, Any] | None:
    """A result; None where there is none.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    path = folder / RESULTS / name
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("no object")
    except (OSError, ValueError) as cause:
        raise InputError(
            "the result cannot be read", where=path, remedy="Compute it again"
        ) from cause
    return content
