"""The project file: YAML for people, written whole, read with errors that say where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.project.faults import describe
from napari_lesion_synth.project.model import Project
from napari_lesion_synth.project.paths import map_paths, relative_to
from napari_lesion_synth.project.text import project_text

__all__ = ["SCHEMA", "open_project", "save_project", "upgraded"]

SCHEMA = 2
"""Version of the file's layout; raised when an older reader could not read a newer file."""

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


def _with_last_site_at_work(content: dict[str, Any]) -> dict[str, Any]:
    """Version 1 says neither which site is at work nor what is next: the last site decides."""
    sites = content.get("sites")
    last = sites[-1] if isinstance(sites, list) and sites else None
    if not isinstance(last, dict):
        return content
    known = {name: last[name] for name in ("method", "diameter_mm") if name in last}
    return {**content, "selected": last.get("id"), "next": known}


UPGRADES: Mapping[int, Upgrade] = {1: _with_last_site_at_work}
"""For each older version, what makes its content that of the next one."""


def save_project(project: Project, path: str | PathLike[str]) -> Path:
    """Write a project.

    Parameters
    ----------
    project : Project
        What to keep. Its relative paths are taken from the current folder.
    path : path
        The file; its folder is made if need be. A file that is there is replaced as a whole.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    file = Path(path).expanduser().resolve()
    stored = map_paths(project, lambda name: relative_to(name, file.parent))
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, project_text(stored, SCHEMA).encode())
    return file


def open_project(path: str | PathLike[str]) -> Project:
    """Read a project.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    Project
        With absolute paths.

    Raises
    ------
    InputError
        If the file is missing, is no project, holds something that cannot be used (the message
        says what and where), or was written by a newer version.
    """
    file = Path(path).expanduser().resolve()
    text = _text_of(file)
    content = upgraded(_parsed(text, file), file)
    try:
        project = Project.model_validate(content)
    except ValidationError as error:
        raise InputError(
            f"the project cannot be used: {describe(error, text)}",
            where=file,
            remedy="Mend the file, or save the project again",
        ) from error
    return map_paths(project, lambda name: str(file.parent / name))


def upgraded(
    content: dict[str, Any],
    file: Path,
    *,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
    newest: int = SCHEMA,
) -> dict[str, Any]:
    """The content of a file in the newest layout, without its version.

    Raises
    ------
    InputError
        If it has no version, an unknown one, or a newer one.
    """
    content = dict(content)
    version = content.pop("schema", None)
    if isinstance(version, bool) or not isinstance(version, int):
        raise InputError(
            "this is not a project: it has no schema: NUMBER",
            where=file,
            remedy="Give a file that was saved as a project",
        )
    if version > newest:
        raise InputError(
            f"the project has layout version {version}; this program knows up to {newest}",
            where=file,
            remedy="Update napari-lesion-synth",
        )
    while version < newest:
        if version not in upgrades:
            raise InputError(f"there is no layout version {version} of a project", where=file)
        content = upgrades[version](content)
        version += 1
    return content


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("there is no such file", where=file) from None
    except UnicodeDecodeError:
        raise InputError(
            "this is not a project: it is not text",
            where=file,
            remedy="Give a file that was saved as a project",
        ) from None
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", where=file) from error


def _parsed(text: str, file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # a date that is none is a ValueError
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark is not None else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "damaged"
        raise InputError(
            f"this is not YAML{place}: {reason}",
            where=file,
            remedy="Mend the file, or save the project again",
        ) from error
    if not isinstance(content, dict):
        raise InputError(
            "this is not a project: it has no keys",
            where=file,
            remedy="Give a file that was saved as a project",
        )
    return content
