"""What a detection-limit map keeps while it is made, so that it goes on after any end.

Each copy that was searched is a line of a file that only grows and is on the disk before the next
one begins. A run that was killed repeats the copy that it was at, and no other.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from napari_lesion_synth.dataset.append_only import append_lines, read_lines
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.experiment.case_json import case_from_json, case_to_json
from napari_lesion_synth.evaluation.limits.results import Insertion
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.files import write_atomic, writing

__all__ = ["PLAN", "RESULTS", "Kept", "begin", "keep_copy", "keep_untouched", "kept_in", "plan_of"]

PLAN = "plan.json"
"""What the map was asked for."""

RESULTS = "results.jsonl"
"""What was found, a line a copy."""


@dataclass
class Kept:
    """What is there already.

    Parameters
    ----------
    untouched : dict of str to CaseResult
        The CTs as they were, by name.
    own : dict of str to float
        The detector's own threshold, as it said in each.
    rows : dict of (str, str) to tuple of Insertion
        The copies, by CT and name.
    alarms : dict of (str, str) to tuple of float
        Scores of the false alarms in each.
    """

    untouched: dict[str, CaseResult] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    rows: dict[tuple[str, str], tuple[Insertion, ...]] = field(default_factory=dict)
    alarms: dict[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)

    @property
    def insertions(self) -> tuple[Insertion, ...]:
        """All lesions, by CT and copy."""
        return tuple(row for key in sorted(self.rows) for row in self.rows[key])


def begin(
    folder: Path,
    asked: Mapping[str, Any],
    about: Mapping[str, Any] | None = None,
    what: str = "detection-limit map",
) -> str:
    """Begin a map, or go on with one.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    asked : mapping
        JSON types: all that the results depend on.
    about : mapping, optional
        JSON types: what is to be known besides, such as where the CTs are.
    what : str
        What is begun, where it is no map.

    Returns
    -------
    str
        Hash of what is asked for.

    Raises
    ------
    DatasetError
        If the folder holds another map, or something else.
    StorageError
        If it cannot be written.
    """
    key = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    found = plan_of(folder)
    content = {"key": key, "asked": dict(asked), "about": dict(about or {})}
    if found.get("key") == key and found == content:
        return key
    if found.get("key") != key and (found or (folder / RESULTS).exists()):
        _refuse(folder, asked, found, what)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=1, ensure_ascii=False)
    write_atomic(folder / PLAN, (text + "\n").encode(), durable=True)
    return key


def _refuse(
    folder: Path, asked: Mapping[str, Any], found: Mapping[str, Any], what: str
) -> NoReturn:
    before = found.get("asked", {})
    changed = [name for name, value in asked.items() if before.get(name) != value]
    raise DatasetError(
        f"the folder holds another {what} (other: {', '.join(changed)})",
        where=folder,
        remedy="Choose another folder, or give the command that it was begun with",
    )


def plan_of(folder: Path) -> dict[str, Any]:
    """What the map in a folder was asked for; empty where there is none."""
    try:
        content = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def keep_untouched(folder: Path, ct: str, result: CaseResult, own: float) -> None:
    """Keep what was found in a CT as it was, and the detector's own threshold."""
    line = {"ct": ct, "untouched": case_to_json(result), "threshold": own}
    append_lines(folder / RESULTS, [line])


def keep_copy(
    folder: Path, ct: str, copy: str, rows: Sequence[Insertion], alarms: Sequence[float]
) -> None:
    """Keep what became of a copy."""
    line = {
        "ct": ct,
        "copy": copy,
        "alarms": [round(score, 6) for score in alarms],
        "rows": [row.to_json() for row in rows],
    }
    append_lines(folder / RESULTS, [line])


def kept_in(folder: Path, rule: HitRule) -> Kept:
    """What a folder holds; a line cut short by a crash is passed over.

    Parameters
    ----------
    folder : Path
        The map's.
    rule : HitRule
        By which it was judged.
    """
    kept = Kept()
    for line in read_lines(folder / RESULTS):
        # A line that does not hold what it should is one that is made again.
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            if "copy" in line:
                key = str(line["ct"]), str(line["copy"])
                rows = tuple(Insertion.from_json(row) for row in line["rows"])
                kept.alarms[key] = tuple(float(score) for score in line["alarms"])
                kept.rows[key] = rows
            else:
                result = case_from_json(line["untouched"], rule)
                kept.own[str(line["ct"])] = float(line["threshold"])
                kept.untouched[str(line["ct"])] = result
    return kept
