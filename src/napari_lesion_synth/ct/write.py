"""Write a CT or a label image so that other viewers overlay it where it belongs.

A file appears under its name only when it is complete: it is written under a temporary name, read
back, compared, flushed to the disk and renamed. ITK alone does not notice a disk that fills up in
the middle of a NIfTI file.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from napari_lesion_synth import __version__
from napari_lesion_synth.ct.geometry import Grid
from napari_lesion_synth.ct.images import blocks, image_of, quiet, read_header
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError, InputError, ParameterError, StorageError
from napari_lesion_synth.files import TEMPORARY, write_atomic, writing

__all__ = ["SYNTHETIC_NOTE", "sidecar_of", "write_map", "write_mask", "write_volume"]

_SUFFIXES = (".nii.gz", ".nii", ".mha", ".nrrd")
SYNTHETIC_NOTE = "SYNTHETIC lesions, not a real finding. Not for diagnosis."
"""The mark in the files' own headers; NIfTI has room for 79 characters."""

_MARK = "SYNTHETIC"


def write_volume(
    path: str | PathLike[str],
    volume: Volume,
    *,
    synthetic: bool = False,
    details: dict[str, Any] | None = None,
) -> Path:
    """Write a CT with its geometry.

    Parameters
    ----------
    path : path
        Ends in ``.nii.gz``, ``.nii``, ``.mha`` or ``.nrrd``; its folder exists.
    volume : Volume
        What to write.
    synthetic : bool
        Whether it contains synthetic lesions. Such a file is marked in its header and in a JSON
        file beside it.
    details : dict, optional
        JSON-able; kept in the JSON file beside the mark.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ParameterError
        If the name has another ending.
    StorageError
        If the file could not be written completely; nothing is left under its name then, or the
        file that was there before.
    """
    return _write(Path(path), volume.hu, Grid.of(volume), synthetic, details)


def write_mask(
    path: str | PathLike[str],
    mask: NDArray[Any],
    like: Volume,
    *,
    synthetic: bool = False,
    details: dict[str, Any] | None = None,
) -> Path:
    """Write a mask, or labels, with the geometry of its CT.

    Parameters
    ----------
    path : path
        As for `write_volume`.
    mask : ndarray of bool or of whole numbers from 0 to 65535, shape (z, y, x)
        Written as 8 bits a voxel where the labels allow.
    like : Volume
        The CT.
    synthetic, details
        As for `write_volume`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    GeometryError
        If the mask has another shape than the CT.
    ParameterError, StorageError
        As for `write_volume`; also if the mask holds fractions or numbers out of range.
    """
    if mask.shape != like.shape:
        raise GeometryError(
            f"the mask has shape {mask.shape}, its CT {like.shape}",
            where=path,
            remedy="Give a mask drawn on this CT",
        )
    return _write(Path(path), _labels(mask, path), Grid.of(like), synthetic, details)


def write_map(
    path: str | PathLike[str], values: NDArray[Any], like: Volume, *, note: str = ""
) -> Path:
    """Write a number for each voxel of a CT, with its geometry and no file beside it.

    Parameters
    ----------
    path : path
        As for `write_volume`.
    values : ndarray, shape (z, y, x)
        Written as their own type.
    like : Volume
        The CT.
    note : str
        For the file's own header, up to 79 characters.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    GeometryError
        If the values have another shape than the CT.
    ParameterError, StorageError
        As for `write_volume`.
    """
    path = Path(path)
    _suffix(path)
    if values.shape != like.shape:
        raise GeometryError(f"the map has shape {values.shape}, its CT {like.shape}", where=path)
    _write_image(path, values, Grid.of(like), note)
    return path


def sidecar_of(path: str | PathLike[str]) -> Path:
    """The JSON file beside an image: ``ct.nii.gz`` has ``ct.json``."""
    path = Path(path)
    return path.with_name(path.name[: -len(_suffix(path))] + ".json")


def _labels(mask: NDArray[Any], path: str | PathLike[str]) -> NDArray[np.uint8 | np.uint16]:
    if mask.dtype == np.bool_:
        return mask.view(np.uint8)
    low, high = mask.min(), mask.max()
    small = np.uint8 if high <= np.iinfo(np.uint8).max else np.uint16
    if low < 0 or high > np.iinfo(np.uint16).max or mask.dtype.kind not in "ui":
        raise ParameterError(
            f"labels are whole numbers from 0 to 65535; these are {mask.dtype}, {low} to {high}",
            where=path,
        )
    return mask.astype(small)


def _suffix(path: Path) -> str:
    for suffix in _SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise ParameterError(
        "the name says no format that can be written",
        where=path,
        remedy=f"Let it end in {', '.join(_SUFFIXES)}",
    )


def _write(
    path: Path,
    array: NDArray[Any],
    grid: Grid,
    synthetic: bool,
    details: dict[str, Any] | None,
) -> Path:
    sidecar = sidecar_of(path)
    text = _sidecar_text(synthetic, details)
    # The mark first: a synthetic volume is never on the disk without it.
    with writing(path):
        new = not sidecar.exists()
    if text is not None:
        write_atomic(sidecar, text.encode(), durable=True)
    try:
        _write_image(path, array, grid, SYNTHETIC_NOTE if synthetic else "")
    except StorageError:
        if text is not None and new:
            sidecar.unlink(missing_ok=True)
        raise
    if text is None and _is_ours(sidecar):
        sidecar.unlink()  # of a synthetic file that this one replaces
    return path


def _sidecar_text(synthetic: bool, details: dict[str, Any] | None) -> str | None:
    if not synthetic and details is None:
        return None
    content = {
        _MARK: synthetic,
        "Note": SYNTHETIC_NOTE if synthetic else "No synthetic lesions.",
        "GeneratedBy": {"Name": "napari-lesion-synth", "Version": __version__},
        **(details or {}),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _is_ours(sidecar: Path) -> bool:
    try:
        content = json.loads(sidecar.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and _MARK in content


def _write_image(path: Path, array: NDArray[Any], grid: Grid, note: str) -> None:
    part = path.with_name(TEMPORARY + path.name)
    with writing(path):
        try:
            part.open("wb").close()  # says why it cannot; ITK would not
            if not _through_itk(part, array, grid, note):
                full = shutil.disk_usage(part.parent).free < array.nbytes
                raise OSError(errno.ENOSPC if full else errno.EIO, "it was not written completely")
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())
            part.replace(path)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def _through_itk(path: Path, array: NDArray[Any], grid: Grid, note: str) -> bool:
    """Write, read back, compare; whether the file holds what was to be written."""
    image = image_of(array, grid)
    if note:
        other = _MARK if note == SYNTHETIC_NOTE else "Note"
        image.SetMetaData("ITK_FileNotes" if _suffix(path).startswith(".nii") else other, note)
    try:
        with quiet():
            sitk.WriteImage(image, str(path), useCompression=path.suffix != ".nii")
        del image
        return all(np.array_equal(array[part], b) for part, b in blocks(read_header(path)))
    except (RuntimeError, InputError):
        return False
