"""One DICOM file through GDCM: its header, and its pixels in HU."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.images import grid_of, quiet
from napari_lesion_synth.ct.units import AIR, HuConverter
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import InputError

__all__ = ["SliceFile", "read_slice", "read_slice_header"]

_SERIES_UID = "0020|000e"
_SERIES_NUMBER = "0020|0011"
_DESCRIPTION = "0008|103e"
_MODALITY = "0008|0060"
_INSTANCE_UID = "0008|0018"
_ACQUISITION = ("0020|0012", "0020|0100")  # its number, and the temporal position in it
_THICKNESS = ("0018|0050", "0018|0088")  # of a slice, and the spacing between slices
_PADDING = "0028|0120"
_SIGNED = "0028|0103"
_SLOPE = "0028|1053"
_INTERCEPT = "0028|1052"


@dataclass(frozen=True, eq=False)
class SliceFile:
    """Header of one DICOM image file.

    Parameters
    ----------
    path : Path
        The file.
    uid, instance : str
        Of its series, and its own.
    number : int or None
        Of the series.
    description, modality, acquisition : str
        As the file says; empty where it does not.
    frames, components : int
        Slices in the file (usually 1), and numbers in a pixel (3 for colours).
    shape : tuple of int
        Pixels, (y, x).
    pixel : tuple of float
        mm, (y, x).
    position : tuple of float
        Of the first pixel, mm, (z, y, x) components of the LPS frame.
    direction : ndarray of float64, shape (3, 3)
        Columns: the slice's normal, the direction of its columns, of its rows.
    thickness : float
        mm; 1 where the file does not say.
    padding : float or None
        HU of the pixels outside the scan, where the file says.
    """

    path: Path
    uid: str
    instance: str
    number: int | None
    description: str
    modality: str
    acquisition: str
    frames: int
    components: int
    shape: tuple[int, int]
    pixel: tuple[float, float]
    position: Triple
    direction: NDArray[np.float64] = field(repr=False)
    thickness: float = 1.0
    padding: float | None = None


def _reader(path: Path) -> sitk.ImageFileReader:
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    return reader


def read_slice_header(path: Path) -> SliceFile | None:
    """Header of a DICOM file, or None if it holds no readable image."""
    reader = _reader(path)
    try:
        with quiet():
            reader.ReadImageInformation()
    except RuntimeError:
        return None
    grid = grid_of(reader.GetSize(), reader.GetSpacing(), reader.GetOrigin(), reader.GetDirection())
    number = _number(reader, _SERIES_NUMBER)
    thickness = [_number(reader, tag) for tag in _THICKNESS]
    return SliceFile(
        path=path,
        uid=_text(reader, _SERIES_UID),
        instance=_text(reader, _INSTANCE_UID),
        number=None if number is None else int(number),
        description=_text(reader, _DESCRIPTION),
        modality=_text(reader, _MODALITY),
        acquisition="/".join(_text(reader, tag) for tag in _ACQUISITION),
        frames=grid.shape[0],
        components=int(reader.GetNumberOfComponents()),
        shape=(grid.shape[1], grid.shape[2]),
        pixel=(grid.spacing[1], grid.spacing[2]),
        position=grid.origin,
        direction=grid.direction,
        thickness=next((t for t in thickness if t is not None and t > 0), 1.0),
        padding=_padding(reader),
    )


def read_slice(header: SliceFile, convert: HuConverter) -> NDArray[np.int16]:
    """Pixels of a DICOM file in HU, shape (frames, y, x); slope and intercept are applied.

    Raises
    ------
    InputError
        If the file's pixels cannot be read.
    """
    try:
        with quiet():
            image = _reader(header.path).Execute()
    except RuntimeError:
        raise InputError(
            "its pixels cannot be read: the file is damaged, cut short, or compressed in a way "
            "that is not supported",
            where=header.path,
            remedy="Copy it again, or export the series uncompressed",
        ) from None
    values = sitk.GetArrayFromImage(image).reshape(header.frames, *header.shape)
    hu = convert(values)
    if header.padding is not None and header.padding > AIR:
        for k in range(header.frames):
            hu[k][_outside(values[k] == header.padding)] = AIR
    return hu


def _outside(padded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Padding that reaches the border: the same value within the body is tissue."""
    labels, _ = ndimage.label(padded)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    outside: NDArray[np.bool_] = np.isin(labels, border[border > 0])
    return outside


def _padding(reader: sitk.ImageFileReader) -> float | None:
    stored = _number(reader, _PADDING)
    if stored is None:
        return None
    signed = _number(reader, _SIGNED) == 1
    # Files exist that keep the padding of 16-bit pixels with the other kind of sign.
    if signed and stored > np.iinfo(np.int16).max:
        stored -= 2**16
    if not signed and stored < 0:
        stored += 2**16
    slope, intercept = _number(reader, _SLOPE), _number(reader, _INTERCEPT)
    return stored * (1.0 if slope is None else slope) + (intercept or 0.0)


def _text(reader: sitk.ImageFileReader, tag: str) -> str:
    return str(reader.GetMetaData(tag)).strip("\0 ") if reader.HasMetaDataKey(tag) else ""


def _number(reader: sitk.ImageFileReader, tag: str) -> float | None:
    text: Any = _text(reader, tag)
    try:
        return float(text)
    except ValueError:
        return None
