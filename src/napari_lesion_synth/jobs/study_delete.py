"""Deleting a participant: what is kept under their code, and all results that rest on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.events import Done, EventStream, Log, Started, StopToken
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.study_export import EXPORTED
from napari_lesion_synth.perception.design.layout import DESIGN_YAML
from napari_lesion_synth.perception.ledger.erase import erase_participant
from napari_lesion_synth.perception.ledger.study_log import study_records
from napari_lesion_synth.perception.session.enrolment import check_code
from napari_lesion_synth.wording import counted

__all__ = ["DeleteParticipant", "delete_participant"]


class DeleteParticipant(BaseModel):
    """Who is deleted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")
    code: str = Field(description="Code of the participant.")


def delete_participant(settings: DeleteParticipant, token: StopToken) -> EventStream:
    """Delete a participant's answers and gaze, and the results that they are part of.

    Whoever is half deleted because the disk or the power failed is deleted by the same call.

    Parameters
    ----------
    settings : DeleteParticipant
        Who.
    token : StopToken
        Checked before anything is deleted.

    Yields
    ------
    Event
        Started, Log (exports that still hold their data), Done.

    Raises
    ------
    Stopped
        If the token was set.
    ParameterError
        If that cannot be a code.
    InputError
        If there is no study, nothing is kept under the code, or the participant's window is open.
    StorageError
        If something cannot be deleted.
    """
    check_code(settings.code)
    folder = settings.folder.expanduser().absolute()
    if not (folder / DESIGN_YAML).exists():
        raise InputError("there is no study in this folder", where=folder)
    token.check()
    yield Started("study delete")
    erased = erase_participant(folder, settings.code)
    for path in erased.stale:
        with writing(path):
            path.unlink(missing_ok=True)
    if erased.stale:
        yield Log(
            f"{counted(len(erased.stale), 'file')} of results rested on these answers and were "
            "deleted: compute them again"
        )
    exports = _exports(folder)
    for place in exports:
        yield Log(
            f"{place} was exported with codes, and still holds the participant's data: delete it, "
            "or export again",
            "warning",
        )
    yield Done(
        {
            "folder": str(folder),
            # As in reports: people count from 1.
            "participant": None if erased.number is None else erased.number + 1,
            "files": erased.files,
            "results": len(erased.stale),
            "exports": list(exports),
        }
    )


def _exports(folder: Path) -> Sequence[str]:
    """Exports with codes that are still where they were written."""
    try:
        lines = study_records(folder)
    except InputError:  # damaged; deleting goes on
        return ()
    found = [
        str(line["to"]) for line in lines if line["kind"] == EXPORTED and not line["anonymous"]
    ]
    return tuple(place for place in dict.fromkeys(found) if Path(place).exists())
