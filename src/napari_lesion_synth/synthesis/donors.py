"""Donors: real lesions with the tissue around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple

__all__ = ["Donor"]


@dataclass(frozen=True, eq=False)
class Donor:
    """One real lesion, cut out with a margin of its surroundings.

    Parameters
    ----------
    id : str
        Patient and a hash of the voxels: the same lesion always has the same id.
    patient : str
        Whose lesion it is; keeps donors out of their own patient's test fold.
    hu : ndarray of int16
        The box, (z, y, x).
    mask : ndarray of bool
        The lesion in the box.
    organ : ndarray of bool
        The organ in the box (lesion included), so that fat or lung is never taken for the
        lesion's surroundings.
    spacing : tuple of float
        mm, (z, y, x).
    diameter_mm : float
        Equivalent diameter (sphere of the same volume; disc of the same area in 2-D).
    depth_mm : float
        Distance of the lesion's centre from the capsule of its own organ.
    zone : Zone
        Where it lay.
    organ_hu : float
        Median HU of the donor's parenchyma away from lesions.
    noise_hu : float
        Standard deviation of the donor CT's noise in parenchyma.
    """

    id: str
    patient: str
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    organ: NDArray[np.bool_]
    spacing: Triple
    diameter_mm: float
    depth_mm: float
    zone: Zone
    organ_hu: float
    noise_hu: float
