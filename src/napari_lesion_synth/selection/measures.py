"""Everything that is measured on one lesion, in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.selection.features import features_of
from napari_lesion_synth.selection.profile import BoundaryProfile
from napari_lesion_synth.selection.regions import Regions
from napari_lesion_synth.selection.view import LesionView

__all__ = ["HU_RANGE", "Measured", "measure"]

HU_RANGE = (-300, 300)
"""HU relative to the parenchyma, that are told apart; what lies beyond counts as the end."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What the set-level metrics need of one lesion.

    Parameters
    ----------
    view : LesionView
        The lesion.
    features : ndarray of float64, shape (20,)
        See `features.FEATURES`.
    profile : ndarray of float64, shape (17,)
        See `profile.BoundaryProfile.relative`.
    histogram : ndarray of float64, shape (601,)
        Share of the lesion's voxels at each whole HU of `HU_RANGE`, relative to the parenchyma.
    """

    view: LesionView
    features: NDArray[np.float64]
    profile: NDArray[np.float64]
    histogram: NDArray[np.float64]

    @classmethod
    def of(cls, view: LesionView) -> Measured:
        """Measure one lesion; its label is not empty."""
        regions = Regions.of(view)
        profile = BoundaryProfile.of(regions)
        low, high = HU_RANGE
        hu = np.clip(regions.relative[regions.mask], low, high).astype(np.int64) - low
        counts = np.bincount(hu, minlength=high - low + 1)
        return cls(view, features_of(regions, profile), profile.relative, counts / hu.size)


def measure(views: Iterable[LesionView]) -> list[Measured]:
    """Measure many lesions."""
    return [Measured.of(view) for view in views]
