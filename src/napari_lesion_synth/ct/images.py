"""Image files: their headers, and their voxels block by block.

Blocks are written straight into the canonical array, through a view that has the file's axes:
neither orienting nor converting needs a second volume.
"""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from napari_lesion_synth.ct.geometry import Grid, canonical, triple
from napari_lesion_synth.ct.nifti import GZIP, nifti_blocks
from napari_lesion_synth.errors import GeometryError, InputError, LesionSynthWarning

__all__ = [
    "Header",
    "blocks",
    "grid_of",
    "image_of",
    "load",
    "quiet",
    "read_header",
    "warn_without_geometry",
]

_NIFTI = "NiftiImageIO"
_WITHOUT_GEOMETRY = ("PNGImageIO", "JPEGImageIO", "BMPImageIO", "TIFFImageIO", "GIFImageIO")
_FORMATS = "NIfTI, MHA, MHD, NRRD or DICOM"


@dataclass(frozen=True, eq=False)
class Header:
    """What an image file says before its voxels are read.

    Parameters
    ----------
    path : Path
        The file.
    grid : Grid
        As stored; a single slice has one voxel along its first axis.
    size : tuple of int
        ITK's size, (x, y, ...), with all the axes that the file has.
    io : str
        ITK's name of the format.
    reader : SimpleITK.ImageFileReader
        Knows the file's other fields, and reads it.
    """

    path: Path
    grid: Grid
    size: tuple[int, ...]
    io: str
    reader: sitk.ImageFileReader = field(repr=False)

    @property
    def has_geometry(self) -> bool:
        """Whether the format can say where its voxels lie."""
        return self.io not in _WITHOUT_GEOMETRY


@contextmanager
def quiet() -> Iterator[None]:
    """Keep ITK's warnings off the terminal; its errors arrive as exceptions anyway."""
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)


def read_header(path: str | PathLike[str]) -> Header:
    """Header of an image file.

    Raises
    ------
    InputError
        If the file is missing, empty, damaged or of another kind, or is not a scalar image of
        two or three axes.
    GeometryError
        If its axes are not perpendicular.
    """
    path = Path(path)
    _check_readable(path)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        with quiet():
            reader.ReadImageInformation()
    except RuntimeError as error:
        raise _diagnose(path, str(error)) from None
    size = tuple(int(n) for n in reader.GetSize())
    _check_scalar(path, size, reader)
    grid = grid_of(size, reader.GetSpacing(), reader.GetOrigin(), reader.GetDirection())
    io = sitk.ImageFileReader.GetImageIOFromFileName(str(path))
    return Header(path, grid, size, io, reader)


def load(
    header: Header, convert: Callable[[NDArray[Any]], NDArray[Any]], dtype: type[np.generic]
) -> tuple[NDArray[Any], Grid]:
    """Read the voxels into an LPS-canonical array.

    Parameters
    ----------
    header : Header
        From `read_header`.
    convert : callable
        Turns a block of stored values into one of `dtype`, of the same shape.
    dtype : type
        Of the result.

    Returns
    -------
    ndarray of `dtype`, shape (z, y, x), and its Grid

    Raises
    ------
    InputError
        If the file is damaged or cut short.
    """
    grid, orientation = canonical(header.grid, header.path)
    array = np.empty(grid.shape, dtype)
    stored = orientation.invert(array)
    for part, block in blocks(header):
        stored[part] = convert(block)
    return array, grid


def grid_of(size: Any, spacing: Any, origin: Any, direction: Any) -> Grid:
    """Grid from ITK's fields, (x, y, z) order, of an image of two or more axes.

    Axes beyond the third must have one voxel and are dropped; a missing third is added.
    """
    dims = len(size)
    kept = min(dims, 3)
    shape, step, first, turn = np.ones(3, int), np.ones(3), np.zeros(3), np.eye(3)
    shape[:kept], step[:kept], first[:kept] = size[:kept], spacing[:kept], origin[:kept]
    turn[:kept, :kept] = np.reshape(direction, (dims, dims))[:kept, :kept]
    z, y, x = (int(n) for n in shape[::-1])
    return Grid((z, y, x), triple(step[::-1]), triple(first[::-1]), turn[::-1, ::-1].copy())


