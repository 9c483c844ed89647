"""Beginning a study: photos or plates, the design, and freezing it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.study_chooser import check_choice
from napari_lesion_synth.jobs.study_design import check_limits
from napari_lesion_synth.jobs.study_limit_settings import (
    read_limit_settings,
    write_limit_settings,
)
from napari_lesion_synth.perception.design.feasible import check_feasible
from napari_lesion_synth.perception.design.freeze import freeze
from napari_lesion_synth.perception.design.layout import (
    CONSENT,
    DESIGN_YAML,
    FROZEN_JSON,
    LIMITS_YAML,
    STUDY_JSONL,
)
from napari_lesion_synth.perception.design.planned import attention_doubt
from napari_lesion_synth.perception.design.settings import StudyDesign, read_design
from napari_lesion_synth.perception.design.study import Study, create_study, open_study
from napari_lesion_synth.perception.ledger.study_log import amend, amended_settings
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.stimuli.plates import PlateSettings, write_plates
from napari_lesion_synth.perception.stimuli.survey import ScanRules
from napari_lesion_synth.wording import counted

__all__ = ["NewStudy", "amend_study", "design_of", "freeze_study", "new_study"]

_OWN_PHOTOS = "stimuli"


class NewStudy(BaseModel):
    """What a study begins with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study; made where there is none.")
    photos: Path | None = Field(
        None, description="Folder of photos; subfolders are categories (dishes)."
    )
    plates: PlateSettings | None = Field(
        None, description="Render dishes of known attractiveness instead, to try things out."
    )
    copy_photos: bool = Field(
        False, description="Copy the photos into the study's folder, so that it is whole by itself."
    )
    scan: ScanRules = Field(ScanRules(), description="which photos can be used")
    design: Path | None = Field(
        None, description="A design (YAML) to begin with; options change it."
    )
    changes: dict[str, Any] = Field(
        default_factory=dict,
        description="Settings of the design by name, with their section before them: "
        "counts.trials.",
    )
    limits: LimitSettings | None = Field(
        None, description="Ask how strong these transforms may be, instead of comparing photos."
    )
    freeze: bool = Field(False, description="Freeze the design at once: write the preregistration.")


def new_study(settings: NewStudy, token: StopToken) -> EventStream:
    """Begin a study.

    Parameters
    ----------
    settings : NewStudy
        Photos and design.
    token : StopToken
        Checked before photos are rendered.

    Yields
    ------
    Event
        Warnings about photos, the files, and Done.

    Raises
    ------
    InputError
        If the folder holds a study, or photos cannot be used.
    ParameterError
        If there are neither photos nor plates, or the design cannot be carried out.
    StorageError
        If it cannot be written.
    """
    root = settings.folder.expanduser().absolute()
    if (settings.photos is None) == (settings.plates is None):
        raise ParameterError(
            "a study has either photos or rendered plates", remedy="Give --photos DIR or --plates"
        )
    if (root / DESIGN_YAML).exists():
        raise InputError(
            "there is a study in this folder", where=root, remedy="Open it, or choose another"
        )
    yield Started("study new")
    design = _design(settings, root)
    token.check()
    yield from _photos(settings, root)
    study = yield from tell(lambda: create_study(root, design, settings.scan))
    if settings.limits is not None:
        write_limit_settings(root, settings.limits)
        yield Artifact("limits", str(root / LIMITS_YAML))
    yield Artifact("design", str(root / DESIGN_YAML))
    yield Artifact("consent", str(root / CONSENT))
    yield from _doubts(study)
    if settings.freeze:
        yield Artifact("preregistration", str(_frozen(study)))
    else:
        yield Log("read design.yaml and the consent texts, then freeze the design: study freeze")
    yield Done(
        {
            "folder": str(root),
            "photos": len(study.stimuli),
            "categories": len(study.stimuli.categories),
            "design": design.sha256,
            "frozen": study.frozen,
        }
    )


