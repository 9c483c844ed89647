"""What happened to the study as a whole: who was enrolled as which number, and what was changed.

Participants are named here by number alone; code and number meet only in the participant's own
file, so that deleting it deletes the link.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.freeze import frozen_differences, read_frozen
from napari_lesion_synth.perception.design.layout import DESIGN_YAML, STUDY_JSONL
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.ledger.ledger import Ledger, LedgerBusy, Record, read_records

__all__ = [
    "AMENDED",
    "DELETED",
    "ENROLLED",
    "amend",
    "amended_settings",
    "enrol",
    "log",
    "study_records",
]

ENROLLED, AMENDED, DELETED = "enrolled", "amended", "deleted"

_PATIENCE_S, _PAUSE_S = 10.0, 0.02


def study_records(folder: Path) -> list[Record]:
    """All lines of ``study.jsonl``.

    Raises
    ------
    InputError
        If a line is damaged.
    """
    path = folder / STUDY_JSONL
    return read_records(path) if path.exists() else []


def log(folder: Path, kind: str, facts: Mapping[str, Any]) -> Record:
    """Write one line; programs that do so at the same time wait for each other.

    Raises
    ------
    InputError
        If the file is damaged, or another program keeps it to itself.
    StorageError
        If it cannot be written.
    """
    with _opened(folder) as ledger:
        return ledger.append(kind, facts)


def enrol(folder: Path, *, simulated: bool = False) -> int:
    """Give the next participant a number, from 0; numbers are not given twice.

    Raises
    ------
    InputError, StorageError
        As `log`.
    """
    with _opened(folder) as ledger:
        number = sum(1 for record in ledger.records if record["kind"] == ENROLLED)
        ledger.append(ENROLLED, {"number": number, "simulated": simulated})
        return number


def amend(study: Study, design: StudyDesign, reason: str) -> Study:
    """Change a frozen design, on record.

    Participants who have begun go on with the design that they began with.

    Parameters
    ----------
    study : Study
        As it is.
    design : StudyDesign
        As it is to be. Also call this when a consent text was changed.
    reason : str
        Why.

    Returns
    -------
    Study
        With the new design.

    Raises
    ------
    ParameterError
        If there is no reason, nothing changes, or the photos would be others.
    InputError
        If the design was not frozen.
    StorageError
        If it cannot be written.
    """
    if not reason.strip():
        raise ParameterError("an amendment has a reason", remedy="Say why the design is changed")
    if design.stimuli != study.design.stimuli:
        raise ParameterError(
            "photos cannot be changed after freezing", remedy="Make a new study with them"
        )
    new = Study(study.folder, design, study.stimuli)
    recorded = amended_settings(new)
    found = frozen_differences(new, read_frozen(study.folder))
    changed = {name: both for name, both in found.items() if name not in recorded}
    if not changed:
        raise ParameterError("nothing differs from what was frozen, or is on record")
    facts = {name: {"before": a, "after": b} for name, (a, b) in changed.items()}
    log(study.folder, AMENDED, {"changed": facts, "reason": reason, "design_sha256": design.sha256})
    design.save(study.folder / DESIGN_YAML)
    return new


def amended_settings(study: Study) -> frozenset[str]:
    """Names of the settings whose present value is on record as an amendment."""
    found: dict[str, Any] = {}
    for record in study_records(study.folder):
        if record["kind"] == AMENDED:
            found |= {name: change["after"] for name, change in record["changed"].items()}
    present = frozen_differences(study, read_frozen(study.folder))
    return frozenset(
        name for name, (_, value) in present.items() if name in found and found[name] == value
    )


@contextmanager
def _opened(folder: Path) -> Iterator[Ledger]:
    """The study's ledger, made where there is none; waits for other programs."""
    deadline = time.monotonic() + _PATIENCE_S
    ledger = _try_to_open(folder / STUDY_JSONL)
    while isinstance(ledger, LedgerBusy):
        if time.monotonic() > deadline:
            raise ledger
        time.sleep(_PAUSE_S)
        ledger = _try_to_open(folder / STUDY_JSONL)
    with ledger:
        yield ledger


def _try_to_open(path: Path) -> Ledger | LedgerBusy:
    try:
        with suppress(FileExistsError):
            if not path.exists():
                return Ledger.create(path)
        return Ledger.open(path)
    except LedgerBusy as busy:
        return busy
