"""The profile of a lesion's boundary: mean HU against the depth below the label's surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.selection.regions import Regions

__all__ = ["DEPTHS_MM", "BoundaryProfile"]

DEPTHS_MM: NDArray[np.float64] = np.arange(-8.0, 9.0)
"""Where a profile is given: mm below the label's surface, negative outside."""

_FEWEST = 2.0
_OUTSIDE_MM = -3.0
_NEAR_EDGE_MM = 3.0
_FAINTEST_HU = 1.0
WIDEST_MM = 12.0


@dataclass(frozen=True, eq=False)
class BoundaryProfile:
    """HU of one lesion by depth.

    Parameters
    ----------
    relative : ndarray of float64, shape (17,)
        Mean HU minus the parenchyma's level at `DEPTHS_MM`; NaN where the lesion has fewer than
        2 voxels: it is not that deep, or the organ not that wide.
    """

    relative: NDArray[np.float64]

    @classmethod
    def of(cls, regions: Regions) -> BoundaryProfile:
        """Average the organ's voxels by depth; each counts for the two depths next to it."""
        use = regions.tissue & (np.abs(regions.depth) < -DEPTHS_MM[0])
        place = regions.depth[use].astype(np.float64) - DEPTHS_MM[0]
        hu = regions.relative[use].astype(np.float64)
        low = np.floor(place).astype(np.int64)
        part = place - low
        size = len(DEPTHS_MM) + 1
        weight = np.bincount(low, 1 - part, size) + np.bincount(low + 1, part, size)
        total = np.bincount(low, (1 - part) * hu, size) + np.bincount(low + 1, part * hu, size)
        mean = np.full(len(DEPTHS_MM), np.nan)
        enough = weight[:-1] >= _FEWEST
        mean[enough] = total[:-1][enough] / weight[:-1][enough]
        return cls(mean)

    @property
    def filled(self) -> NDArray[np.float64]:
        """The profile with gaps closed: straight between its ends, level beyond; never NaN."""
        known = np.isfinite(self.relative)
        if not known.any():
            return np.zeros(len(DEPTHS_MM))
        return np.interp(DEPTHS_MM, DEPTHS_MM[known], self.relative[known])

    @property
    def slope(self) -> float:
        """Steepest change across the boundary, HU per mm."""
        near = np.abs(DEPTHS_MM) <= _NEAR_EDGE_MM
        return float(np.abs(np.diff(self.filled[near])).max())

    @property
    def edge_mm(self) -> float:
        """Width over which the profile goes from 10 to 90 % of its way, at most 12 mm.

        The label's own roughness counts: about a hand-drawn outline the same edge is wider. It
        says nothing where the lesion hardly differs from the parenchyma.
        """
        hu = self.filled
        known = np.flatnonzero(np.isfinite(self.relative))
        deepest = DEPTHS_MM[known[-1]] if known.size else 0.0
        inside = hu[max(deepest / 2, 0.0) <= DEPTHS_MM].mean()
        outside = hu[DEPTHS_MM <= _OUTSIDE_MM].mean()
        way = inside - outside
        if abs(way) < _FAINTEST_HU:
            return WIDEST_MM
        share = np.clip((hu - outside) / way, 0.0, 1.0)
        rising = np.maximum.accumulate(share)
        falling = np.minimum.accumulate(share[::-1])[::-1]
        # Rising steps of no height would leave the place of a level undecided.
        monotone = (rising + falling) / 2 + np.arange(len(share)) * 1e-9
        start, end = np.interp([0.1, 0.9], monotone, DEPTHS_MM)
        return float(min(end - start, WIDEST_MM))
