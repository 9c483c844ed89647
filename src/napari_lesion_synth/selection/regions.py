"""A lesion's neighbourhood, divided: the lesion, its edge, the parenchyma around it.

Only the tissue within a fixed distance of the lesion is looked at, so nothing depends on how
much context was cut out with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.selection.view import LesionView

__all__ = ["NEAR_MM", "Regions", "noise_of"]

NEAR_MM = 9.0
"""Nothing farther than this from the label's box is looked at."""

_RING_MM = (2.0, 8.0)
_FEW = 20
_FEW_PAIRS = 8
_CROSS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)


@dataclass(frozen=True, eq=False)
class Regions:
    """The surroundings of one lesion.

    Parameters
    ----------
    relative : ndarray of float32
        HU minus the parenchyma's level, (z, y, x).
    mask : ndarray of bool
        The label.
    tissue : ndarray of bool
        Organ without the voxels at its capsule, which hold other tissue too; the label included.
    organ : ndarray of bool
        The organ.
    depth : ndarray of float32
        mm below the label's surface, negative outside.
    ring : ndarray of bool
        Parenchyma 2 to 8 mm outside the label, or what there is of it.
    level : float
        Median HU of the ring, in whole HU.
    spacing : tuple of float
        mm, (z, y, x).
    """

    relative: NDArray[np.float32]
    mask: NDArray[np.bool_]
    tissue: NDArray[np.bool_]
    organ: NDArray[np.bool_]
    depth: NDArray[np.float32]
    ring: NDArray[np.bool_]
    level: float
    spacing: Triple

    @classmethod
    def of(cls, view: LesionView) -> Regions:
        """Divide the surroundings of a lesion; works for the smallest and for an empty label."""
        box = _near(view)
        mask, organ = view.mask[box], view.organ[box]
        depth = _depth(mask, view.spacing)
        inner = ndimage.binary_erosion(organ, _CROSS, border_value=1)
        tissue = inner | mask
        ring = _ring(mask, inner, organ, depth)
        hu = view.hu[box].astype(np.float32)
        level = float(np.round(np.median(hu[ring])))
        return cls(hu - level, mask, tissue, organ, depth, ring, level, view.spacing)

    @property
    def planar(self) -> bool:
        """Whether it is a single slice."""
        return bool(self.mask.shape[0] == 1)


def noise_of(relative: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Standard deviation (HU) of Gaussian noise with these in-plane neighbour differences.

    Parameters
    ----------
    relative : ndarray, shape (z, y, x)
        HU.
    where : ndarray of bool
        Voxels that count.

    Returns
    -------
    float
        From the mean magnitude of the differences; 0 where fewer than 8 pairs are.
    """
    steps = []
    for axis in (1, 2):
        both = np.delete(where, 0, axis) & np.delete(where, -1, axis)
        steps.append(np.abs(np.diff(relative, axis=axis)[both]))
    found = np.concatenate(steps)
    return float(found.mean() * np.sqrt(np.pi) / 2) if found.size >= _FEW_PAIRS else 0.0


def _near(view: LesionView) -> tuple[slice, ...]:
    box = []
    for axis, (step, size) in enumerate(zip(view.spacing, view.mask.shape, strict=True)):
        others = tuple(other for other in range(3) if other != axis)
        used = np.flatnonzero(view.mask.any(axis=others))
        reach = int(np.ceil(NEAR_MM / step))
        first, last = (used[0], used[-1]) if used.size else (0, size - 1)
        box.append(slice(max(int(first) - reach, 0), min(int(last) + reach + 1, size)))
    return tuple(box)


def _depth(mask: NDArray[np.bool_], spacing: Triple) -> NDArray[np.float32]:
    """Signed distance to the label's surface, which lies half a pixel from the voxels' centres."""
    if mask.all() or not mask.any():
        far = float(np.linalg.norm(np.asarray(mask.shape) * spacing)) / 2
        return np.full(mask.shape, far if mask.any() else -far, np.float32)
    half = min(spacing[1:]) / 2
    inside = ndimage.distance_transform_edt(mask, sampling=spacing)
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing)
    return np.where(mask, inside - half, half - outside).astype(np.float32)


def _ring(
    mask: NDArray[np.bool_],
    inner: NDArray[np.bool_],
    organ: NDArray[np.bool_],
    depth: NDArray[np.float32],
) -> NDArray[np.bool_]:
    """Parenchyma around the label; less of a ring where there is little."""
    near, far = _RING_MM
    free = ~mask
    choices = (
        inner & free & (depth < -near) & (depth > -far),
        organ & free & (depth > -far),
        free & (depth > -far),
        free,
    )
    for ring in choices:
        if np.count_nonzero(ring) >= _FEW:
            return ring
    return next((ring for ring in choices if ring.any()), np.ones_like(mask))
