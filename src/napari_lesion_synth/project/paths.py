"""The paths in a project: absolute in memory, relative in the file where that lets it move."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from napari_lesion_synth.project.model import Project

__all__ = ["map_paths", "relative_to"]

_OF_CASE = ("ct", "organ", "lesions")


def map_paths(project: Project, change: Callable[[str], str]) -> Project:
    """The project with every path changed."""
    case = project.case
    return project.model_copy(
        update={
            "case": None if case is None else _changed(case, _OF_CASE, change),
            "donors": None if project.donors is None else change(project.donors),
            "model": None if project.model is None else change(project.model),
            "batch": _changed(project.batch, ("out",), change),
        }
    )


def _changed(model: BaseModel, names: tuple[str, ...], change: Callable[[str], str]) -> BaseModel:
    given: dict[str, Any] = {name: getattr(model, name, None) for name in names}
    return model.model_copy(
        update={name: change(path) for name, path in given.items() if path is not None}
    )


def relative_to(name: str, folder: Path) -> str:
    """`name` relative to `folder` if it lies there, with slashes; else absolute."""
    path = Path(name).expanduser().resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
