"""Deleting a participant: all that is kept under their code."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import writing
from napari_lesion_synth.perception.design.layout import RESULTS, gaze_folder, participant_path
from napari_lesion_synth.perception.ledger.ledger import Ledger, LedgerBusy, read_records
from napari_lesion_synth.perception.ledger.study_log import DELETED, log, study_records

__all__ = ["Erased", "erase_participant"]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was deleted, and what is left to do.

    Parameters
    ----------
    number : int or None
        Of the participant; None where the ledger was too damaged to tell.
    files : int
        How many files were deleted.
    stale : tuple of Path
        Results that were computed with the participant's data, to be computed anew.
    """

    number: int | None
    files: int
    stale: tuple[Path, ...]


def erase_participant(folder: Path, code: str) -> Erased:
    """Delete a participant's ledger and gaze.

    The study's own file notes that the participant of this number was deleted; neither the code
    nor anything else of them is left there.

    Parameters
    ----------
    folder : Path
        The study.
    code : str
        The participant's code.

    Returns
    -------
    Erased

    Raises
    ------
    InputError
        If nothing is kept under this code, or the participant's window is open.
    StorageError
        If something cannot be deleted; call it again then.
    """
    path, gaze = participant_path(folder, code), gaze_folder(folder, code)
    if not path.exists() and not gaze.exists():
        raise InputError(f"nothing is kept under the code {code!r}", where=folder)
    number = _number(path)
    files = int(path.exists()) + sum(found.is_file() for found in gaze.rglob("*"))
    if number is None or not _is_noted(folder, number):
        log(folder, DELETED, {"number": number})
    with writing(path):
        if gaze.exists():
            shutil.rmtree(gaze)
        path.unlink(missing_ok=True)  # last: while it is there, deleting can be called again
    results = folder / RESULTS
    stale = tuple(sorted(found for found in results.rglob("*") if found.is_file()))
    return Erased(number, files, stale)


def _number(path: Path) -> int | None:
    """Number of the participant; their ledger must not be open elsewhere."""
    if not path.exists():
        return None
    try:
        Ledger.open(path).close()
        return int(read_records(path)[0]["number"])
    except LedgerBusy:
        raise
    except (InputError, IndexError, KeyError, ValueError):
        return None


def _is_noted(folder: Path, number: int) -> bool:
    return any(r["kind"] == DELETED and r["number"] == number for r in study_records(folder))
