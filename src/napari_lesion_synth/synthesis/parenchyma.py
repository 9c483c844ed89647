"""The organ's own tissue, away from lesions: its HU, and its noise at each height."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.components import Component, padded, place_in
from napari_lesion_synth.synthesis.noise import noise_level

__all__ = ["Parenchyma"]

_AWAY_MM = 4.0
"""Tissue this near to a lesion counts as the lesion's."""

_SLAB_MM = 30.0
"""Height over which the noise is taken to be one and the same."""

_FEW = 2000
"""A slab with fewer voxels than this borrows the whole organ's noise."""


class Parenchyma:
    """HU and noise of an organ away from its lesions.

    Parameters
    ----------
    case : Case
        CT with its organ.
    lesions : sequence of Component
        All known lesions, those that cannot be donors as well.

    Attributes
    ----------
    hu : float
        Median HU.

    Raises
    ------
    DonorError
        If no part of the organ is free of lesions.
    """

    def __init__(self, case: Case, lesions: Sequence[Component]) -> None:
        organ, self._spacing = case.require_organ(), case.volume.spacing
        self._hu = case.volume.hu
        self._mask = organ.mask.copy()
        self._heights = organ.bbox[0]
        self._noise: dict[int, float] = {}
        for lesion in lesions:
            self._clear(lesion)
        tissue = self._mask[organ.bbox]
        if not tissue.any():
            raise DonorError(
                "the organ has no tissue away from its lesions",
                where=case.inputs.get("organ") or case.patient,
                remedy="Check that the organ's mask covers the whole organ",
            )
        self.hu = float(np.median(self._hu[organ.bbox][tissue]))

    def noise_at(self, z: int) -> float:
        """Standard deviation of the noise (HU) in the slab of the organ that holds slice `z`.

        Noise changes with height as the body does: from the dome to the tip of a liver by
        half as much again.
        """
        thick = max(1, round(_SLAB_MM / self._spacing[0]))
        number = min(max(z, self._heights.start), self._heights.stop - 1) // thick
        if number not in self._noise:
            slab = slice(number * thick, (number + 1) * thick)
            if np.count_nonzero(self._mask[slab]) < _FEW:
                slab = self._heights
            self._noise[number] = noise_level(self._hu[slab], self._mask[slab], self._spacing)
        return self._noise[number]

    def _clear(self, lesion: Component) -> None:
        near = padded(lesion.box, _AWAY_MM, self._spacing, self._mask.shape)
        body = np.zeros([side.stop - side.start for side in near], bool)
        body[place_in(lesion.box, near)] = lesion.mask
        gap = ndimage.distance_transform_edt(~body, sampling=self._spacing)
        self._mask[near] &= gap > _AWAY_MM