def freeze_study(folder: Path, token: StopToken) -> EventStream:
    """Write the preregistration of a study.

    Raises
    ------
    ParameterError
        If it was frozen before, or cannot be carried out.
    InputError
        If there is no study, or photos have changed.
    StorageError
        If it cannot be written.
    """
    token.check()
    study = open_study(folder)
    yield Started("study freeze")
    yield from _doubts(study)
    path = _frozen(study)
    yield Artifact("preregistration", str(path))
    yield Done({"folder": str(study.folder), "design": study.design.sha256, "frozen": True})


def amend_study(folder: Path, reason: str, token: StopToken) -> EventStream:
    """Put on record what was changed in the files of a frozen design, and why.

    Whoever has begun goes on with the design that they began with.

    Raises
    ------
    ParameterError
        If there is no reason, nothing was changed, or the design cannot be carried out.
    InputError
        If there is no study, it was not frozen, or photos have changed.
    StorageError
        If it cannot be written.
    """
    token.check()
    study = open_study(folder)
    yield Started("study amend")
    study.stimuli.verify()
    _require_possible(study)
    amend(study, study.design, reason)
    yield Artifact("record", str(study.folder / STUDY_JSONL))
    changed = ", ".join(sorted(amended_settings(study)))
    yield Done({"folder": str(study.folder), "design": study.design.sha256, "amended": changed})


def design_of(base: StudyDesign | None, changes: Mapping[str, Any]) -> StudyDesign:
    """A design with settings changed.

    Parameters
    ----------
    base : StudyDesign or None
        What it begins with; None: the usual settings.
    changes : mapping
        By name, with the section before it, as in ``counts.trials``.

    Raises
    ------
    ParameterError
        If a setting is unknown or cannot be.
    """
    content: dict[str, Any] = {} if base is None else base.model_dump(mode="json")
    for name, value in changes.items():
        section, _, key = name.partition(".")
        if key:
            content.setdefault(section, {})[key] = value
        else:
            content[section] = value
    design = StudyDesign.checked(**content)
    check_choice(design)
    return design


def _design(settings: NewStudy, root: Path) -> StudyDesign:
    base = None if settings.design is None else read_design(settings.design)
    changes = dict(settings.changes)
    if base is None:
        changes.setdefault("name", root.name)
    changes["stimuli"] = _OWN_PHOTOS
    if settings.photos is not None and not settings.copy_photos:
        photos = settings.photos.expanduser().absolute()
        inside = photos.is_relative_to(root)
        changes["stimuli"] = photos.relative_to(root).as_posix() if inside else str(photos)
    design = design_of(base, changes)
    check_limits(design, settings.limits)
    return design


def _photos(settings: NewStudy, root: Path) -> EventStream:
    """Photos that the study has in its own folder."""
    own = root / _OWN_PHOTOS
    if settings.plates is not None:
        plates = settings.plates
        count = len(plates.dishes) * plates.azimuths * len(plates.elevations)
        yield Progress(0, 1, f"rendering {counted(count, 'plate')}")
        write_plates(own, plates)
        yield Artifact("plates", str(own))
    elif settings.copy_photos and settings.photos is not None:
        source = settings.photos.expanduser()
        if not source.is_dir():
            raise InputError(
                "there is no such folder", where=source, remedy="Choose the photos' folder"
            )
        with writing(own):
            shutil.copytree(source, own, dirs_exist_ok=True)
        yield Artifact("photos", str(own))


def _doubts(study: Study) -> EventStream:
    """What can be done, and should not."""
    doubt = attention_doubt(study.design, study.stimuli.categories)
    if doubt:
        yield Log(doubt, "warning")


def _require_possible(study: Study) -> None:
    check_feasible(study.design, study.stimuli)
    check_choice(study.design)
    read_limit_settings(study.folder)  # what cannot be read should not be frozen


def _frozen(study: Study) -> Path:
    _require_possible(study)
    freeze(study)
    return study.folder / FROZEN_JSON
