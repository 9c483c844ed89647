"""Regions measured: where they lie in the CT, how large, how deep in the organ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.zones import RIM_MM
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.detection.finding import Finding
from napari_lesion_synth.detection.grid import axis_matrix
from napari_lesion_synth.synthesis.components import Component, lay_in
from napari_lesion_synth.synthesis.separable import separable
from napari_lesion_synth.synthesis.shapes import equivalent_diameter

if TYPE_CHECKING:
    from napari_lesion_synth.detection.frame import Frame

__all__ = ["brought_to_ct", "diameter_of", "finding_of", "middle_of"]

Mask = NDArray[np.bool_]


def middle_of(region: Mask, box: Box, spacing: Triple) -> Triple:
    """Index of a region's centroid; where that lies outside, of the nearest voxel of the region.

    Parameters
    ----------
    region : ndarray of bool
        Not empty.
    box : tuple of slice
        Where it lies.
    spacing : tuple of float
        mm, (z, y, x).
    """
    voxels = np.argwhere(region)
    middle = voxels.mean(axis=0)
    if not region[tuple(np.rint(middle).astype(int))]:
        away = (((voxels - middle) * np.asarray(spacing)) ** 2).sum(axis=1)
        middle = voxels[away.argmin()]
    z, y, x = (float(i) + side.start for i, side in zip(middle, box, strict=True))
    return z, y, x


def diameter_of(region: Mask, spacing: Triple, *, flat: bool) -> float:
    """Diameter in mm of the sphere of the region's volume; `flat`: of the disc of its area."""
    # A margin, so that a region in one slice of a volume is not taken for a single slice.
    margins = [(0, int(not flat)), (0, 1), (0, 1)]
    return equivalent_diameter(np.pad(region, margins), spacing)


def brought_to_ct(region: Mask, box: Box, frame: Frame) -> tuple[Box, Mask]:
    """A region of a frame on the CT's grid.

    Parameters
    ----------
    region : ndarray of bool
        Not empty.
    box : tuple of slice
        Where it lies in the frame.
    frame : Frame
        The frame.

    Returns
    -------
    box : tuple of slice
        In the CT.
    region : ndarray of bool
        Not empty; where the region is smaller than the CT's voxels, the one at its centroid.
    """
    sides, maps = [], []
    for s, first, step, n in zip(box, frame.first, frame.step, frame.ct_shape, strict=True):
        low = max(int(np.ceil(first + (s.start - 1) * step)), 0)
        high = min(int(np.floor(first + s.stop * step)) + 1, n)
        count = max(high - low, 1)
        low = min(low, n - 1)
        at = (low - first) / step - (s.start - 1)
        sides.append(slice(low, low + count))
        maps.append(axis_matrix(s.stop - s.start + 2, at, 1 / step, count))
    place = (sides[0], sides[1], sides[2])
    mask = separable(np.pad(region, 1).astype(np.float64), maps) >= 0.5
    if mask.any():
        return place, mask
    return _voxel(frame.to_ct(middle_of(region, box, frame.spacing)), frame.ct_shape)


def finding_of(
    case: Case,
    box: Box,
    region: Mask,
    *,
    number: int,
    score: float,
    parts: Mapping[str, float] | None = None,
) -> Finding:
    """A finding with all that can be measured of it.

    Parameters
    ----------
    case : Case
        The CT; zone and depth are known where it has an organ, as for labelled lesions.
    box : tuple of slice
        Where the region lies in the CT.
    region : ndarray of bool
        Not empty.
    number, score, parts
        As in `Finding`.
    """
    box, region = _trimmed(box, region)
    spacing, flat = case.volume.spacing, case.volume.shape[0] == 1
    center = middle_of(region, box, spacing)
    diameter = diameter_of(region, spacing, flat=flat)
    depth, zone = float("nan"), None
    if case.organ is not None:
        z, y, x = (round(i) for i in center)
        if (case.organ.mask[box] & region).any():
            depth, zone = lay_in(Component(box, region, (z, y, x), diameter), case.organ, RIM_MM)
        else:
            depth = case.organ.depth_at((z, y, x))
    return Finding(
        number=number,
        center=center,
        position_mm=case.volume.to_world(center),
        diameter_mm=diameter,
        score=score,
        zone=zone,
        depth_mm=depth,
        bbox=box,
        region=region,
        parts=dict(parts or {}),
    )


def _trimmed(box: Box, region: Mask) -> tuple[Box, Mask]:
    """The smallest box around the region."""
    inner = ndimage.find_objects(region.astype(np.uint8))[0]
    z, y, x = (slice(o.start + i.start, o.start + i.stop) for o, i in zip(box, inner, strict=True))
    return (z, y, x), region[inner]


def _voxel(center: Triple, shape: tuple[int, int, int]) -> tuple[Box, Mask]:
    z, y, x = (min(max(round(i), 0), n - 1) for i, n in zip(center, shape, strict=True))
    return (slice(z, z + 1), slice(y, y + 1), slice(x, x + 1)), np.ones((1, 1, 1), bool)
