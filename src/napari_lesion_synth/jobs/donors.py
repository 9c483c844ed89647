"""Collecting donors in a library."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import list_donors, save_donors

__all__ = ["DonorSettings", "collect_donors"]


class DonorSettings(BaseModel):
    """Where donors come from, and where they go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[CaseFiles, ...] = Field(min_length=1, description="CTs with labelled lesions")
    out: Path = Field(description="the library; donors are added to those it holds")
    min_diameter_mm: float = Field(3.0, ge=0, description="smallest lesion to take, in mm")
    margin_mm: float = Field(10.0, ge=0, le=100, description="surroundings kept, in mm")
    split: bool = Field(False, description="part labels that are two lesions grown together")


def collect_donors(settings: DonorSettings, token: StopToken) -> EventStream:
    """Cut the labelled lesions out of CTs and add them to a library.

    Parameters
    ----------
    settings : DonorSettings
        From where, and where to.
    token : StopToken
        Checked at each CT.

    Yields
    ------
    Event
        Started, Log, Progress (in CTs), Artifact (the library), Done.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If a CT has no usable lesion, or the library cannot be written.
    """
    yield Started("extract-donors", len(settings.cases))
    count = 0
    for number, files in enumerate(settings.cases, start=1):
        token.check()
        if files.lesions is None:
            raise ParameterError(
                "no lesion labels were given for this CT",
                where=files.ct,
                remedy="Give them (--lesions FILE)",
            )
        yield Log(f"reading {files.ct}")
        case = yield from tell(partial(reread_case, files.inputs()))
        found = yield from tell(
            partial(
                extract_donors,
                case,
                min_diameter_mm=settings.min_diameter_mm,
                margin_mm=settings.margin_mm,
                split=settings.split,
            )
        )
        yield from tell(partial(save_donors, found, settings.out))
        count += len(found)
        yield Progress(number, len(settings.cases), f"{len(found)} donors from {case.patient}")
    held = len(list_donors(settings.out))
    yield Log(f"{count} donors found; the library holds {held}")
    yield Artifact("donor-library", str(settings.out))
    yield Done({"library": str(settings.out), "found": count, "held": held})
