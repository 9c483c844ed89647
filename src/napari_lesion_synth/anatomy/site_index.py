"""The organ's voxels in order of depth: what makes choosing a site quick.

Voxels at which a lesion of some size can lie in some zone are a contiguous range of this list,
whatever the size of the CT.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.distance import distance_to_voxels
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.vessels import vessel_mask

__all__ = ["CLEARANCE_MM", "SiteIndex"]

CLEARANCE_MM = 64.0
"""Distances to obstacles are known up to this far (mm); beyond, there is never enough room."""

_STEPS_PER_MM = 64
_TOP = np.iinfo(np.uint16).max


@dataclass(frozen=True, eq=False)
class SiteIndex:
    """Depth and clearance of every voxel of an organ, computed when first asked for.

    Parameters
    ----------
    organ : Organ
        Where sites are wanted.
    hu : ndarray of int16, shape (z, y, x)
        The CT, in which the vessels are looked for on first use.
    lesions : ndarray of bool or None
        Known lesions, full size.
    """

    organ: Organ
    hu: NDArray[np.int16]
    lesions: NDArray[np.bool_] | None = None

    @cached_property
    def _by_depth(self) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Flat index of each voxel in the organ's box and its depth; where each step begins."""
        kind = np.min_scalar_type(-self.organ.depth_map.size)  # int32 for a usual organ
        inside: NDArray[Any] = np.flatnonzero(self.organ.mask[self.organ.bbox]).astype(kind)
        depth = self.organ.depth_map.ravel()[inside]
        step = np.minimum(depth * _STEPS_PER_MM, _TOP).astype(np.uint16)
        order = np.argsort(step, kind="stable")  # a radix sort: quick for 16 bits
        starts = np.zeros(_TOP + 2, np.int64)
        np.cumsum(np.bincount(step, minlength=_TOP + 1), out=starts[1:])
        return inside[order], depth[order], starts

    @property
    def flat(self) -> NDArray[np.int64]:
        """Flat index in the box `organ.bbox` of each voxel of the list."""
        return self._by_depth[0]

    @property
    def depth(self) -> NDArray[np.float32]:
        """Depth in mm of each voxel of the list, ascending up to 1/64 mm."""
        return self._by_depth[1]

    def between(self, shallow_mm: float, deep_mm: float) -> tuple[int, int]:
        """Range of the list that holds all voxels of these depths (and a few near them)."""
        first, last = (
            int(min(max(depth, 0) * _STEPS_PER_MM, _TOP)) for depth in (shallow_mm, deep_mm)
        )
        starts = self._by_depth[2]
        return int(starts[first]), int(starts[last + 1])

    def voxels(self, entries: NDArray[np.int64]) -> NDArray[np.int64]:
        """Index (z, y, x) in the volume of each of the entries, shape (entries, 3)."""
        parts = np.unravel_index(self.flat[entries], self.organ.depth_map.shape)
        corner = [side.start for side in self.organ.bbox]
        return np.add(np.stack(parts, axis=1), corner)

    def clearance(self, obstacle: NDArray[np.bool_]) -> NDArray[np.uint16]:
        """Distance from each voxel of the list to the obstacle.

        Parameters
        ----------
        obstacle : ndarray of bool
            The box `organ.bbox`.

        Returns
        -------
        ndarray of uint16
            Steps of 1/64 mm, rounded down; `CLEARANCE_MM` where it is farther.
        """
        distance = distance_to_voxels(obstacle, self.organ.spacing, CLEARANCE_MM)
        return (distance.ravel()[self._by_depth[0]] * _STEPS_PER_MM).astype(np.uint16)

    @cached_property
    def vessels(self) -> NDArray[np.bool_]:
        """Large vessels in the box `organ.bbox`, as they were when first asked for."""
        return vessel_mask(self.hu, self.organ, self.lesions)

    @cached_property
    def vessel_clearance(self) -> NDArray[np.uint16] | None:
        """Distance to the nearest large vessel; None if there is none."""
        return self.clearance(self.vessels) if self.vessels.any() else None

    @cached_property
    def lesion_clearance(self) -> NDArray[np.uint16] | None:
        """Distance to the nearest known lesion; None if there is none in the organ's box."""
        if self.lesions is None:
            return None
        lesions = self.lesions[self.organ.bbox] != 0
        return self.clearance(lesions) if lesions.any() else None

    @staticmethod
    def steps(distance_mm: float) -> int:
        """A distance in the units of a clearance, which is larger where there is room."""
        return int(distance_mm * _STEPS_PER_MM)
