"""What a DICOM series looks like, from one of its files."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.ct.dicom import Series, is_ct
from napari_lesion_synth.ct.dicom_file import SliceFile, read_slice
from napari_lesion_synth.ct.geometry import Grid, canonical
from napari_lesion_synth.ct.planes import Plane
from napari_lesion_synth.ct.units import HuConverter
from napari_lesion_synth.ct.windows import SOFT_TISSUE, Window
from napari_lesion_synth.errors import InputError

__all__ = ["series_preview"]

_DARKEST, _BRIGHTEST = 1, 99
"""Percentiles that are black and white where values are not HU."""


def series_preview(series: Series, pixels: int = 96) -> NDArray[np.uint8]:
    """A small picture of a series: its middle slice.

    One file is read, whatever the length of the series.

    Parameters
    ----------
    series : Series
        Of greyscale images. A CT is shown in the soft-tissue window, anything else from its
        darkest to its brightest values.
    pixels : int
        Side of the picture.

    Returns
    -------
    ndarray of uint8, shape (pixels, pixels)
        Grey values, hung as radiologists do: the front or the head up, the patient's right on the
        left. The slice has its true proportions and is centred on black.

    Raises
    ------
    InputError
        If the series holds colours, or the middle file cannot be read.
    GeometryError
        If its axes are not perpendicular.
    """
    if not series.scalar:
        raise InputError(
            "it holds colour pictures, not a CT",
            where=series.files[0].parent,
            remedy="Choose another series",
        )
    header = series.slices[len(series.slices) // 2]
    frames = read_slice(header, HuConverter())
    values, size_mm = _hung(frames[len(frames) // 2], header)
    grey = _window(series, values).apply(values)
    return _framed(grey, size_mm, pixels)


def _window(series: Series, values: NDArray[np.int16]) -> Window:
    if is_ct(series):
        return SOFT_TISSUE
    dark, bright = np.percentile(values, [_DARKEST, _BRIGHTEST])
    return Window("all", (dark + bright) / 2, max(bright - dark, 1.0))


def _hung(
    values: NDArray[np.int16], header: SliceFile
) -> tuple[NDArray[np.int16], tuple[float, float]]:
    """The slice as radiologists see it, and its height and width in mm."""
    spacing = (header.thickness, *header.pixel)
    stored = Grid((1, *values.shape), spacing, header.position, header.direction)
    grid, way = canonical(stored, header.path)
    plane = Plane(way.axes.index(0))  # the canonical axis that runs along the slice's normal
    turned = np.take(way.apply(values[np.newaxis]), 0, axis=plane)
    if plane is not Plane.AXIAL:
        turned = turned[::-1]  # z runs to the head
    height, width = (
        n * s for axis, (n, s) in enumerate(zip(grid.shape, grid.spacing, strict=True))
        if axis != plane
    )  # fmt: skip
    return turned, (height, width)


def _framed(
    grey: NDArray[np.uint8], size_mm: tuple[float, float], pixels: int
) -> NDArray[np.uint8]:
    scale = pixels / max(size_mm)
    height, width = (min(pixels, max(1, round(side * scale))) for side in size_mm)
    small = Image.fromarray(grey).resize((width, height), Image.Resampling.BILINEAR)
    framed = np.zeros((pixels, pixels), np.uint8)
    top, left = (pixels - height) // 2, (pixels - width) // 2
    framed[top : top + height, left : left + width] = np.asarray(small)
    return framed
