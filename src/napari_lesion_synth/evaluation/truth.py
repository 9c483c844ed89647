"""The lesions that a detector should find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.synthesis.appearance import AROUND_MM, appearance
from napari_lesion_synth.synthesis.components import (
    Component,
    lay_in,
    lesion_components,
    padded,
    place_in,
)

__all__ = ["Truth", "TruthLesion"]


@dataclass(frozen=True, eq=False)
class TruthLesion:
    """One known lesion.

    Parameters
    ----------
    number : int
        From 1, feet to head.
    component : Component
        Its mask, box, centre and equivalent diameter.
    zone : Zone or None
        By its own surface; None where the organ is not known.
    depth_mm : float
        Of its centre below the capsule; NaN where the organ is not known.
    contrast_hu : float
        Mean above that of the organ 2 to 8 mm around it; NaN where that cannot be measured.
    share_inside : float
        How much of it lies in the organ; 1 where the organ is not known.
    """

    number: int
    component: Component
    zone: Zone | None
    depth_mm: float
    contrast_hu: float
    share_inside: float

    @property
    def conspicuity(self) -> float:
        """Diameter times magnitude of the contrast, in mm HU."""
        return self.component.diameter_mm * abs(self.contrast_hu)


@dataclass(frozen=True, eq=False)
class Truth:
    """What there is to find in one CT.

    Parameters
    ----------
    patient : str
        Whose CT it is.
    case : str
        Name of the CT; a patient may have several.
    shape : tuple of int
        Voxels of the CT, (z, y, x).
    spacing : tuple of float
        mm, (z, y, x).
    organ : Organ or None
        Where lesions are looked for.
    lesions : tuple of TruthLesion
        None in a healthy CT.
    """

    patient: str
    case: str
    shape: tuple[int, int, int]
    spacing: Triple
    organ: Organ | None
    lesions: tuple[TruthLesion, ...]

    @classmethod
    def of(
        cls, case: Case, name: str = "", *, split: bool = False, rim_mm: float = RIM_MM
    ) -> Truth:
        """Take the lesions of a case apart and measure each.

        Parameters
        ----------
        case : Case
            Its lesions are the truth; for a healthy CT, a mask without any.
        name : str
            Of the CT; the patient's where it is left out.
        split : bool
            Part components that are clearly two lesions.
        rim_mm : float
            Lesions whose surface comes this near to the capsule lie at the rim.

        Raises
        ------
        InputError
            If no mask of lesions was given: unknown lesions are not the same as none.
        """
        if case.lesions is None:
            raise InputError(
                "no lesion mask was given: it is not known what there is to find",
                where=case.inputs.get("ct") or case.patient,
                remedy="Give the lesions' mask; for a CT without lesions, an empty one",
            )
        components = lesion_components(case.lesions, case.volume.spacing, split=split)
        lesions = tuple(
            _measured(case, component, number, rim_mm)
            for number, component in enumerate(components, start=1)
        )
        return cls(
            case.patient,
            name or case.patient,
            case.volume.shape,
            case.volume.spacing,
            case.organ,
            lesions,
        )

    @property
    def healthy(self) -> bool:
        """Whether the CT has no lesion at all."""
        return not self.lesions


def _measured(case: Case, component: Component, number: int, rim_mm: float) -> TruthLesion:
    organ = case.organ
    if organ is None:
        return TruthLesion(number, component, None, np.nan, np.nan, 1.0)
    depth, zone = lay_in(component, organ, rim_mm)
    inside = (component.mask & organ.mask[component.box]).sum() / component.mask.sum()
    return TruthLesion(
        number, component, zone, depth, _contrast(case, organ, component), float(inside)
    )


def _contrast(case: Case, organ: Organ, component: Component) -> float:
    assert case.lesions is not None  # checked by the caller
    volume = case.volume
    # A voxel more than is looked at, in which the surroundings end.
    box = padded(component.box, AROUND_MM + max(volume.spacing), volume.spacing, volume.shape)
    mask = np.zeros([side.stop - side.start for side in box], bool)
    mask[place_in(component.box, box)] = component.mask
    around = (organ.mask[box] & ~case.lesions[box]) | mask
    hu = volume.hu[box]
    return appearance(hu, hu, mask, around, volume.spacing).contrast_hu
