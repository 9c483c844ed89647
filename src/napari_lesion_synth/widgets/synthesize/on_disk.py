"""Putting on disk what a project, or a batch in another process, has to read again.

What was read from files stays there; only what lives in memory alone is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.files import writing
from napari_lesion_synth.synthesis.library import save_donors
from napari_lesion_synth.widgets.synthesize.preparing import Donors

__all__ = ["InMemory", "batch_inputs", "donors_on_disk", "folder_beside", "project_inputs"]

_CT, _ORGAN, _LESIONS, _DONORS = "ct.nii", "organ.nii.gz", "lesions.nii.gz", "donors"


@dataclass(frozen=True, slots=True)
class InMemory:
    """Which masks differ from what `Case.inputs` would read."""

    organ: bool = False
    lesions: bool = False


def folder_beside(path: Path) -> Path:
    """Where the files of a project, or of a batch, go: a folder beside it."""
    stem = path.name.removesuffix(".yaml").removesuffix(".yml")
    return path.with_name(f"{stem}_files")


def project_inputs(case: Case, folder: Path, memory: InMemory) -> dict[str, Any]:
    """`Case.inputs` from which the case is read again as it is now.

    Parameters
    ----------
    case : Case
        As it is in memory.
    folder : Path
        Takes what has to be written; made if need be.
    memory : InMemory
        What its inputs do not know of.

    Raises
    ------
    StorageError
        If something cannot be written.
    """
    inputs = dict(case.inputs)
    if "phantom" not in inputs and "ct" not in inputs:
        inputs = {"ct": _ct(case, folder), "patient": case.patient, "units": "hu"}
        memory = InMemory(organ=case.organ is not None, lesions=case.lesions is not None)
    return _with_masks(case, inputs, folder, memory)


def batch_inputs(case: Case, folder: Path, memory: InMemory) -> dict[str, Any]:
    """As `project_inputs`, from files alone: a simulated CT is written too."""
    if "phantom" not in case.inputs:
        return project_inputs(case, folder, memory)
    inputs = {"ct": _ct(case, folder), "patient": case.patient, "units": "hu"}
    known = InMemory(organ=case.organ is not None, lesions=case.lesions is not None)
    return _with_masks(case, inputs, folder, known)


def donors_on_disk(donors: Donors, case: Case, folder: Path) -> Path | None:
    """A library from which the donors are read again; None where the case's own lesions are.

    Raises
    ------
    DonorError, StorageError
        If it cannot be written.
    """
    if donors.library is not None or not donors.donors:
        return donors.library
    if all(donor.source == case.volume.sha256 for donor in donors.donors):
        return None
    _make(folder)
    return save_donors(donors.donors, folder / _DONORS, overwrite=True)


def _with_masks(
    case: Case, inputs: dict[str, Any], folder: Path, memory: InMemory
) -> dict[str, Any]:
    if memory.organ and case.organ is not None:
        path = folder / _ORGAN
        _make(folder)
        write_mask(path, case.organ.mask, case.volume)
        inputs |= {"organ": str(path.resolve()), "organ_label": None}
    if memory.lesions and case.lesions is not None:
        path = folder / _LESIONS
        _make(folder)
        write_mask(path, case.lesions, case.volume)
        inputs |= {"lesions": str(path.resolve()), "lesion_label": None}
    return inputs


def _ct(case: Case, folder: Path) -> str:
    """Write the CT; plain, since compressing it takes longer than everything else."""
    _make(folder)
    return str(write_volume(folder / _CT, case.volume).resolve())


def _make(folder: Path) -> None:
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
