"""Exporting a study: tidy tables or a BIDS dataset, with codes or without."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import TEMPORARY, write_atomic, writing
from napari_lesion_synth.jobs.study_facts import methods_facts
from napari_lesion_synth.perception.design.layout import DESIGN_YAML, FROZEN_JSON, LIMITS_YAML
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.export.anonymise import (
    WANTED_K,
    Identities,
    anonymous,
    by_code,
)
from napari_lesion_synth.perception.export.bids import BidsSettings, write_bids
from napari_lesion_synth.perception.export.bids_gaze import RecordedEye
from napari_lesion_synth.perception.export.dictionary import dictionary_csv
from napari_lesion_synth.perception.export.looks import GazeRules
from napari_lesion_synth.perception.export.methods_text import methods_text
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.export.tidy import TidySettings, tidy_tables, write_tidy
from napari_lesion_synth.perception.ledger.study_log import log

__all__ = ["EXPORTED", "ExportStudy", "export_study"]

EXPORTED = "exported"
"""Line of the study's own file: what was exported where, for whoever deletes a participant."""


class ExportStudy(BaseModel):
    """What is exported, and in which form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")
    out: Path = Field(description="Folder of the export; not there yet, or empty.")
    form: Literal["tidy", "bids"] = Field(
        "tidy", title="Form", description="tidy: CSV tables; bids: a BIDS dataset."
    )
    anonymise: bool = Field(
        False,
        title="Anonymise",
        description="Drop codes, renumber participants, make times, ages and hunger coarser.",
    )
    k: int = Field(
        WANTED_K,
        ge=2,
        le=100,
        title="k",
        description="When anonymising: how many participants agree in language, age and time at "
        "least.",
    )
    gaze: bool | None = Field(
        None,
        title="Gaze",
        description="Whether gaze is exported. Empty: yes with codes, no when anonymising, since "
        "gaze can be as individual as a fingerprint.",
    )
    photos: bool = Field(
        True, title="Photos", description="With bids: copy the photos into the dataset."
    )
    eye: RecordedEye = Field(
        "cyclopean",
        title="Eye",
        description="With bids: which eye was recorded; cyclopean: both together.",
    )
    authors: tuple[str, ...] = Field((), title="Authors", description="With bids: of the dataset.")
    licence: str = Field("", title="Licence", description="With bids: of the dataset.")


def export_study(settings: ExportStudy, token: StopToken) -> EventStream:
    """Export a study.

    Parameters
    ----------
    settings : ExportStudy
        What, and in which form.
    token : StopToken
        Checked before writing.

    Yields
    ------
    Event
        Started, Progress, Artifact (the folder), Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the study or its photos cannot be read, or the folder holds something already.
    StorageError
        If it cannot be written; nothing is left then.
    """
    study = open_study(settings.folder)
    out = settings.out.expanduser().absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            "the folder holds something already", where=out, remedy="Choose a new or empty folder"
        )
    cohort = gather(study)
    if not any(person.state.answers for person in cohort.people):
        raise InputError(
            "there are no answers to export", where=study.folder, remedy="Run participants first"
        )
    if settings.form == "bids" and settings.photos:
        study.stimuli.verify()
    yield Started("study export", 2)
    identities = _identities(cohort, settings)
    if settings.anonymise:
        yield Log(identities.statement)
    token.check()
    yield Progress(0, 2, settings.form)
    partial = out.with_name(TEMPORARY + out.name)
    with writing(out):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    try:
        _write(partial, cohort, identities, settings)
        token.check()
        log(study.folder, EXPORTED, _line(settings, out))
        with writing(out):
            if out.exists():
                out.rmdir()
            partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    files = sum(path.is_file() for path in out.rglob("*"))
    yield Progress(2, 2)
    yield Artifact(settings.form, str(out))
    yield Done(
        {
            "folder": str(out),
            "form": settings.form,
            "files": files,
            "participants": len(cohort.people),
            "anonymous": identities.anonymous,
            "k": identities.k,
        }
    )


def _identities(cohort: Cohort, settings: ExportStudy) -> Identities:
    if settings.anonymise:
        # Fresh entropy, kept nowhere: nobody can draw the numbers again.
        return anonymous(cohort.people, np.random.default_rng(), settings.k)
    return by_code(cohort.people)


def _line(settings: ExportStudy, out: Path) -> dict[str, str | bool]:
    return {"form": settings.form, "anonymous": settings.anonymise, "to": str(out)}


def _write(folder: Path, cohort: Cohort, identities: Identities, settings: ExportStudy) -> None:
    gaze = not settings.anonymise if settings.gaze is None else settings.gaze
    rules = GazeRules()
    if settings.form == "bids":
        write_bids(
            folder,
            cohort,
            BidsSettings(
                identities,
                samples=gaze,
                pupil=not settings.anonymise,
                photos=settings.photos,
                eye=settings.eye,
                authors=settings.authors,
                licence=settings.licence,
                rules=rules,
            ),
        )
        return
    tables = tidy_tables(cohort, TidySettings(identities, gaze=gaze, rules=rules))
    write_tidy(folder, tables)
    write_atomic(folder / "data_dictionary.csv", dictionary_csv(tables))
    write_atomic(folder / "methods.md", methods_text(methods_facts(cohort)).encode())
    write_atomic(folder / "README.md", _readme(cohort, identities, rules).encode())
    for name in (DESIGN_YAML, FROZEN_JSON, LIMITS_YAML):
        if (cohort.study.folder / name).exists():
            write_atomic(folder / name, (cohort.study.folder / name).read_bytes())


_WHAT = (
    "One CSV file a kind of trial, with one row an answer; `answers.csv` has all of them. "
    "`data_dictionary.csv` says what each column holds, `methods.md` how the data came about."
)
_TO_KNOW = (
    "- Practice and catch trials are there and marked; `counts` is 1 for judgements.\n"
    "- `left_out` in `participants.csv` says whose answers do not count by the design.\n"
    "- Viewing mode and source of the gaze are told with each answer: do not pool what differs.\n"
    "- Pairs chosen by gain are those that little was known of: raw win rates are biased."
)


def _readme(cohort: Cohort, identities: Identities, rules: GazeRules) -> str:
    design = cohort.study.design
    simulated = any(person.simulated for person in cohort.people)
    parts = [f"# {design.name}", _WHAT, "## Privacy", identities.statement]
    parts += ["## What to know", _TO_KNOW, "## Settings"]
    parts.append(f"Fixations: `{json.dumps(rules.fixations.model_dump(mode='json'))}`")
    parts.append(f"Quality of gaze: `{json.dumps(rules.quality.model_dump(mode='json'))}`")
    if simulated:
        parts.insert(2, "Participants with `simulated` 1 are simulations, and no people.")
    return "\n\n".join(parts) + "\n"
