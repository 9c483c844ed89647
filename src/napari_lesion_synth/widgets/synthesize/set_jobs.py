"""Jobs that write kept lesions, run to their end in the calling thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.events import Done, EventStream, Log, Progress, StopToken
from napari_lesion_synth.jobs.export import ExportSettings, export
from napari_lesion_synth.jobs.place import PlaceSettings, place
from napari_lesion_synth.project.model import Project
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["Told", "export_set", "write_set"]

Told = Callable[[str], None]
"""Hears of progress and of warnings, in words."""


def write_set(
    project: Project,
    out: Path,
    case: Case,
    donors: Sequence[Donor],
    samples: Mapping[int, Sample],
    told: Told,
) -> dict[str, Any]:
    """Write the kept lesions of a project as a set; see `jobs.place`.

    Raises
    ------
    LesionSynthError
        If the set cannot be made or written.
    """
    settings = PlaceSettings(project=project, out=out)
    return _result(
        place(settings, StopToken(), cases=(case,), donors=donors, samples=samples), told
    )


def export_set(folder: Path, out: Path, case: Case, told: Told) -> dict[str, Any]:
    """Write a set as a raw dataset of nnU-Net; see `jobs.export`.

    Raises
    ------
    LesionSynthError
        If the set cannot be read, or the dataset not be written.
    """
    return _result(export(ExportSettings(folder=folder, out=out), StopToken(), cases=(case,)), told)


def _result(stream: EventStream, told: Told) -> dict[str, Any]:
    """What the job says it has done."""
    result: dict[str, Any] = {}
    for event in stream:
        match event:
            case Progress(done=done, total=total, text=text):
                told(f"{text or 'writing'}: {done} of {total}")
            case Log(text=text, level="warning"):
                told(f"\u26a0 {text}")
            case Done(result=found):
                result = found
    return result
