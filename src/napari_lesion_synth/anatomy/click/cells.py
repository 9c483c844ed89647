"""The CT on a coarse grid: cells of a few voxels, cut to the patient's body."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.click.measures import Cell, Field, blurred, bounding_box
from napari_lesion_synth.ct.volume import Box, Triple, Volume
from napari_lesion_synth.events import StopToken

__all__ = ["Cells", "averaged"]

_SHARPNESS_MM = 1.5
_BODY_HU = -250.0
_BODY_BLUR_MM = 5.0
_BORDER_CELLS = 2


@dataclass(frozen=True, eq=False)
class Cells:
    """Means of cells of voxels.

    Parameters
    ----------
    hu : ndarray of float32, shape (z, y, x)
        Mean HU of the cells in the body's box.
    smooth : ndarray of float32, shape (z, y, x)
        The same, blurred by 1.5 mm.
    spacing : tuple of float
        Size of a cell in mm, (z, y, x).
    factors : tuple of int
        Voxels of a cell along each axis.
    origin : tuple of int
        Cell of the whole CT at which the box begins.
    shape : tuple of int
        Voxels of the whole CT, (z, y, x).
    """

    hu: Field
    smooth: Field
    spacing: Triple
    factors: Cell
    origin: Cell
    shape: Cell

    @property
    def flat(self) -> bool:
        """Whether this is a single slice."""
        return self.shape[0] == 1

    def cropped(self, box: Box) -> Cells:
        """The cells of a box."""
        z, y, x = (first + side.start for first, side in zip(self.origin, box, strict=True))
        return replace(self, hu=self.hu[box], smooth=self.smooth[box], origin=(z, y, x))

    def cell_of(self, index: Cell) -> Cell:
        """The cell that a voxel lies in, or the nearest one where it lies outside the body."""
        z, y, x = (
            min(max(i // k - first, 0), n - 1)
            for i, k, first, n in zip(index, self.factors, self.origin, self.hu.shape, strict=True)
        )
        return z, y, x

    def voxels_of(self, box: Box) -> Box:
        """The box of voxels of a box of cells."""
        z, y, x = (
            slice((side.start + first) * k, min((side.stop + first) * k, n))
            for side, first, k, n in zip(box, self.origin, self.factors, self.shape, strict=True)
        )
        return z, y, x

    def positive(self, level: Field, box: Box, token: StopToken) -> NDArray[np.bool_]:
        """Where a field, interpolated linearly between the cells, is positive.

        Parameters
        ----------
        level : ndarray of float32, shape (z, y, x)
            On the cells.
        box : tuple of slice
            Cells to look at.
        token : StopToken
            Checked at every slice.

        Returns
        -------
        ndarray of bool, shape (z, y, x)
            The box of voxels that `voxels_of` gives.
        """
        depth, rows, columns = (side.stop - side.start for side in self.voxels_of(box))
        result = np.empty((depth, rows, columns), bool)
        below, shares = _places(depth, self.factors[0], len(level[box]))
        planes: dict[int, Field] = {}
        for z, (low, share) in enumerate(zip(below.tolist(), shares.tolist(), strict=True)):
            token.check()
            for layer in {low, min(low + 1, len(level[box]) - 1)} - planes.keys():
                planes[layer] = self._plane(level[box][layer], rows, columns)
            high = planes[min(low + 1, len(level[box]) - 1)]
            result[z] = planes[low] * (1 - share) + high * share > 0
            planes = {k: plane for k, plane in planes.items() if k >= low}
        return result

    def _plane(self, layer: Field, rows: int, columns: int) -> Field:
        """One layer of cells on the voxels of its plane."""
        for axis, count in enumerate((rows, columns)):
            below, share = _places(count, self.factors[axis + 1], layer.shape[axis])
            above = np.minimum(below + 1, layer.shape[axis] - 1)
            share = np.expand_dims(share, 1 - axis)
            layer = layer.take(below, axis) * (1 - share) + layer.take(above, axis) * share
        return layer


def averaged(volume: Volume, cell_mm: float, token: StopToken) -> Cells:
    """Average a CT over cells of about the size asked for; voxels that large stay as they are."""
    z, y, x = (max(1, round(cell_mm / size)) for size in volume.spacing)
    factors = (z, y, x)
    dz, dy, dx = (k * size for k, size in zip(factors, volume.spacing, strict=True))
    spacing = (float(dz), float(dy), float(dx))
    layers = []
    for start in range(0, len(volume.hu), z):
        token.check()
        layers.append(_layer(volume.hu[start : start + z], factors))
    hu = np.stack(layers)
    token.check()
    body = blurred(hu, spacing, _BODY_BLUR_MM) > _BODY_HU
    box = bounding_box(body if body.any() else ~body, _BORDER_CELLS)
    hu = np.ascontiguousarray(hu[box])
    first_z, first_y, first_x = (side.start for side in box)
    return Cells(
        hu,
        blurred(hu, spacing, _SHARPNESS_MM),
        spacing,
        factors,
        (first_z, first_y, first_x),
        volume.shape,
    )


def _layer(slices: NDArray[np.int16], factors: Cell) -> Field:
    """One layer of cells; those at the far border are filled up with the last voxels."""
    _, ky, kx = factors
    plane = slices.mean(axis=0, dtype=np.float32)
    rows, columns = plane.shape
    plane = np.pad(plane, [(0, -rows % ky), (0, -columns % kx)], mode="edge")
    blocks = plane.reshape(plane.shape[0] // ky, ky, plane.shape[1] // kx, kx)
    means: Field = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means


def _places(count: int, factor: int, cells: int) -> tuple[NDArray[np.intp], Field]:
    """Between which cells the centres of so many voxels lie: the lower one, and how far above."""
    place = np.clip((np.arange(count) - (factor - 1) / 2) / factor, 0, cells - 1)
    below = place.astype(np.intp)
    return below, (place - below).astype(np.float32)
