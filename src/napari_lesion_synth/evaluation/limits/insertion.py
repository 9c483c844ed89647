"""A copy of the CT with its lesions, each of them measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.zones import RIM_MM
from napari_lesion_synth.ct.volume import Triple, Volume
from napari_lesion_synth.detection.measuring import middle_of
from napari_lesion_synth.errors import DonorError, SiteError
from napari_lesion_synth.evaluation.limits.design import CopyPlan, PlannedLesion
from napari_lesion_synth.evaluation.limits.making import (
    LesionMaker,
    LimitMaterials,
    Made,
    surface_of,
)
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.truth import Truth, TruthLesion
from napari_lesion_synth.synthesis.appearance import AROUND_MM, Appearance, appearance
from napari_lesion_synth.synthesis.components import Component, lay_in, padded, place_in
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.solver import bounding_box

__all__ = ["Inserted", "LimitCopy", "Refused", "render_copy"]


@dataclass(frozen=True, eq=False)
class Inserted:
    """A lesion of a copy.

    Parameters
    ----------
    planned : PlannedLesion
        What was asked for.
    sample : Sample
        What was made, with its recipe.
    contrast_hu : float
        What was set: mean over the label, against the tissue that would be there without it.
    appearance : Appearance
        What it measures in the CT: its mean against that of the organ around it, vessels and
        noise included.
    surface_mm : float
        Depth of its surface, at its point nearest to the capsule.
    truth : TruthLesion
        For matching; its number is its place in the plan, from 1.
    """

    planned: PlannedLesion
    sample: Sample
    contrast_hu: float
    appearance: Appearance
    surface_mm: float
    truth: TruthLesion


@dataclass(frozen=True, slots=True)
class Refused:
    """A lesion that could not be made, and why: it is neither found nor missed."""

    planned: PlannedLesion
    problem: str


@dataclass(frozen=True, eq=False)
class LimitCopy:
    """A copy of the CT.

    Parameters
    ----------
    plan : CopyPlan
        What was asked for.
    volume : Volume
        The CT with the lesions.
    inserted : tuple of Inserted
        Those that were made.
    refused : tuple of Refused
        Those that were not.
    """

    plan: CopyPlan
    volume: Volume
    inserted: tuple[Inserted, ...]
    refused: tuple[Refused, ...]

    def truth(self, case: Case, known: tuple[TruthLesion, ...], patient: str) -> Truth:
        """What there is to find in the copy: the lesions made, and the known ones.

        Parameters
        ----------
        case : Case
            The CT.
        known : tuple of TruthLesion
            Its own lesions: findings on them are no false alarms.
        patient : str
            Under which name the copy was searched.
        """
        made = tuple(each.truth for each in self.inserted)
        volume = case.volume
        return Truth(
            patient, self.plan.name, volume.shape, volume.spacing, case.organ, made + known
        )


def render_copy(
    case: Case, plan: CopyPlan, materials: LimitMaterials, settings: LimitSettings
) -> LimitCopy:
    """Make the lesions of a copy.

    The same arguments give the same bytes.

    Parameters
    ----------
    case : Case
        The CT; not changed.
    plan : CopyPlan
        Which lesions.
    materials : LimitMaterials
        What they are made from.
    settings : LimitSettings
        The grid, of which bands and contrasts are used, and the seed.
    """
    host, maker = case.volume, LesionMaker(case, plan.method, materials, settings)
    volume = Volume(host.hu.copy(), host.spacing, host.origin, host.direction)
    inserted: list[Inserted] = []
    refused: list[Refused] = []
    for number, planned in enumerate(plan.lesions, start=1):
        try:
            sample, contrast = maker.make(planned, [other.sample for other in inserted])
        except (DonorError, SiteError) as error:
            refused.append(Refused(planned, error.what))
            continue
        volume.hu[sample.bbox][sample.support] = sample.hu[sample.support]
        inserted.append(_measured(case, planned, (sample, contrast), number))
    return LimitCopy(plan, volume, tuple(inserted), tuple(refused))


def _measured(case: Case, planned: PlannedLesion, made: Made, number: int) -> Inserted:
    """Measure the lesion by itself in the CT, as a label of a patient's lesion is measured."""
    sample, contrast = made
    volume, organ = case.volume, case.require_organ()
    # A voxel more than is looked at, in which the surroundings end.
    box = padded(sample.bbox, AROUND_MM + max(volume.spacing), volume.spacing, volume.shape)
    inner = place_in(sample.bbox, box)
    before = volume.hu[box]
    after = before.copy()
    after[inner][sample.support] = sample.hu[sample.support]
    mask = np.zeros(before.shape, bool)
    mask[inner] = sample.mask
    around = organ.mask[box]
    if case.lesions is not None:
        around = (around & ~case.lesions[box]) | mask
    seen = appearance(before, after, mask, around, volume.spacing)
    component = _component(sample, seen.diameter_mm, volume.spacing)
    depth, zone = lay_in(component, organ, RIM_MM)
    truth = TruthLesion(number, component, zone, depth, seen.contrast_hu, 1.0)
    return Inserted(planned, sample, contrast, seen, surface_of(case, sample), truth)


def _component(sample: Sample, diameter_mm: float, spacing: Triple) -> Component:
    z, y, x = bounding_box(sample.mask)
    box = tuple(
        slice(side.start + part.start, side.start + part.stop)
        for side, part in zip(sample.bbox, (z, y, x), strict=True)
    )
    mask = sample.mask[z, y, x]
    place = box[0], box[1], box[2]
    middle = middle_of(mask, place, spacing)
    center = round(middle[0]), round(middle[1]), round(middle[2])
    return Component(place, mask, center, diameter_mm)
