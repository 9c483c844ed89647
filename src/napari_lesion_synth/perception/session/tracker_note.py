"""How a tracker was read, as each sitting has it on record; and how the last one was.

It belongs to the sitting, not to the design: another tracker, or another computer beside it,
sends the same gaze in other channels and units.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.ledger.ledger import Record, read_records
from napari_lesion_synth.perception.ledger.records import NOTED

__all__ = ["TRACKER", "last_tracker", "tracker_facts", "tracker_words"]

TRACKER = "tracker"
"""Text of the note."""


def tracker_facts(settings: LslSettings) -> dict[str, Any]:
    """What a sitting's note says, of JSON types."""
    return {"settings": settings.model_dump(mode="json")}


def last_tracker(study: Study, code: str | None = None) -> LslSettings | None:
    """How the tracker was read the last time.

    Parameters
    ----------
    study : Study
        The study.
    code : str, optional
        Of a participant, whose own last sitting is asked first.

    Returns
    -------
    LslSettings or None
        None where no sitting had a tracker.
    """
    own = _notes(study, (code,) if code in study.codes else ())
    notes = own or _notes(study, study.codes)
    return max(notes, key=lambda note: note[0])[1] if notes else None


def tracker_words(settings: LslSettings) -> str:
    """What differs from the usual settings."""
    usual = LslSettings().model_dump()
    told = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in settings.model_dump().items()
        if value != usual[name]
    ]
    return ", ".join(told) or "the usual settings"


def _notes(study: Study, codes: Iterable[str | None]) -> list[tuple[str, LslSettings]]:
    """When each sitting with a tracker began, and its settings."""
    found = []
    for code in codes:
        try:
            records = read_records(participant_path(study.folder, str(code)))
        except InputError:  # damaged: whoever reads its answers is told
            continue
        for record in records:
            if record["kind"] == NOTED and record.get("text") == TRACKER:
                settings = _settings(record)
                if settings is not None:
                    found.append((str(record["t"]), settings))
    return found


def _settings(record: Record) -> LslSettings | None:
    try:
        return LslSettings.model_validate(record["facts"]["settings"])
    except (KeyError, TypeError, ValidationError):  # of another version
        return None
