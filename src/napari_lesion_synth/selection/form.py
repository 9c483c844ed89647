"""The form of a label, and how it lies at the capsule."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from napari_lesion_synth.selection.regions import Regions

__all__ = ["capsule_share", "compactness", "elongation"]

_MOST_ELONGATION = 6.0


def compactness(regions: Regions) -> float:
    """Mean depth of the label's voxels over that in a ball (disc) of the same size.

    1 for a ball, smaller for everything else. Unlike sphericity it needs no surface area, which
    coarse grids do not give.
    """
    mask = regions.mask
    count = np.count_nonzero(mask)
    if count == 0:
        return 0.0
    if regions.planar:
        radius = np.sqrt(count * np.prod(regions.spacing[1:]) / np.pi)
        ball = radius / 3
    else:
        radius = np.cbrt(count * np.prod(regions.spacing) * 3 / (4 * np.pi))
        ball = radius / 4
    return float(np.clip(regions.depth[mask].mean() / ball, 0.0, 2.0))


def elongation(regions: Regions) -> float:
    """Longest over shortest principal axis of the label, at most 6; 1 for an empty label."""
    points = np.argwhere(regions.mask) * np.asarray(regions.spacing)
    if not len(points):
        return 1.0
    used = slice(1, 3) if regions.planar else slice(0, 3)
    points = (points - points.mean(axis=0))[:, used]
    # A voxel is not a point: its own extent belongs to the lesion's.
    own = np.diag(np.asarray(regions.spacing)[used] ** 2 / 12)
    values = np.linalg.eigvalsh(points.T @ points / len(points) + own)
    return float(min(np.sqrt(values[-1] / values[0]), _MOST_ELONGATION))


def capsule_share(regions: Regions) -> float:
    """Share of the voxels next to the label in which there is no organ."""
    planes = ndimage.generate_binary_structure(3, 1)
    if regions.planar:
        planes[[0, 2]] = False
    around = ndimage.binary_dilation(regions.mask, planes) & ~regions.mask
    count = np.count_nonzero(around)
    return float(np.count_nonzero(around & ~regions.organ) / count) if count else 0.0
