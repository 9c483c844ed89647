"""Where even tissue narrows, one organ ends and its neighbour begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.click.measures import (
    Cell,
    Field,
    Mask,
    blurred,
    bounding_box,
    flooded,
    odd_sizes,
    part_with,
    relative,
    within,
)
from napari_lesion_synth.anatomy.distance import distance_to_voxels
from napari_lesion_synth.ct.volume import Triple

__all__ = ["followed"]

_PEAK_APART_MM = 8.0
_SURFACE_BLUR_MM = 2.0
_NARROW = 0.35
"""A passage parts two organs if it is this much narrower than the smaller one of them."""

Labels = NDArray[np.int32]


def followed(
    tissue: Mask, depth: Field, start: Cell, spacing: Triple, neck_mm: float, tip_mm: float
) -> Mask:
    """Follow a tissue from one of its cells, but not through narrow passages.

    Only what is thicker than the neck is followed. Basins of the depth, seen as a landscape,
    are joined where the passage between them is not much narrower than the smaller one. What
    is joined grows back to the tissue's border, and into its thin tips.

    Parameters
    ----------
    tissue : ndarray of bool, shape (z, y, x)
        Cells that may belong to the organ.
    depth : ndarray of float32, shape (z, y, x)
        Distance of each from the tissue's border, mm.
    start : tuple of int
        A cell deeper than the neck.
    spacing : tuple of float
        mm, (z, y, x).
    neck_mm : float
        Radius of the narrowest passage to follow.
    tip_mm : float
        How far to follow parts thinner than that.

    Returns
    -------
    ndarray of bool, shape (z, y, x)
        The organ: one piece of the tissue.
    """
    thick = part_with(depth > neck_mm, start)
    box = bounding_box(thick, 1)
    core, other = np.zeros_like(thick), np.zeros_like(thick)
    core[box] = _joined(thick[box], depth[box], relative(start, box), spacing)
    other[box] = thick[box] & ~core[box]

    reach = neck_mm + tip_mm
    result = tissue & within(core, spacing, reach)
    if other.any():
        limit = reach + max(spacing)
        result &= distance_to_voxels(core, spacing, limit) <= distance_to_voxels(
            other, spacing, limit
        )
    return part_with(result, start)


def _joined(thick: Mask, depth: Field, start: Cell, spacing: Triple) -> Mask:
    """The basins that are reached from the start's through passages wide enough."""
    surface = blurred(depth, spacing, _SURFACE_BLUR_MM)
    surface *= thick
    peaks = ndimage.maximum_filter(surface, odd_sizes(thick.shape, spacing, _PEAK_APART_MM))
    seeds, count = ndimage.label((peaks == surface) & thick, np.ones((3, 3, 3)))
    basins = flooded(surface, seeds, thick)
    heights = np.zeros(count + 1, np.float32)
    heights[1:] = ndimage.maximum(surface, basins, np.arange(1, count + 1))
    passes = _passes(basins, surface, count)
    wide = passes > 0
    wide &= passes >= _NARROW * np.minimum(heights[:, None], heights[None, :])
    inside = np.zeros(count + 1, bool)
    todo = [int(basins[start])]
    while todo:
        basin = todo.pop()
        if not inside[basin]:
            inside[basin] = True
            todo.extend(np.flatnonzero(wide[basin] & ~inside).tolist())
    inside[0] = False
    joined: Mask = inside[basins]
    return joined


def _passes(basins: Labels, surface: Field, count: int) -> Field:
    """Depth of the deepest passage between each two basins; 0 where they do not touch."""
    passes = np.zeros((count + 1, count + 1), np.float32)
    for axis in range(basins.ndim):
        here = tuple(slice(0, -1) if a == axis else slice(None) for a in range(basins.ndim))
        there = tuple(slice(1, None) if a == axis else slice(None) for a in range(basins.ndim))
        one, two = basins[here], basins[there]
        border = (one != two) & (one > 0) & (two > 0)
        depths = np.minimum(surface[here][border], surface[there][border])
        np.maximum.at(passes, (one[border], two[border]), depths)
    return np.maximum(passes, passes.T)
