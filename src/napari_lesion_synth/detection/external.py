"""Findings of any other detector, from a table or a map."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Box, Triple, Volume
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.errors import InputError, LesionSynthWarning
from napari_lesion_synth.events import StopToken

__all__ = ["ENDINGS", "ExternalFindings"]

ENDINGS = (".csv", ".nii", ".nii.gz", ".mha", ".nrrd")
"""Names of files of findings end so."""

_IN_MM, _IN_VOXELS = ["x_mm", "y_mm", "z_mm"], ["x", "y", "z"]
_SCORE, _DIAMETER, _PATIENT = "score", "diameter_mm", "patient"
_SHOWN = 5
_CORNERS = np.ones((3, 3, 3), bool)


class ExternalFindings:
    """A file of findings as a detector.

    A table (CSV) has one row a finding: ``score``, 0 to 1; the centre as ``x_mm``, ``y_mm``,
    ``z_mm`` in the LPS frame of DICOM, or as ``x``, ``y``, ``z`` in voxels of the CT, from 0, x
    to the patient's left, y to the back, z to the head; if known, ``diameter_mm``; and
    ``patient`` where it holds those of several CTs. A map (NIfTI, MHA, NRRD) lies on the CT's
    grid and holds each finding's score in its voxels, and 0 elsewhere: what touches is one
    finding, whose score is the highest in it.

    Parameters
    ----------
    path : path
        The file.
    patients : tuple of str
        Whom the detector has seen, as far as is known.
    """

    def __init__(self, path: str | PathLike[str], patients: tuple[str, ...] = ()) -> None:
        self._path = Path(path)
        self._patients = patients

    @property
    def id(self) -> str:
        """The file's name."""
        return self._path.name

    @property
    def patients(self) -> tuple[str, ...]:
        """Whom it has seen, as far as is known."""
        return self._patients

    def detect(
        self,
        case: Case,
        token: StopToken | None = None,
        report: Report | None = None,
    ) -> Detection:
        """Read the findings in a CT, whose organ need not be known.

        Raises
        ------
        InputError
            If the file cannot be read as either, a score is not between 0 and 1, or a finding
            lies outside the CT.
        GeometryError
            If a map lies on another grid.
        Stopped
            If the token was set.
        """
        begun = time.perf_counter()
        if token is not None:
            token.check()
        table = self._path.name.lower().endswith(".csv")
        found = _from_table(self._path, case) if table else _from_map(self._path, case)
        if report is not None:
            report(1, 1, "reading")
        ordered = sorted(found, key=lambda each: -each.score)
        return Detection(
            findings=tuple(replace(each, number=k) for k, each in enumerate(ordered, start=1)),
            heat=None,
            shape=case.volume.shape,
            spacing=case.volume.spacing,
            patient=case.patient,
            detector=self.id,
            seconds={"reading": time.perf_counter() - begun},
            facts={"kind": "external", "detector": self.id},
        )


def _from_map(path: Path, case: Case) -> list[Finding]:
    from napari_lesion_synth.ct.maps import read_map

    values = read_map(path, case.volume)
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 1:
        raise _no_scores(path, f"its values run from {low:g} to {high:g}")
    labels, _ = ndimage.label(values > 0, _CORNERS)
    found = []
    for number, (z, y, x) in enumerate(ndimage.find_objects(labels), start=1):
        box, region = (z, y, x), labels[z, y, x] == number
        score = float(values[box][region].max())
        found.append(finding_of(case, box, region, number=number, score=score))
    return found


def _from_table(path: Path, case: Case) -> list[Finding]:
    table = _read_table(path)
    if _PATIENT in table:
        table = _of_patient(table, case.patient, path)
    numbers = _numbers(table, path)
    volume = case.volume
    found = []
    for values in numbers.to_numpy():
        row = dict(zip(numbers.columns, values.tolist(), strict=True))
        score = row[_SCORE]
        if not 0 <= score <= 1:
            raise _no_scores(path, f"one is {score:g}")
        center = _index_of(row, volume, path)
        diameter = float(row.get(_DIAMETER, np.nan))
        box, region = _ball(center, diameter, volume)
        each = finding_of(case, box, region, number=0, score=float(score))
        found.append(
            replace(each, center=center, position_mm=volume.to_world(center), diameter_mm=diameter)
        )
    return found


