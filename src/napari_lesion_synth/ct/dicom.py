"""Folders of DICOM files: which series they hold, and which one is meant."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.dicom_file import SliceFile, read_slice_header
from napari_lesion_synth.ct.stack import Stack
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import InputError, LesionSynthWarning

__all__ = ["Series", "best_series", "choose_series", "is_ct", "list_series", "series_of_file"]

_SAME_TURN = 1e-3
_AXIAL = 0.8
"""Cosine between the slices' normal and the body's axis; a gantry tilts by 30 degrees at most."""


@dataclass(frozen=True, eq=False)
class Series:
    """One stack of images in a DICOM folder.

    Parameters
    ----------
    uid : str
        Series instance UID; with ``#2``, ``#3`` appended where one series holds several stacks
        (another size, orientation or acquisition).
    number : int or None
        The number that the scanner gave it.
    description, modality : str
        As in the files; empty where they say nothing.
    slices : tuple of SliceFile
        Ordered by position from the first to the last along the slices' normal.
    skipped : tuple of Path
        DICOM files of the folder that hold no readable image: reports, or damaged ones.
    """

    uid: str
    number: int | None
    description: str
    modality: str
    slices: tuple[SliceFile, ...]
    skipped: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files, in the order of the slices."""
        return tuple(s.path for s in self.slices)

    @property
    def stack(self) -> Stack:
        """The slices' geometry."""
        first = self.slices[0]
        return Stack(
            names=tuple(s.path.name for s in self.slices),
            shape=first.shape,
            pixel=first.pixel,
            positions=np.array([s.position for s in self.slices]),
            direction=first.direction,
            thickness=first.thickness,
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels as stored, (slices, rows, columns)."""
        frames = self.slices[0].frames if len(self.slices) == 1 else len(self.slices)
        return (frames, *self.slices[0].shape)

    @property
    def spacing(self) -> Triple:
        """Distance in mm between slices (the median), rows and columns."""
        return (self.stack.spacing, *self.slices[0].pixel)

    @property
    def axial(self) -> bool:
        """Whether the slices lie across the body's long axis."""
        return abs(float(self.slices[0].direction[0, 0])) > _AXIAL

    @property
    def scalar(self) -> bool:
        """Whether the images are greyscale."""
        return self.slices[0].components == 1

    def describe(self) -> str:
        """One line for lists."""
        number = "" if self.number is None else f"number {self.number}, "
        z, y, x = self.shape
        plane = "axial" if self.axial else "not axial"
        return (
            f"{self.uid}: {number}{self.modality or 'no modality'} "
            f"{self.description!r}, {z} slices of {y} x {x}, {self.spacing[0]:.2f} mm, {plane}"
        )


def list_series(folder: str | PathLike[str]) -> tuple[Series, ...]:
    """All series of images in a DICOM folder, in the order of their numbers.

    Files without a DICOM header are passed over. Sub-folders are searched if the folder itself
    holds no images.

    Parameters
    ----------
    folder : path
        The folder; the files' names do not matter.

    Raises
    ------
    InputError
        If there is no such folder, or no DICOM image in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("there is no such folder", where=folder, remedy="Check the path")
    slices, skipped = _scan(sorted(folder.iterdir()))
    if not slices:
        slices, below = _scan(sorted(folder.rglob("*/*")))
        skipped += below
    if not slices:
        damaged = f"; {_names(skipped)} cannot be read as images" if skipped else ""
        raise InputError(
            f"the folder holds no DICOM images{damaged}",
            where=folder,
            remedy="Give the folder that holds the series' files, or one NIfTI, MHA or NRRD file",
        )
    found = [s for group in _by_uid(slices) for s in _split(group, tuple(skipped))]
    return tuple(sorted(found, key=lambda s: (s.number is None, s.number or 0, s.uid)))


def series_of_file(path: str | PathLike[str]) -> Series:
    """A single DICOM file as a series of its own.

    Raises
    ------
    InputError
        If it holds no image.
    """
    header = read_slice_header(Path(path))
    if header is None:
        raise InputError(
            "the DICOM file holds no image that can be read",
            where=path,
            remedy="Copy it again, or export it uncompressed",
        )
    return _series(header.uid, (header,), ())


def choose_series(folder: str | PathLike[str], wanted: str | int | None = None) -> Series:
    """The series that was asked for, or the largest axial CT.

    Parameters
    ----------
    folder : path
        DICOM folder.
    wanted : str or int, optional
        Series number, UID, or the beginning of a UID that only one series has.

    Raises
    ------
    InputError
        If no series, or more than one, answers to `wanted`; the message lists them all.
    """
    found = list_series(folder)
    if wanted is None:
        best = best_series(found)
        if len(found) > 1:
            others = "; ".join(s.describe() for s in found if s is not best)
            warnings.warn(
                f"{folder}: {len(found)} series; the largest axial one is taken, "
                f"{best.describe()}. Others: {others}. Choose with series=UID or number "
                "(command line: --series)",
                LesionSynthWarning,
                stacklevel=3,
            )
        return best
    matches = _matching(found, str(wanted))
    if len(matches) != 1:
        count = "no series" if not matches else f"{len(matches)} series"
        raise InputError(
            f"{count} of {len(found)} answer to {str(wanted)!r}. There are: "
            + "; ".join(s.describe() for s in found),
            where=folder,
            remedy="Give a number or UID, or the beginning of a UID, that only one has",
        )
    return matches[0]


def best_series(found: Sequence[Series]) -> Series:
    """The one that is taken where nobody says which: the largest axial CT.

    Parameters
    ----------
    found : sequence of Series
        One at least, as `list_series` gives them.
    """
    return max(found, key=lambda s: (s.scalar, is_ct(s), s.axial, int(np.prod(s.shape))))


def is_ct(series: Series) -> bool:
    """Whether the values are HU, as far as the header says."""
    return series.modality in ("CT", "")


def _matching(found: Sequence[Series], wanted: str) -> list[Series]:
    """Exact UID before number before beginning of a UID."""
    exact = [s for s in found if s.uid == wanted]
    if exact:
        return exact
    numbered = [s for s in found if wanted.isdigit() and s.number == int(wanted)]
    return numbered or [s for s in found if s.uid.startswith(wanted)]


def _scan(paths: Iterable[Path]) -> tuple[list[SliceFile], list[Path]]:
    slices, skipped = [], []
    for path in paths:
        if path.is_file() and _is_dicom(path):
            header = read_slice_header(path)
            if header is None:
                skipped.append(path)
            else:
                slices.append(header)
    return slices, skipped


def _is_dicom(path: Path) -> bool:
    if path.name.upper() == "DICOMDIR":
        return False
    try:
        with path.open("rb") as stream:
            stream.seek(128)
            return stream.read(4) == b"DICM" or path.suffix.lower() == ".dcm"
    except OSError:
        return False


def _by_uid(slices: Iterable[SliceFile]) -> list[list[SliceFile]]:
    groups: dict[str, dict[str, SliceFile]] = {}
    for item in slices:
        # A file that was copied twice under two names is one slice.
        groups.setdefault(item.uid, {}).setdefault(item.instance or str(item.path), item)
    return [list(group.values()) for group in groups.values()]


def _split(group: list[SliceFile], skipped: tuple[Path, ...]) -> list[Series]:
    """Stacks of one UID: apart by size and orientation, then, if need be, by acquisition."""
    stacks: list[list[SliceFile]] = []
    for item in group:
        for stack in stacks:
            if _stackable(stack[0], item):
                stack.append(item)
                break
        else:
            stacks.append([item])
    parts = [part for stack in stacks for part in _by_acquisition(stack)]
    parts.sort(key=lambda part: -len(part))
    uid = group[0].uid
    return [
        _series(uid if i == 0 else f"{uid}#{i + 1}", part, skipped) for i, part in enumerate(parts)
    ]


def _stackable(a: SliceFile, b: SliceFile) -> bool:
    return (
        a.frames == b.frames == 1
        and (a.shape, a.components) == (b.shape, b.components)
        and np.allclose(a.pixel, b.pixel, rtol=_SAME_TURN)
        and np.allclose(a.direction, b.direction, atol=_SAME_TURN)
    )


def _by_acquisition(stack: list[SliceFile]) -> list[list[SliceFile]]:
    """Apart by acquisition, where this explains why slices lie at the same place."""
    if _series("", stack, ()).stack.duplicates() is None:
        return [stack]
    acquisitions: dict[str, list[SliceFile]] = {}
    for item in stack:
        acquisitions.setdefault(item.acquisition, []).append(item)
    parts = list(acquisitions.values())
    alone = all(_series("", part, ()).stack.duplicates() is None for part in parts)
    return parts if alone else [stack]


def _series(uid: str, slices: Sequence[SliceFile], skipped: tuple[Path, ...]) -> Series:
    first = slices[0]
    normal: NDArray[np.float64] = first.direction[:, 0]
    ordered = sorted(slices, key=lambda s: (float(np.dot(s.position, normal)), s.path.name))
    return Series(
        uid=uid,
        number=first.number,
        description=first.description,
        modality=first.modality,
        slices=tuple(ordered),
        skipped=skipped,
    )


def _names(paths: Sequence[Path], most: int = 3) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(p.name for p in paths[:most]) + more
