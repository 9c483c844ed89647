"""The demo's sets: lesions in a part of a real CT and in a simulated one, looked at and remade."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pandas as pd

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.report import Section, figure, paragraph, table
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import Artifact, Done, Event, EventStream, Log, StopToken
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.materials import load_case
from napari_lesion_synth.jobs.replay import ReplaySettings, replay
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings
from napari_lesion_synth.jobs.sheets import SheetSettings, make_contact_sheet

__all__ = ["make_and_look", "simulate"]

_ON_A_SHEET = 8


def simulate(seed: int, folder: Path) -> tuple[CaseFiles, Case]:
    """Write a simulated patient as a user would have a real one: three NIfTI files.

    Parameters
    ----------
    seed : int
        Of the phantom.
    folder : Path
        Where to; its parent exists.

    Returns
    -------
    files : CaseFiles
        Of the patient.
    case : Case
        As read from them.

    Raises
    ------
    StorageError
        If they cannot be written.
    """
    made = phantom(seed=seed, lesions=8)
    with writing(folder):
        folder.mkdir(exist_ok=True)
    ct, organ, lesions = (str(folder / f"{n}.nii.gz") for n in ("ct", "liver", "lesions"))
    write_volume(ct, made.volume, synthetic=True)
    write_mask(organ, made.require_organ().mask, made.volume)
    assert made.lesions is not None  # phantoms know their lesions
    write_mask(lesions, made.lesions, made.volume)
    files = CaseFiles(ct=ct, organ=organ, lesions=lesions, patient=f"phantom-{seed}")
    return files, load_case(files)


def make_and_look(
    title: str, request: GenerateSettings, token: StopToken
) -> Generator[Event, None, Section]:
    """Make a set, draw its contact sheet, remake it from its recipes, and describe all three.

    Parameters
    ----------
    title : str
        Of the section.
    request : GenerateSettings
        The set.
    token : StopToken
        Checked by each step.

    Yields
    ------
    Event
        What the steps say, without their progress.

    Returns
    -------
    Section

    Raises
    ------
    DatasetError
        If a lesion comes out differently.
    LesionSynthError
        If a step fails.
    """
    yield from _quietly(generate(request, token))
    picture = request.out / "contact-sheet.png"
    yield from _quietly(
        make_contact_sheet(SheetSettings(folder=request.out, out=picture, n=_ON_A_SHEET), token)
    )
    same = total = 0
    for event in replay(ReplaySettings(folder=request.out), token):
        if isinstance(event, Done):
            same, total = int(event.result["same"]), int(event.result["total"])
    if same != total:
        raise DatasetError(
            f"only {same} of {total} lesions came out the same when they were made again",
            where=request.out,
            remedy="Please report this, with the output of `napari-lesion-synth doctor`",
        )
    generated = GeneratedSet.open(request.out)
    return Section(
        title,
        (
            table(_counts(generated)),
            paragraph(f"Remade from the recipes: {same} of {total} lesions are the same bytes."),
            figure(
                picture.read_bytes(),
                f"{title}: before, after, difference and label of {_ON_A_SHEET} lesions",
            ),
        ),
    )


def _quietly(events: EventStream) -> Generator[Event, None, None]:
    """What a step says, without its start, end and progress, which are the demo's own."""
    for event in events:
        if isinstance(event, (Log, Artifact)):
            yield event


def _counts(generated: GeneratedSet) -> list[dict[str, object]]:
    """Number, selection and median size of the lesions by method and zone."""
    lesions: pd.DataFrame = generated.table
    passed = generated.passed
    return [
        {
            "method": method,
            "zone": zone,
            "lesions": len(group),
            **({"selected": sum(passed[name] for name in group["id"])} if passed else {}),
            "median diameter, mm": float(group["diameter_mm"].median()),
            "median depth, mm": float(group["depth_mm"].median()),
        }
        for (method, zone), group in lesions.groupby(["method", "zone"])
    ]
