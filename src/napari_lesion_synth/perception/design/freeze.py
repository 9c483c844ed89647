"""Freezing a design: a preregistration that nobody can change without being seen."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.perception.design.feasible import check_feasible
from napari_lesion_synth.perception.design.layout import FROZEN_JSON, LIMITS_YAML
from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.design.settings import (
    StudyDesign,
    design_differences,
    sha256_of,
)
from napari_lesion_synth.perception.design.study import Study, consent_records
from napari_lesion_synth.perception.stimuli.photos import named

__all__ = ["Frozen", "freeze", "frozen_differences", "read_frozen", "require_frozen"]


@dataclass(frozen=True)
class Frozen:
    """What was decided before the first participant.

    Parameters
    ----------
    design : StudyDesign
        The design.
    photos : dict of str to str
        Hash of each photo, by id.
    consent : dict
        Version and hash of the consent texts, by language.
    program : str
        Version that froze it.
    frozen_utc : str
        When; not part of the hash.
    sha256 : str
        Hash of all the rest.
    files : dict of str to str
        Hashes of further files that belong to the design, by name.
    """

    design: StudyDesign
    photos: dict[str, str]
    consent: dict[str, dict[str, str]]
    program: str
    frozen_utc: str
    sha256: str
    files: dict[str, str] = field(default_factory=dict)


def freeze(study: Study) -> Frozen:
    """Write the preregistration.

    Parameters
    ----------
    study : Study
        Its photos are looked at once more.

    Returns
    -------
    Frozen

    Raises
    ------
    ParameterError
        If the design was frozen before, or the photos do not suffice.
    InputError
        If photos have changed since the study was begun, or a consent text cannot be read.
    StorageError
        If it cannot be written.
    """
    path = study.folder / FROZEN_JSON
    if path.exists():
        raise ParameterError(
            "the design was frozen before",
            where=path,
            remedy="Change its files, and put that on record with: study amend",
        )
    study.stimuli.verify()
    check_feasible(study.design, study.stimuli)
    content = _content(study)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    whole = {"sha256": sha256_of(content), "frozen_utc": now, **content}
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    write_atomic(path, text.encode(), durable=True)
    return read_frozen(study.folder)


def read_frozen(folder: Path) -> Frozen:
    """The preregistration of a study.

    Raises
    ------
    InputError
        If there is none, or its content does not have the hash that it states.
    """
    path = folder / FROZEN_JSON
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        stated, when = str(content.pop("sha256")), str(content.pop("frozen_utc"))
        genuine = sha256_of(content) == stated
        frozen = Frozen(
            StudyDesign.model_validate(content["design"]),
            dict(content["photos"]),
            dict(content["consent"]),
            str(content["program"]),
            when,
            stated,
            dict(content.get("files", {})),
        )
    except FileNotFoundError as cause:
        raise InputError(
            "the design was not frozen", where=path, remedy="Freeze it first"
        ) from cause
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise InputError(
            "the preregistration is damaged", where=path, remedy="Bring back the file as it was"
        ) from cause
    if not genuine:
        raise InputError(
            "the preregistration was changed after it was written: its hash is another",
            where=path,
            remedy="Bring back the file as it was",
        )
    return frozen


def frozen_differences(study: Study, frozen: Frozen) -> dict[str, tuple[Any, Any]]:
    """What differs from the preregistration in design, texts and further files: before, after."""
    changed = design_differences(frozen.design, study.design)
    for language, record in consent_records(study).items():
        before = frozen.consent.get(language)
        if before != record:
            changed[f"consent.{language}"] = (before, record)
    files = _files(study.folder)
    for name in sorted(files.keys() | frozen.files.keys()):
        if files.get(name) != frozen.files.get(name):
            changed[name] = (frozen.files.get(name), files.get(name))
    return changed


def require_frozen(study: Study, amended: frozenset[str] = frozenset()) -> Frozen:
    """See that a study is still what was frozen.

    Parameters
    ----------
    study : Study
        As it is now.
    amended : frozenset of str
        Names of the settings whose change is on record.

    Returns
    -------
    Frozen

    Raises
    ------
    ParameterError
        If other settings or a consent text have changed; they are named.
    InputError
        If photos have changed, are missing, or are new; they are named. No amendment allows that.
    """
    frozen = read_frozen(study.folder)
    known = {stimulus.id: stimulus.sha256 for stimulus in study.stimuli}
    other = sorted(
        name
        for name in known.keys() | frozen.photos.keys()
        if known.get(name) != frozen.photos.get(name)
    )
    if other:
        raise InputError(
            f"these photos are not those that were frozen: {named(other)}",
            where=study.folder,
            remedy="Bring the original photos back, or make a new study",
        )
    study.stimuli.verify()
    changed = sorted(set(frozen_differences(study, frozen)) - amended)
    if changed:
        raise ParameterError(
            f"the design was frozen, and these settings were changed since: {', '.join(changed)}",
            where=study.folder / FROZEN_JSON,
            remedy="Change them back, or put the change on record with: study amend",
        )
    return frozen


def _content(study: Study) -> dict[str, Any]:
    return {
        "program": PROGRAM,
        "design": study.design.content,
        "photos": {stimulus.id: stimulus.sha256 for stimulus in study.stimuli},
        "consent": consent_records(study),
        **({"files": files} if (files := _files(study.folder)) else {}),
    }


def _files(folder: Path) -> dict[str, str]:
    """Hashes of what belongs to the design besides: the transforms that are tried."""
    path = folder / LIMITS_YAML
    if not path.exists():
        return {}
    return {LIMITS_YAML: hashlib.sha256(path.read_bytes()).hexdigest()}
