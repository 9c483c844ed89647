"""Axial, coronal and sagittal cuts with square pixels, as radiologists hang them."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple

__all__ = ["Plane", "cut", "planes_of"]


class Plane(IntEnum):
    """A plane, by the array axis that it is perpendicular to."""

    AXIAL = 0
    CORONAL = 1
    SAGITTAL = 2


def planes_of(shape: tuple[int, ...]) -> tuple[Plane, ...]:
    """Planes worth showing: all three, or the axial one alone for a single slice."""
    return (Plane.AXIAL,) if shape[0] == 1 else tuple(Plane)


def cut(
    array: NDArray[np.generic],
    spacing: Triple,
    plane: Plane,
    center: Triple,
    *,
    fov_mm: float,
    pixels: int,
    order: Literal[0, 1] = 1,
    fill: float = 0.0,
) -> NDArray[np.float32]:
    """Cut a square out of `array`, centred on a voxel and resampled to square pixels.

    Axial: front up, the patient's right on the left. Coronal and sagittal: head up.

    Parameters
    ----------
    array : ndarray, shape (z, y, x)
        Any numeric or bool volume.
    spacing : tuple of float
        mm, (z, y, x).
    plane : Plane
        Which cut.
    center : tuple of float
        Voxel index (z, y, x), fractional allowed; the cut goes through the nearest slice.
    fov_mm : float
        Side of the square.
    pixels : int
        Side of the result.
    order : int
        0 for labels, 1 for HU.
    fill : float
        Value outside the array.

    Returns
    -------
    ndarray of float32, shape (pixels, pixels)
    """
    depth = int(np.clip(round(center[plane]), 0, array.shape[plane] - 1))
    image = np.take(array, depth, axis=plane).astype(np.float32)
    rows, columns = (axis for axis in range(3) if axis != plane)
    offsets = (np.arange(pixels) - (pixels - 1) / 2) * (fov_mm / pixels)
    down = offsets if plane is Plane.AXIAL else -offsets
    down_index, right_index = np.meshgrid(
        center[rows] + down / spacing[rows],
        center[columns] + offsets / spacing[columns],
        indexing="ij",
    )
    coordinates = np.stack([down_index, right_index])
    result: NDArray[np.float32] = ndimage.map_coordinates(
        image, coordinates, order=order, mode="constant", cval=fill, output=np.float32
    )
    return result
