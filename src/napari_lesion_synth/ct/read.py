"""Read a CT: a folder of DICOM files, or one file of any common format."""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path

import numpy as np

from napari_lesion_synth.ct.dicom import Series, choose_series, series_of_file
from napari_lesion_synth.ct.dicom_file import read_slice
from napari_lesion_synth.ct.geometry import Grid, canonical
from napari_lesion_synth.ct.images import load, read_header, warn_without_geometry
from napari_lesion_synth.ct.stack import regular_grid, regularise
from napari_lesion_synth.ct.units import HuConverter
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import (
    GeometryError,
    InputError,
    LesionSynthWarning,
    ParameterError,
)

__all__ = ["read_series", "read_volume"]

_NOT_HU = ("MR", "PT", "NM", "US", "XA", "CR", "DX", "MG")


def read_volume(
    path: str | PathLike[str],
    *,
    series: str | int | None = None,
    units: str = "auto",
    resample: bool = False,
) -> Volume:
    """Read a CT, LPS-canonical, in int16 HU.

    Parameters
    ----------
    path : path
        DICOM folder or file, or a NIfTI, MHA, MHD or NRRD file.
    series : str or int, optional
        Which series of a DICOM folder: number, UID, or the beginning of a UID. Default: the
        largest axial CT.
    units : str
        ``"hu"``: values are HU. ``"LOW:HIGH"``: 0..255 was mapped from these HU. ``"auto"``:
        HU, with a warning if the values look like those of an 8-bit picture.
    resample : bool
        Whether to resample a DICOM series with a tilted gantry, missing slices or uneven spacing
        onto a regular grid, instead of refusing it.

    Returns
    -------
    Volume
        Padding outside the scan is air, -1024 HU. Oblique scans keep their obliqueness in
        `Volume.direction`. A single image has shape (1, y, x).

    Raises
    ------
    InputError
        If the path cannot be read as a CT.
    GeometryError
        If the slices do not form a regular grid.
    ParameterError
        If `units` is malformed, or `series` is given for a file.
    """
    path = Path(path)
    if path.name.upper() == "DICOMDIR":
        path = path.parent
    if path.is_dir():
        return read_series(choose_series(path, series), units=units, resample=resample)
    if series is not None:
        raise ParameterError(
            f"series={series!r} chooses among the series of a DICOM folder, and this is a file",
            where=path,
            remedy="Leave series out, or give the folder",
        )
    convert = HuConverter(units)
    header = read_header(path)
    if header.io == "GDCMImageIO":
        return read_series(series_of_file(path), units=units, resample=resample)
    warn_without_geometry(header)
    hu, grid = load(header, convert, np.int16)
    convert.finish(path)
    return Volume(hu, grid.spacing, grid.origin, grid.direction)


def read_series(series: Series, *, units: str = "auto", resample: bool = False) -> Volume:
    """Read one series that `list_series` or `choose_series` found.

    Parameters
    ----------
    series : Series
        Which one.
    units, resample
        As for `read_volume`.

    Returns
    -------
    Volume

    Raises
    ------
    InputError
        If a file's pixels cannot be read, or are colours.
    GeometryError
        If slices coincide, or do not form a regular grid and `resample` is false.
    """
    folder = series.files[0].parent
    if not series.scalar:
        raise InputError(
            f"series {series.uid} holds colour pictures, not a CT",
            where=folder,
            remedy="Choose another series (command line: --series)",
        )
    if series.modality in _NOT_HU:
        warnings.warn(
            f"{folder}: series {series.uid} is of modality {series.modality}, not CT; its values "
            "are not HU",
            LesionSynthWarning,
            stacklevel=3,
        )
    convert = HuConverter(units)
    fault = _check(series, resample)
    if fault is None:
        return _read_regular(series, convert)
    slices = np.concatenate([read_slice(s, convert) for s in series.slices])
    convert.finish(folder)
    hu, grid = regularise(series.stack, slices)
    lps, orientation = canonical(grid, series.files[0])
    hu = np.ascontiguousarray(orientation.apply(hu))
    warnings.warn(
        f"{folder}: {fault}. Resampled onto a regular grid: {lps.describe()}",
        LesionSynthWarning,
        stacklevel=3,
    )
    return Volume(hu, lps.spacing, lps.origin, lps.direction)


def _read_regular(series: Series, convert: HuConverter) -> Volume:
    grid = _stored_grid(series)
    lps, orientation = canonical(grid, series.files[0])
    hu = np.empty(lps.shape, np.int16)
    stored = orientation.invert(hu)
    start = 0
    for item in series.slices:
        stored[start : start + item.frames] = read_slice(item, convert)
        start += item.frames
    convert.finish(series.files[0] if len(series.files) == 1 else series.files[0].parent)
    return Volume(hu, lps.spacing, lps.origin, lps.direction)


def _stored_grid(series: Series) -> Grid:
    if len(series.slices) > 1 or series.slices[0].frames == 1:
        return regular_grid(series.stack)
    return read_header(series.files[0]).grid  # several frames in one file: GDCM knows


def _check(series: Series, resample: bool) -> str | None:
    """Fault of the series that resampling mends, or None."""
    folder, stack = series.files[0].parent, series.stack
    twins = stack.duplicates()
    if twins is not None:
        raise GeometryError(
            f"{twins[0]} and {twins[1]} lie at the same place: the series holds several phases, or "
            "its files say no positions",
            where=folder,
            remedy="Keep the files of one phase in a folder of their own",
        )
    fault = stack.fault()
    if fault is None or resample:
        return fault
    damaged = [p.name for p in series.skipped]
    unread = f"; these files cannot be read as images: {', '.join(damaged[:5])}" if damaged else ""
    raise GeometryError(
        f"series {series.uid}: {fault}{unread}",
        where=folder,
        remedy="Complete the series, or say resample=True (command line: --resample) to resample "
        "it onto a regular grid",
    )
