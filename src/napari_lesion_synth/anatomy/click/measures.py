"""Morphology in millimetres on a coarse grid, where a single slice stays a single slice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import watershed

from napari_lesion_synth.anatomy.distance import distance_to_voxels
from napari_lesion_synth.ct.volume import Box, Triple

__all__ = [
    "ball_around",
    "ball_mask",
    "blurred",
    "bounding_box",
    "closed",
    "depth_in",
    "filled",
    "flooded",
    "nearest_in",
    "odd_sizes",
    "part_with",
    "relative",
    "within",
]

Mask = NDArray[np.bool_]
Field = NDArray[np.float32]
Cell = tuple[int, int, int]


def blurred(values: NDArray[np.generic], spacing: Triple, sigma_mm: float) -> Field:
    """Gaussian blur; the picture goes on beyond its border as it ends."""
    sigmas = [sigma_mm / size for size in spacing]
    result: Field = ndimage.gaussian_filter(
        np.asarray(values, np.float32), sigmas, mode="nearest", truncate=3
    )
    return result


def within(mask: Mask, spacing: Triple, mm: float) -> Mask:
    """Cells whose centre lies no farther than this from that of a cell of the mask."""
    return distance_to_voxels(mask, spacing, mm + max(spacing)) <= mm


def depth_in(mask: Mask, spacing: Triple, limit_mm: float) -> Field:
    """Distance of each cell of the mask to the nearest one outside; 0 outside.

    The border of the picture is no border of the mask.
    """
    return distance_to_voxels(~mask, spacing, limit_mm)


def closed(mask: Mask, spacing: Triple, mm: float) -> Mask:
    """The mask with its gaps of up to twice this width closed."""
    sides = zip(mask.shape, spacing, strict=True)
    margins = [0 if n == 1 else int(mm / size) + 1 for n, size in sides]
    padded = np.pad(mask, [(m, m) for m in margins])
    grown = within(padded, spacing, mm)
    shrunk = depth_in(grown, spacing, mm + max(spacing)) > mm
    inner = tuple(slice(m, m + n) for m, n in zip(margins, mask.shape, strict=True))
    result: Mask = shrunk[inner] | mask
    return result


def filled(mask: Mask) -> Mask:
    """The mask without holes; in the first and last slice a hole is one of the plane."""
    result = mask.copy()
    for end in {0, len(mask) - 1}:
        result[end] = ndimage.binary_fill_holes(mask[end])
    if len(mask) > 2:
        result = ndimage.binary_fill_holes(result)
    return result


def flooded(depth: Field, seeds: NDArray[np.integer], mask: Mask) -> NDArray[np.int32]:
    """Grow seeds through a mask, the deepest places first; they meet where it is thinnest."""
    basins: NDArray[np.int32] = watershed(  # type: ignore[no-untyped-call]
        -depth, seeds * mask, mask=mask
    )
    return basins


def odd_sizes(shape: tuple[int, ...], spacing: Triple, mm: float) -> list[int]:
    """Side in cells of a window that reaches this far to every side; 1 along a single slice."""
    return [
        1 if n == 1 else 2 * max(round(mm / size), 1) + 1
        for n, size in zip(shape, spacing, strict=True)
    ]


def bounding_box(mask: Mask, margin: int = 0) -> Box:
    """The smallest box around a mask that is not empty, with a margin of cells."""
    sides = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        hits = np.flatnonzero(mask.any(axis=others))
        low, high = int(hits[0]) - margin, int(hits[-1]) + 1 + margin
        sides.append(slice(max(low, 0), min(high, mask.shape[axis])))
    z, y, x = sides
    return z, y, x


def ball_around(cell: Cell, spacing: Triple, mm: float, shape: tuple[int, ...]) -> tuple[Box, Mask]:
    """A box, and the cells in it that lie no farther than this from one cell."""
    sides, squares = [], []
    for axis, (i, size, n) in enumerate(zip(cell, spacing, shape, strict=True)):
        reach = int(mm / size)
        low, high = max(i - reach, 0), min(i + reach + 1, n)
        away = (np.arange(low, high) - i) * size
        sides.append(slice(low, high))
        squares.append(np.expand_dims(away**2, [a for a in range(3) if a != axis]))
    z, y, x = sides
    inside: Mask = squares[0] + squares[1] + squares[2] <= mm**2
    return (z, y, x), inside


def ball_mask(cell: Cell, spacing: Triple, mm: float, shape: tuple[int, ...]) -> Mask:
    """Cells no farther than this from one cell, as a mask of the whole grid."""
    result = np.zeros(shape, bool)
    box, ball = ball_around(cell, spacing, mm, shape)
    result[box] = ball
    return result


def relative(cell: Cell, box: Box) -> Cell:
    """A cell counted from the first one of a box."""
    z, y, x = (i - side.start for i, side in zip(cell, box, strict=True))
    return z, y, x


def nearest_in(mask: Mask, cell: Cell, spacing: Triple, mm: float) -> Cell | None:
    """The cell of the mask that lies nearest to `cell`, not farther than `mm`."""
    if mask[cell]:
        return cell
    box, ball = ball_around(cell, spacing, mm, mask.shape)
    found = np.argwhere(mask[box] & ball) + [side.start for side in box]
    if not len(found):
        return None
    squares = (((found - cell) * spacing) ** 2).sum(axis=1)
    z, y, x = found[squares.argmin()].tolist()
    return z, y, x


def part_with(mask: Mask, cell: Cell) -> Mask:
    """The part of the mask that hangs together with one of its cells."""
    labels, _ = ndimage.label(mask)
    part: Mask = labels == labels[cell]
    return part
