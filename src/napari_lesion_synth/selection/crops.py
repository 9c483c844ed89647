"""A lesion and the tissue at its edge, on the fixed grid that the auto-encoder sees.

HU are taken relative to the parenchyma, so that contrast medium does not count. What lies
further from the lesion than the context is faded out: real and synthetic lesions are cut with
different margins, and nobody must be able to tell them apart by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.selection.view import LesionView

__all__ = ["CHANNELS", "Crop", "CropGrid", "crop_of", "parenchyma_hu"]

CHANNELS = 3
"""Channels of a crop: HU, label, organ."""

_LESION_SHARE = 0.8
_EDGE_MM = 3.0
_OUTSIDE_ORGAN = 0.25
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class CropGrid:
    """The grid and the normalisation of crops.

    Parameters
    ----------
    dims : {2, 3}
        Single slices, or volumes.
    size : int
        Voxels along each axis.
    step_mm : float
        Voxel size; a lesion too large for the grid gets larger voxels.
    context_mm : float
        Tissue around the lesion that is looked at; it fades out over the outer half.
    scale_hu : float
        HU that are 1 in a crop.
    clip_hu : float
        Contrast to the parenchyma beyond which HU are all the same.
    """

    dims: int
    size: int
    step_mm: float
    context_mm: float = 8.0
    scale_hu: float = 100.0
    clip_hu: float = 200.0

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one channel."""
        return (self.size,) * self.dims


@dataclass(frozen=True, eq=False)
class Crop:
    """A lesion on the grid.

    Parameters
    ----------
    channels : ndarray of float32, shape (3, [z,] y, x)
        HU above the parenchyma over `CropGrid.scale_hu`; the label; the organ. All three are 0
        beyond the context.
    weight : ndarray of float32, shape ([z,] y, x)
        How much each voxel counts; sums to 1. Four fifths of it lie in the lesion, the rest
        within 3 mm of it. Surroundings beyond are context only: those of a synthetic lesion are
        real tissue, and what they add to an error hides what the lesion does.
    step_mm : float
        Voxel size that was used.
    """

    channels: NDArray[np.float32]
    weight: NDArray[np.float32]
    step_mm: float


def crop_of(view: LesionView, grid: CropGrid) -> Crop:
    """Bring a lesion onto the grid, centred.

    Fine voxels are averaged where the grid is coarser, so that the noise left in the crop is
    that of the grid's step.

    Parameters
    ----------
    view : LesionView
        Of a volume, its slice with the largest section is taken for a 2-D grid.
    grid : CropGrid
        Size and normalisation.

    Returns
    -------
    Crop

    Raises
    ------
    InputError
        If the label is empty, or a 3-D grid is asked of a single slice.
    """
    _refuse(view, grid)
    contrast = view.hu.astype(np.float32) - np.float32(parenchyma_hu(view))
    np.clip(contrast, -grid.clip_hu, grid.clip_hu, out=contrast)
    fields: list[NDArray[Any]] = [contrast / np.float32(grid.scale_hu), view.mask, view.organ]
    spacing: tuple[float, ...] = view.spacing
    if grid.dims == 2:
        section = int(view.mask.sum(axis=(1, 2)).argmax())
        fields = [field[section] for field in fields]
        spacing = spacing[1:]
    centre, half = _extent(fields[1], spacing)
    step = max(grid.step_mm, 2 * (half + grid.context_mm) / grid.size)
    hu, mask, organ = (_on_grid(field, spacing, centre, step, grid) for field in fields)
    known = _on_grid(np.ones(fields[1].shape), spacing, centre, step, grid, smooth=False)
    distance = _distance(mask, step)
    near = _fading(distance, grid.context_mm / 2, grid.context_mm) * known
    weight = _weight(mask, organ, _fading(distance, 0, _EDGE_MM) * known)
    return Crop(np.stack([hu * near, mask, organ * near]), weight, step)


def parenchyma_hu(view: LesionView) -> float:
    """Median HU of the organ around the lesion; of all tissue around where there is no organ."""
    around = view.organ & ~view.mask
    if int(around.sum()) < _ENOUGH:
        around = ~view.mask
    return float(np.median(view.hu[around] if around.any() else view.hu))


def _refuse(view: LesionView, grid: CropGrid) -> None:
    if not view.mask.any():
        raise InputError("the lesion's label is empty", where=view.id)
    if grid.dims == 3 and view.mask.shape[0] == 1:
        raise InputError(
            "the lesion is a single slice and the auto-encoder was made for volumes",
            where=view.id,
            remedy="Use an auto-encoder trained on single slices (dims=2)",
        )


def _extent(mask: NDArray[Any], spacing: tuple[float, ...]) -> tuple[list[float], float]:
    """Index of the middle of the lesion's box, and the longest half side in mm."""
    centre, half = [], 0.0
    for axis, step in enumerate(spacing):
        others = tuple(other for other in range(mask.ndim) if other != axis)
        used = np.flatnonzero(mask.any(axis=others))
        centre.append((int(used[0]) + int(used[-1])) / 2)
        half = max(half, (int(used[-1]) - int(used[0]) + 1) * step / 2)
    return centre, half


def _on_grid(
    field: NDArray[Any],
    spacing: tuple[float, ...],
    centre: list[float],
    step: float,
    grid: CropGrid,
    *,
    smooth: bool = True,
) -> NDArray[np.float32]:
    """Linear interpolation, after averaging along the axes that the grid samples more coarsely."""
    source = field.astype(np.float32)
    ratio = step / np.asarray(spacing)
    blur = 0.5 * np.sqrt(np.maximum(np.square(ratio) - 1, 0))
    if smooth and blur.max() > 0:
        source = ndimage.gaussian_filter(source, blur, mode="nearest", truncate=3)
    offset = np.asarray(centre) - ratio * (grid.size - 1) / 2
    result: NDArray[np.float32] = ndimage.affine_transform(
        source, ratio, offset, grid.shape, order=1, mode="constant", cval=0.0
    )
    return result


def _distance(mask: NDArray[np.float32], step: float) -> NDArray[np.float64]:
    """Distance from the lesion in mm, 0 inside."""
    inside = mask >= min(0.5, float(mask.max()))
    distance: NDArray[np.float64] = ndimage.distance_transform_edt(~inside) * step
    return distance


def _fading(distance: NDArray[np.float64], full: float, none: float) -> NDArray[np.float32]:
    """1 up to one distance, falling to 0 at another."""
    fading: NDArray[np.float32] = np.clip((none - distance) / (none - full), 0, 1).astype(
        np.float32
    )
    return fading


def _weight(
    mask: NDArray[np.float32], organ: NDArray[np.float32], near: NDArray[np.float32]
) -> NDArray[np.float32]:
    lesion = np.clip(mask, 0, 1) * near
    ring = (near - lesion) * (_OUTSIDE_ORGAN + (1 - _OUTSIDE_ORGAN) * np.clip(organ, 0, 1))
    weight = _LESION_SHARE * lesion / max(float(lesion.sum()), 1e-6)
    if ring.sum() > 0:
        weight = weight + (1 - _LESION_SHARE) * ring / ring.sum()
    result: NDArray[np.float32] = (weight / weight.sum()).astype(np.float32)
    return result
