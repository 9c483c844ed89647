"""Donors: real lesions with the tissue around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import DonorError

__all__ = ["Donor"]


@dataclass(frozen=True, eq=False)
class Donor:
    """One real lesion, cut out with a margin of its surroundings.

    Parameters
    ----------
    id : str
        Patient and a hash of everything that a method sees of the donor: the same lesion cut
        out in the same way always has the same id.
    patient : str
        Whose lesion it is; keeps donors out of their own patient's test fold.
    hu : ndarray of int16
        The box, (z, y, x).
    mask : ndarray of bool
        The lesion in the box.
    organ : ndarray of bool
        The organ in the box: this lesion included, other lesions excluded, so that neither fat
        nor lung nor a neighbouring lesion is ever taken for the lesion's surroundings.
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
        Standard deviation of the donor CT's noise in parenchyma at the lesion's height.
    source : str
        `Volume.sha256` of the CT; empty where unknown.
    center : tuple of int or None
        Voxel index (z, y, x) of the lesion's centre in its own CT; None where unknown.

    Raises
    ------
    DonorError
        If the arrays differ in shape, or the lesion is empty.
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
    source: str = ""
    center: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        if not self.hu.shape == self.mask.shape == self.organ.shape or self.hu.ndim != 3:
            raise DonorError(
                f"the donor's arrays differ in shape: CT {self.hu.shape}, lesion "
                f"{self.mask.shape}, organ {self.organ.shape}",
                where=self.id,
                remedy="Cut all three from the same box of (z, y, x)",
            )
        if not self.mask.any():
            raise DonorError("the donor holds no lesion voxel", where=self.id)
