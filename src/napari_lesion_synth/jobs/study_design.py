"""The design of a study that is not frozen: what goes together, and writing it down."""

from __future__ import annotations

from pathlib import Path

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.study_limit_settings import write_limit_settings
from napari_lesion_synth.perception.design.layout import DESIGN_YAML, FROZEN_JSON, LIMITS_YAML
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings

__all__ = ["check_limits", "save_design"]


def check_limits(design: StudyDesign, limits: LimitSettings | None) -> None:
    """See that a design can ask for limits.

    Raises
    ------
    ParameterError
        If it cannot.
    """
    if limits is not None and design.judgement.kind != "paired":
        raise ParameterError(
            "limits are found by choices between the original and the changed photo",
            remedy="Leave the judgement at pairs",
        )


def save_design(folder: Path, design: StudyDesign, limits: LimitSettings | None) -> None:
    """Write a changed design, and which transforms it tries.

    Parameters
    ----------
    folder : Path
        The study.
    design : StudyDesign
        The design.
    limits : LimitSettings or None
        None: no transforms are tried, and what said so before is deleted.

    Raises
    ------
    ParameterError
        If the study is frozen, or the two do not go together.
    StorageError
        If it cannot be written.
    """
    if (folder / FROZEN_JSON).exists():
        raise ParameterError(
            "the design is frozen",
            where=folder,
            remedy="Change its files, and put that on record with: study amend",
        )
    check_limits(design, limits)
    if limits is not None:
        write_limit_settings(folder, limits)
    else:
        path = folder / LIMITS_YAML
        with writing(path):
            path.unlink(missing_ok=True)
    design.save(folder / DESIGN_YAML)
