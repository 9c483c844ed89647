"""Donors from a CT with labelled lesions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.errors import DonorError, LesionSynthWarning
from napari_lesion_synth.synthesis.archive import content_id
from napari_lesion_synth.synthesis.components import Component, lesion_components, padded
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.noise import noise_level

__all__ = ["extract_donors", "lay_in", "usable"]

_AWAY_MM = 4.0
"""Parenchyma this near (mm) to a lesion is not asked for the organ's HU and noise."""

_SLAB_MM = 30.0
"""Height over which the noise is taken to be one and the same."""

_FEW = 2000
"""A slab with fewer voxels of parenchyma borrows the whole organ's noise."""


def extract_donors(
    case: Case,
    *,
    min_diameter_mm: float = 3.0,
    margin_mm: float = 10.0,
    rim_mm: float = RIM_MM,
    split: bool = False,
) -> list[Donor]:
    """Cut every usable labelled lesion out of a CT, with the tissue around it.

    Lesions that touch each other in the label are one donor, unless `split`. Other lesions in
    a donor's box are taken out of its `organ`. Lesions at the capsule are donors like any other;
    their zone is decided by their own surface, not by that of a sphere. Lesions smaller than
    `min_diameter_mm` are passed over. A single slice gives single-slice donors.

    Parameters
    ----------
    case : Case
        CT with organ and labelled lesions.
    min_diameter_mm : float
        Smallest equivalent diameter.
    margin_mm : float
        Surroundings kept on every side, as far as the CT goes.
    rim_mm : float
        A lesion whose surface comes this near to the capsule belongs to the rim.
    split : bool
        Part components that are clearly two lesions grown together.

    Returns
    -------
    list of Donor
        Feet to head.

    Warns
    -----
    LesionSynthWarning
        Names the lesions left out because they reach the end of the CT or lie outside the organ.

    Raises
    ------
    InputError
        If the case has no organ.
    DonorError
        If the case has no labelled lesion, or none of them can be used.
    """
    organ = case.require_organ()
    where = case.inputs.get("lesions") or case.patient
    if case.lesions is None:
        raise DonorError(
            "donors are cut from labelled lesions and none were given",
            where=where,
            remedy="Read the case with lesions=FILE (command line: --lesions FILE)",
        )
    found = lesion_components(case.lesions, case.volume.spacing, split=split)
    chosen = usable(found, organ, min_diameter_mm=min_diameter_mm, where=str(where))
    tissue = _Parenchyma(case, organ, found)
    return [_donor(case, organ, tissue, lesion, margin_mm, rim_mm) for lesion in chosen]


def usable(
    lesions: Sequence[Component], organ: Organ, *, min_diameter_mm: float, where: str
) -> list[Component]:
    """Lesions that are whole, in the organ and large enough.

    Warns
    -----
    LesionSynthWarning
        Names those that reach the end of the volume or lie outside the organ.

    Raises
    ------
    DonorError
        If none is left.
    """
    large = [lesion for lesion in lesions if lesion.diameter_mm >= min_diameter_mm]
    chosen, faults = [], []
    for lesion in large:
        fault = _fault(lesion, organ)
        if fault is None:
            chosen.append(lesion)
        else:
            faults.append(f"{lesion.diameter_mm:.1f} mm at (z, y, x) = {lesion.center}: {fault}")
    if not chosen:
        raise _none_usable(lesions, faults, min_diameter_mm, where)
    if faults:
        warnings.warn(
            f"{where}: {len(faults)} of {len(large)} lesions left out ({'; '.join(faults)})",
            LesionSynthWarning,
            stacklevel=3,
        )
    return chosen


def lay_in(lesion: Component, organ: Organ, rim_mm: float) -> tuple[float, Zone]:
    """Depth of the lesion's centre in mm, and the zone by the lesion's own surface."""
    nearest = float(organ.distance_in(lesion.box)[lesion.mask].min())
    zone = Zone.RIM if nearest < rim_mm else Zone.INTERIOR
    return max(float(organ.depth_at(lesion.center)), 0.0), zone


def _fault(lesion: Component, organ: Organ) -> str | None:
    if lesion.touches_border(organ.mask.shape):
        return "it reaches the end of the volume and may go on beyond"
    if 2 * (lesion.mask & organ.mask[lesion.box]).sum() < lesion.mask.sum():
        return "it lies outside the organ"
    return None


def _none_usable(
    lesions: Sequence[Component], faults: Sequence[str], min_diameter_mm: float, where: str
) -> DonorError:
    if not lesions:
        return DonorError(
            "the lesion mask is empty",
            where=where,
            remedy="Check that the mask belongs to this CT, and the label (--lesion-label)",
        )
    small = len(lesions) - len(faults)
    reasons = [*faults, *([f"{small} below {min_diameter_mm:g} mm"] if small else [])]
    return DonorError(
        f"none of the {len(lesions)} labelled lesions can be used ({'; '.join(reasons)})",
        where=where,
        remedy="Check that lesions and organ were drawn on this CT, or lower min_diameter_mm",
    )


def _donor(
    case: Case,
    organ: Organ,
    tissue: _Parenchyma,
    lesion: Component,
    margin_mm: float,
    rim_mm: float,
) -> Donor:
    volume, lesions = case.volume, case.lesions
    assert lesions is not None  # checked by the caller
    box = padded(lesion.box, margin_mm, volume.spacing, volume.shape)
    hu = np.ascontiguousarray(volume.hu[box])
    mask = np.zeros(hu.shape, bool)
    mask[_within(lesion.box, box)] = lesion.mask
    around = (organ.mask[box] & ~lesions[box]) | mask
    depth, zone = lay_in(lesion, organ, rim_mm)
    facts = {
        "spacing": [float(s) for s in volume.spacing],
        "organ_hu": round(tissue.hu, 2),
        "noise_hu": round(tissue.noise_at(lesion.center[0]), 2),
    }
    return Donor(
        id=content_id(case.patient, {"hu": hu, "mask": mask, "organ": around}, facts),
        patient=case.patient,
        hu=hu,
        mask=mask,
        organ=around,
        spacing=volume.spacing,
        diameter_mm=lesion.diameter_mm,
        depth_mm=depth,
        zone=zone,
        organ_hu=facts["organ_hu"],
        noise_hu=facts["noise_hu"],
        source=volume.sha256,
        center=lesion.center,
    )


class _Parenchyma:
    """The organ away from lesions: its HU, and its noise height by height."""

    def __init__(self, case: Case, organ: Organ, lesions: Sequence[Component]) -> None:
        box = _bounds(organ.mask)
        self._start, self._spacing = box[0].start, case.volume.spacing
        self._hu = case.volume.hu[box]
        self._mask = organ.mask[box].copy()
        for lesion in lesions:
            near = padded(lesion.box, _AWAY_MM, self._spacing, organ.mask.shape)
            ...

    def noise_at(self, z: int) -> float: ...
