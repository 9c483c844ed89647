"""Single slices in one archive, as cases; `SliceData` describes the archive."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.evaluation.experiment.plan_data import SliceData
from napari_lesion_synth.jobs.settings import plain_name

__all__ = ["Slice", "slice_arrays", "slice_case", "slice_owners", "usable_slices"]

_ARRAYS = ("image", "liver", "tumor", "patient", "slice_index", "pixel_mm")


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice of an archive.

    Parameters
    ----------
    name : str
        Unique; fit for file names.
    patient : str
        Whose it is.
    ill : bool
        Whether it shows a tumour.
    row : int
        Its place.
    """

    name: str
    patient: str
    ill: bool
    row: int


@cache
def slice_arrays(file: str) -> dict[str, NDArray[Any]]:
    """The archive, read once a process.

    Raises
    ------
    InputError
        If it is missing, or no such archive.
    """
    try:
        # From memory: where it is no archive, NumPy leaves a file open.
        with np.load(io.BytesIO(Path(file).read_bytes()), allow_pickle=False) as stored:
            missing = [name for name in _ARRAYS if name not in stored]
            if missing:
                raise InputError(
                    f"the archive has no {missing[0]!r}",
                    where=file,
                    remedy=f"It takes the arrays {', '.join(_ARRAYS)}",
                )
            return {name: stored[name] for name in _ARRAYS}
    except FileNotFoundError:
        raise InputError(
            "there is no such archive of slices",
            where=file,
            remedy="Mend `file` in the plan; relative paths begin at the plan's folder",
        ) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as cause:
        raise InputError(f"the archive cannot be read ({cause})", where=file) from cause


def usable_slices(asked: SliceData) -> list[Slice]:
    """The slices with enough of the organ, in the archive's order.

    Raises
    ------
    InputError
        If the archive cannot be used.
    ParameterError
        If a slice is there twice.
    """
    arrays = slice_arrays(asked.file)
    ill, px = _with_tumor(arrays), arrays["liver"].sum(axis=(1, 2))
    found = []
    for row, (patient, index) in enumerate(
        zip(arrays["patient"], arrays["slice_index"], strict=True)
    ):
        if px[row] >= asked.fewest_px:
            name = f"{plain_name(str(patient))}-{int(index):04d}"
            found.append(Slice(name, str(patient), bool(ill[row]), row))
    names = [each.name for each in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ParameterError(f"the slice {twice} is there twice", where=asked.file)
    return found


def _with_tumor(arrays: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    return np.asarray(arrays["tumor"].any(axis=(1, 2)), bool)


def slice_owners(asked: SliceData) -> dict[str, bool]:
    """All patients of the archive, and whether a slice shows a tumour."""
    arrays = slice_arrays(asked.file)
    ill = _with_tumor(arrays)
    known: dict[str, bool] = {}
    for patient, has in zip(arrays["patient"], ill, strict=True):
        known[str(patient)] = known.get(str(patient), False) or bool(has)
    return known


def slice_case(asked: SliceData, which: Slice) -> Case:
    """A slice with its organ, and its tumours where it has some.

    HU as they stand in the archive; shape (1, y, x).
    """
    arrays = slice_arrays(asked.file)
    pixel = float(arrays["pixel_mm"][which.row])
    tumor = arrays["tumor"][which.row].astype(bool)
    return case_from_arrays(
        arrays["image"][which.row].astype(np.int16)[None],
        (asked.thickness_mm, pixel, pixel),
        organ=(arrays["liver"][which.row].astype(bool) | tumor)[None],
        lesions=tumor[None] if which.ill else None,
        patient=which.patient,
        units="hu",
    )
