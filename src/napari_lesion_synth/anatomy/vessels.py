"""Large vessels by their brightness, so that lesions are not put on top of them.

A rule of thumb for choosing sites, not a segmentation: the contrast-filled trunks are found,
thin branches and unenhanced vessels are not. Without contrast nothing is found, and nothing
has to be avoided.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.organ import Organ

__all__ = ["vessel_mask"]

_CELL_MM = 1.5
"""The image is averaged over cells of about this size before anything else."""

_BLUR_MM = 1.4
_MADS = 2.5
_MIN_CONTRAST_HU = 12.0
_MIN_TREE_ML = 0.3
_MIN_TRUNK_ML = 0.1
_MIN_AREA_MM2 = 20.0
_MAX_FRACTION = 0.2


def vessel_mask(
    hu: NDArray[np.int16], organ: Organ, lesions: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Large bright vessels inside the organ.

    The image is averaged over cells of about 1.5 mm and smoothed, organ voxels only. Cells
    brighter than the parenchyma's median by 2.5 scaled median absolute deviations, and by 12 HU
    at least, are kept where they hang together (0.3 ml), are two cells (about 3 mm) thick and
    form trunks of 0.1 ml; 20 square millimetres in a single slice. The outermost cells are left
    out: noise and partial volume with a bright neighbour would ring the organ. If more than a
    fifth of the organ is that bright it is not vessels, and the map is empty.

    Parameters
    ----------
    hu : ndarray of int16, shape (z, y, x)
        The CT.
    organ : Organ
        On the same grid.
    lesions : ndarray of bool, optional
        Known lesions, full size; they do not count as parenchyma.

    Returns
    -------
    ndarray of bool
        The box `organ.bbox`, (z, y, x).
    """
    mask = organ.mask[organ.bbox]
    cells = [max(1, round(_CELL_MM / size)) for size in organ.spacing]
    sizes = [n * size for n, size in zip(cells, organ.spacing, strict=True)]
    full = float(np.prod(cells))

    weight = _cell_sums(mask, cells)
    weight *= _without_outermost(weight >= full / 2, organ)
    total = _cell_sums(np.where(mask, hu[organ.bbox], 0), cells)
    smooth = _blurred_mean(np.where(weight > 0, total, 0), weight, sizes)
    parenchyma = weight > 0
    if lesions is not None:
        parenchyma &= _cell_sums(lesions[organ.bbox], cells) == 0
    if not parenchyma.any():
        return np.zeros(mask.shape, bool)
    bright = (smooth > _threshold(smooth[parenchyma])) & (weight > 0)

    flat = mask.shape[0] == 1
    volume = sizes[1] * sizes[2] if flat else float(np.prod(sizes)) / 1000
    trees = _components(bright, (_MIN_AREA_MM2 if flat else _MIN_TREE_ML) / volume)
    thick = ndimage.binary_opening(trees, np.ones([1 if flat and i == 0 else 2 for i in range(3)]))
    trunks = _components(thick, (_MIN_AREA_MM2 if flat else _MIN_TRUNK_ML) / volume)
    if trunks.sum() > _MAX_FRACTION * parenchyma.sum():
        return np.zeros(mask.shape, bool)
    return _as_voxels(trunks, cells, mask.shape) & mask


def _threshold(parenchyma: NDArray[np.float32]) -> float:
    median = float(np.median(parenchyma))
    spread = 1.4826 * float(np.median(np.abs(parenchyma - median)))
    return median + max(_MADS * spread, _MIN_CONTRAST_HU)


def _cell_sums(values: NDArray[np.generic], cells: list[int]) -> NDArray[np.float32]:
    """Sum of the voxels of each cell; the last cells may be cut short."""
    padding = [(0, -n % cell) for n, cell in zip(values.shape, cells, strict=True)]
    padded = np.pad(values, padding)
    blocks = [side for n, c in zip(padded.shape, cells, strict=True) for side in (n // c, c)]
    sums: NDArray[np.float32] = padded.reshape(blocks).sum(axis=(1, 3, 5), dtype=np.float32)
    return sums


def _blurred_mean(
    sums: NDArray[np.float32], weight: NDArray[np.float32], sizes: list[float]
) -> NDArray[np.float32]:
    """Mean HU of the voxels that count in each cell and its neighbours."""
    sigma = [_BLUR_MM / size for size in sizes]
    total = ndimage.gaussian_filter(sums, sigma)
    share = ndimage.gaussian_filter(weight, sigma)
    return (total / np.maximum(share, 1e-3)).astype(np.float32, copy=False)


def _without_outermost(inside: NDArray[np.bool_], organ: Organ) -> NDArray[np.bool_]:
    """The cells whose 26 neighbours all lie inside; beyond the picture counts as inside."""
    ends = [(s.start == 0, s.stop == n) for s, n in zip(organ.bbox, organ.shape, strict=True)]
    padded = np.pad(inside, 1, constant_values=ends)
    core: NDArray[np.bool_] = ndimage.binary_erosion(
        padded, np.ones((3, 3, 3), bool), border_value=1
    )
    return core[1:-1, 1:-1, 1:-1]


def _components(cells: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """The connected components (faces, edges, corners) of at least so many cells."""
    labels, _ = ndimage.label(cells, np.ones((3, 3, 3)))
    large = np.bincount(labels.ravel()) >= least
    large[0] = False
    kept: NDArray[np.bool_] = large[labels]
    return kept


def _as_voxels(
    cells: NDArray[np.bool_], size: list[int], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    for axis, n in enumerate(size):
        cells = cells.repeat(n, axis=axis)
    return cells[: shape[0], : shape[1], : shape[2]]
