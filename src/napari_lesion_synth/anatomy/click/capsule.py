"""The capsule: where the HU lie midway between the organ's and those of what it borders on."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.anatomy.click.cells import Cells
from napari_lesion_synth.anatomy.click.measures import Field, Mask, blurred, depth_in, filled
from napari_lesion_synth.anatomy.click.regions import BRIGHTEST_HU
from napari_lesion_synth.anatomy.click.tissue import SOFT_HU, Tissue
from napari_lesion_synth.anatomy.distance import distance_to_voxels

__all__ = ["capsule_level", "rounded"]

_MAJORITY_MM = 4.0
_MAJORITY_STEPS = 4
_LIKE, _UNLIKE, _NEVER = 0.3, -0.05, -0.5
"""How much a cell's own HU count against the majority of its neighbours, from -0.5 to 0.5."""

_REACH_MM = 4.0
_LOCAL_MM = 4.0
_STEPS = 2
_CLIP_HU = (-150.0, 300.0)
_CLEAR_HU = 40.0
"""Neighbours that differ by less are parted more and more by the shape found, less by their HU."""


def rounded(mask: Mask, tissue: Tissue, cells: Cells) -> Mask:
    """Let the majority decide: vessels and small lesions are filled in, thin sheets go.

    A cell joins if most of its neighbourhood (4 mm) belongs to the organ, unless it is fat, gas
    or bone. Holes are filled.
    """
    lowest = min(SOFT_HU[0], tissue.mean - 3 * tissue.spread)
    never = (cells.smooth < lowest) | (cells.smooth > tissue.mean + BRIGHTEST_HU)
    leaning = np.where(never, np.float32(_NEVER), np.float32(_UNLIKE))
    leaning[mask] = _LIKE
    for _ in range(_MAJORITY_STEPS):
        mask = blurred(mask, cells.spacing, _MAJORITY_MM) + leaning > 0.5
    return filled(mask)


def capsule_level(mask: Mask, cells: Cells, smooth_mm: float) -> Field:
    """A field that is positive in the organ and 0 at its capsule.

    Within 4 mm of the border of the mask, a cell counts by its HU between two means: that of
    the organ and that of the rest, both within about 4 mm of the cell. The capsule lies where
    the HU are midway, be the neighbour fat, muscle or a brighter organ. Where the two hardly
    differ it stays where the mask ends.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        The organ on the cells, to about a cell.
    cells : Cells
        The CT.
    smooth_mm : float
        Blur of the field.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
        From -1 to 1.
    """
    hu = np.clip(cells.hu, *_CLIP_HU)
    everything = blurred(hu, cells.spacing, _LOCAL_MM)
    limit = _REACH_MM + max(cells.spacing)
    level = np.zeros(mask.shape, np.float32)
    for _ in range(_STEPS):
        inner = depth_in(mask, cells.spacing, limit)
        outer = distance_to_voxels(mask, cells.spacing, limit)
        level, clear = _between(hu, everything, mask, cells)
        level *= clear
        level += (1 - clear) * np.clip((inner - outer) / _REACH_MM, -1, 1)
        level[inner > _REACH_MM] = 1
        level[outer > _REACH_MM] = -1
        level = blurred(level, cells.spacing, smooth_mm)
        mask = level > 0
    return level


def _between(hu: Field, everything: Field, mask: Mask, cells: Cells) -> tuple[Field, Field]:
    """Place of the HU between the two local means, and how clearly these differ (0 to 1)."""
    share = blurred(mask, cells.spacing, _LOCAL_MM)
    organ = blurred(hu * mask, cells.spacing, _LOCAL_MM)
    rest = (everything - organ) / np.maximum(1 - share, 1e-3)
    organ /= np.maximum(share, 1e-3)
    step = organ - rest
    step = np.copysign(np.maximum(np.abs(step), 1.0), step)
    place: Field = np.clip((2 * hu - organ - rest) / step, -1, 1)
    clear = np.minimum(np.abs(step) / _CLEAR_HU, 1)
    return place, clear.astype(np.float32)
