"""Donors from a CT with labelled lesions."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.zones import RIM_MM
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.archive import content_id
from napari_lesion_synth.synthesis.components import (
    Component,
    lay_in,
    lesion_components,
    padded,
    place_in,
    usable,
)
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.parenchyma import Parenchyma

__all__ = ["extract_donors"]


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
    tissue = Parenchyma(case, found)
    return [_donor(case, organ, tissue, lesion, margin_mm, rim_mm) for lesion in chosen]


def _donor(
    case: Case,
    organ: Organ,
    tissue: Parenchyma,
    lesion: Component,
    margin_mm: float,
    rim_mm: float,
) -> Donor:
    volume, lesions = case.volume, case.lesions
    assert lesions is not None  # checked by the caller
    box = padded(lesion.box, margin_mm, volume.spacing, volume.shape)
    hu = np.ascontiguousarray(volume.hu[box])
    mask = np.zeros(hu.shape, bool)
    mask[place_in(lesion.box, box)] = lesion.mask
    around = (organ.mask[box] & ~lesions[box]) | mask
    depth, zone = lay_in(lesion, organ, rim_mm)
    levels = {
        "organ_hu": round(tissue.hu, 2),
        "noise_hu": round(tissue.noise_at(lesion.center[0]), 2),
    }
    facts = {"spacing": [float(s) for s in volume.spacing], **levels}
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
        **levels,
        source=volume.sha256,
        center=lesion.center,
    )