def image_of(array: NDArray[Any], grid: Grid) -> sitk.Image:
    """An ITK image with a copy of the array, placed as the grid says."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(grid.spacing[::-1])
    image.SetOrigin(grid.origin[::-1])
    image.SetDirection(grid.direction[::-1, ::-1].ravel().tolist())
    return image


def warn_without_geometry(header: Header) -> None:
    """Say that a voxel size was assumed, for formats that keep none."""
    if not header.has_geometry:
        warnings.warn(
            f"{header.path}: this format holds no voxel size; 1 mm is assumed",
            LesionSynthWarning,
            stacklevel=3,
        )


def blocks(header: Header) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Parts of the stored array, each with its voxels.

    Yields
    ------
    slice, ndarray
        Along the first of the file's axes in (z, y, x) order, and the values there.

    Raises
    ------
    InputError
        If the file is damaged or cut short.
    """
    if header.io == _NIFTI:
        yield from nifti_blocks(header.path, header.grid.shape, header.reader.GetMetaData)
        return
    try:
        with quiet():
            image = header.reader.Execute()
    except RuntimeError:
        raise InputError(
            "its voxels cannot be read: the file is damaged or was cut short",
            where=header.path,
            remedy="Copy or download it again",
        ) from None
    # A view without a copy; it lives as long as the image, hence while this generator waits.
    array = sitk.GetArrayViewFromImage(image).reshape(header.grid.shape)
    yield slice(0, header.grid.shape[0]), array


def _check_readable(path: Path) -> None:
    if path.is_dir():
        raise InputError(
            "this is a folder, and an image file was expected",
            where=path,
            remedy="Name the file; only a CT can be a folder (of DICOM files)",
        )
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
    except FileNotFoundError:
        raise InputError("there is no such file", where=path, remedy="Check the path") from None
    except OSError as error:
        raise InputError(
            f"the file cannot be opened ({error.strerror})",
            where=path,
            remedy="Check its permissions",
        ) from None
    if empty:
        raise InputError("the file is empty", where=path, remedy="Copy or download it again")


def _check_scalar(path: Path, size: tuple[int, ...], reader: sitk.ImageFileReader) -> None:
    kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    if reader.GetNumberOfComponents() != 1 or "vector" in kind or "complex" in kind:
        raise InputError(
            f"each voxel holds {reader.GetNumberOfComponents()} numbers ({kind}), as in a colour "
            "picture; one is needed",
            where=path,
            remedy="Export the image as greyscale, or one channel of it",
        )
    if any(n > 1 for n in size[3:]):
        raise InputError(
            f"the image has {len(size)} axes (size {' x '.join(map(str, size))}), as a time "
            "series or several phases do; three are needed",
            where=path,
            remedy="Extract one volume from it, for instance with 3D Slicer or fslroi",
        )


def _diagnose(path: Path, message: str) -> InputError:
    """Turn ITK's message into one for people."""
    again = "Copy or download it again"
    if "orthonormal" in message or "cosines" in message:
        return GeometryError(
            "its axes are sheared or not perpendicular",
            where=path,
            remedy="Resample the image onto a regular grid, for instance in 3D Slicer",
        )
    with path.open("rb") as stream:
        start = stream.read(2)
    if path.name.lower().endswith(".gz"):
        if start != GZIP:
            return InputError(
                "the name ends in .gz, but the content is not compressed by gzip",
                where=path,
                remedy=f"{again}, or rename it to what it is",
            )
        try:
            with gzip.open(path) as stream:
                stream.read(352)
        except (OSError, EOFError):
            return InputError(
                "the compressed file is damaged or was cut short", where=path, remedy=again
            )
    return InputError(
        "this is not an image that can be read, or its header is damaged",
        where=path,
        remedy=f"Give a {_FORMATS} file",
    )
