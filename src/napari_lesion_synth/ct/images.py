"""Image files through SimpleITK: their headers, and their voxels block by block.

Voxels are read in blocks and written straight into the canonical array, through a view that has
the file's axes: neither orienting nor converting needs a second volume. Reading a NIfTI file in
parts has another merit. ITK reads a whole NIfTI file that was cut short without complaint, and
leaves the rest zero; asked for a part that is not there, it says so.
"""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from napari_lesion_synth.ct.geometry import Grid, canonical, triple
from napari_lesion_synth.errors import GeometryError, InputError, LesionSynthWarning

__all__ = ["Header", "grid_of", "load", "quiet", "read_header"]

_STREAMS = "NiftiImageIO"
_WITHOUT_GEOMETRY = ("PNGImageIO", "JPEGImageIO", "BMPImageIO", "TIFFImageIO", "GIFImageIO")
_BLOCKS = 8
"""More blocks need less memory; each block of a .nii.gz is decompressed from the file's start."""

_FORMATS = "NIfTI, MHA, MHD, NRRD or DICOM"
_GZIP = b"\x1f\x8b"


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
    """

    path: Path
    grid: Grid
    size: tuple[int, ...]
    io: str

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
    return Header(path, grid, size, str(reader.GetImageIO()) or _format_of(path))


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
    grid, orientation = oriented(header)
    array = np.empty(grid.shape, dtype)
    stored = orientation.invert(array)
    for part, block in _blocks(header):
        stored[part] = convert(block)
    return array, grid


def oriented(header: Header) -> tuple[Grid, Any]:
    """`canonical` with the file's name in the error."""
    try:
        return canonical(header.grid)
    except GeometryError as error:
        raise GeometryError(error.what, where=header.path, remedy=error.remedy) from None


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


def warn_without_geometry(header: Header) -> None:
    """Say that a voxel size was assumed, for formats that keep none."""
    if not header.has_geometry:
        warnings.warn(
            f"{header.path}: this format holds no voxel size; 1 mm is assumed",
            LesionSynthWarning,
            stacklevel=3,
        )


def _blocks(header: Header) -> Iterator[tuple[tuple[slice, ...], NDArray[Any]]]:
    """Parts of the stored array with their voxels, in (z, y, x) order."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(header.path))
    shape = header.grid.shape
    # A single slice is cut along y; an image of one row has nothing to be cut along.
    axis = 0 if shape[0] > 1 else 1
    parts = min(_BLOCKS, shape[axis]) if header.io == _STREAMS else 1
    edges = np.linspace(0, shape[axis], parts + 1).astype(int)
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = [slice(0, n) for n in shape]
        part[axis] = slice(start, stop)
        yield tuple(part), _read_part(reader, header, part)


def _read_part(
    reader: sitk.ImageFileReader, header: Header, part: list[slice]
) -> NDArray[Any]:
    wanted = [s.stop - s.start for s in reversed(part)]
    starts = [s.start for s in reversed(part)]
    dims = len(header.size)
    # Size 0 asks ITK to drop an axis: those beyond the third.
    reader.SetExtractSize([*wanted[:dims], *[0] * (dims - 3)])
    reader.SetExtractIndex([*starts[:dims], *[0] * (dims - 3)])
    try:
        with quiet():
            image = reader.Execute()
    except RuntimeError:
        raise InputError(
            "its voxels cannot be read: the file is damaged or was cut short",
            where=header.path,
            remedy="Copy or download it again",
        ) from None
    # A copy of one block: the view would not outlive its image.
    return sitk.GetArrayFromImage(image).reshape([s.stop - s.start for s in part])


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
        raise InputError(
            "there is no such file", where=path, remedy="Check the path"
        ) from None
    except OSError as error:
        raise InputError(
            f"the file cannot be opened ({error.strerror})",
            where=path,
            remedy="Check its permissions",
        ) from None
    if empty:
        raise InputError(
            "the file is empty", where=path, remedy="Copy or download it again"
        )


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
        if start != _GZIP:
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


def _format_of(path: Path) -> str:
    """ITK's name of the format, where the reader does not tell."""
    return str(sitk.ImageFileReader.GetImageIOFromFileName(str(path)))