def _of_patient(table: pd.DataFrame, patient: str, path: Path) -> pd.DataFrame:
    """The rows of a patient. None may mean that nothing was found, or that names differ."""
    own = table[table[_PATIENT] == patient]
    if own.empty and not table.empty:
        names = sorted({str(name) for name in table[_PATIENT]})
        more = ", ..." if len(names) > _SHOWN else ""
        warnings.warn(
            f"{path.name} has no finding of patient {patient!r}; it has some of "
            f"{', '.join(names[:_SHOWN])}{more}",
            LesionSynthWarning,
            stacklevel=2,
        )
    return own


def _read_table(path: Path) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pd.read_csv(path, dtype=str)  # so that patient 007 keeps its name
    except FileNotFoundError:
        raise InputError("there is no such file", where=path, remedy="Check the path") from None
    except (OSError, ValueError) as cause:
        raise InputError(
            f"the file cannot be read as a table ({str(cause).splitlines()[0][:120]})", where=path
        ) from cause
    table.columns = pd.Index([str(name).strip().lower() for name in table.columns])
    return table


def _numbers(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The columns that are used, as numbers."""
    place = next((names for names in (_IN_MM, _IN_VOXELS) if {*names} <= {*table.columns}), None)
    if place is None or _SCORE not in table:
        raise InputError(
            f"the table has the columns {', '.join(map(str, table.columns)) or 'none'}",
            where=path,
            remedy="Name them score, and x_mm, y_mm, z_mm (LPS) or x, y, z (voxels)",
        )
    needed: pd.DataFrame = (
        table[[_SCORE, *place]].apply(pd.to_numeric, errors="coerce").astype(float)
    )
    bad = ~np.isfinite(needed.to_numpy()).all(axis=1)
    if bad.any():
        raise InputError(
            f"row {int(np.flatnonzero(bad)[0]) + 1} of the findings lacks a number", where=path
        )
    if _DIAMETER in table:
        needed[_DIAMETER] = pd.to_numeric(table[_DIAMETER], errors="coerce").astype(float)
    return needed


def _index_of(row: dict[str, float], volume: Volume, path: Path) -> Triple:
    """Voxel index of a row's centre."""
    if "x_mm" in row:
        index = volume.to_index((row["z_mm"], row["y_mm"], row["x_mm"]))
    else:
        index = row["z"], row["y"], row["x"]
    if not all(-0.5 <= i <= n - 0.5 for i, n in zip(index, volume.shape, strict=True)):
        raise InputError(
            f"a finding lies outside the CT, at voxel {tuple(round(i, 1) for i in index)} "
            f"(z, y, x) of {volume.shape}",
            where=path,
            remedy="Positions in mm are those of DICOM (LPS); from RAS, change the signs of x and "
            "y. Say which CT each row is of in a column named patient",
        )
    return index


def _ball(center: Triple, diameter_mm: float, volume: Volume) -> tuple[Box, NDArray[np.bool_]]:
    """Voxels within the diameter; the nearest one where it is not known."""
    radius = diameter_mm / 2 if np.isfinite(diameter_mm) else 0.0
    nearest = [min(max(round(i), 0), n - 1) for i, n in zip(center, volume.shape, strict=True)]
    sides, squares = [], np.zeros((1, 1, 1))
    for axis, (i, size, n) in enumerate(zip(center, volume.spacing, volume.shape, strict=True)):
        reach = int(np.ceil(radius / size))
        low, high = max(nearest[axis] - reach, 0), min(nearest[axis] + reach + 1, n)
        sides.append(slice(low, high))
        away = ((np.arange(low, high) - i) * size) ** 2 if n > 1 else np.zeros(1)
        squares = squares + np.expand_dims(away, [a for a in range(3) if a != axis])
    region = squares <= radius**2
    region[tuple(i - side.start for i, side in zip(nearest, sides, strict=True))] = True
    return (sides[0], sides[1], sides[2]), region


def _no_scores(path: Path, what: str) -> InputError:
    return InputError(
        f"these are no scores between 0 and 1: {what}",
        where=path,
        remedy="Write probabilities; of logits v, 1 / (1 + exp(-v))",
    )
