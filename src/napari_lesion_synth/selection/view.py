"""A lesion in its context, real or synthetic: what every judgement looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.dataset.lineage import Lineage
from napari_lesion_synth.dataset.patch import CONTEXT_MM, Patch
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["LesionView", "views_of_set"]


@dataclass(frozen=True, eq=False)
class LesionView:
    """One lesion in its context, real or synthetic; what every judgement looks at.

    Parameters
    ----------
    id : str
        Id of the donor, or of the sample in its set.
    patient : str
        Of the CT in which it lies.
    zone : Zone
        Where it lies, or was asked for.
    diameter_mm : float
        Equivalent diameter.
    hu : ndarray of int16
        The box with the lesion in it, (z, y, x).
    mask : ndarray of bool
        The label.
    organ : ndarray of bool
        The organ in the box: this lesion included, other lesions excluded.
    spacing : tuple of float
        mm, (z, y, x).
    method : str
        How it was made; ``"real"`` for a real one.
    lineage : tuple of str
        Patients whose lesions it was made from.
    host : ndarray of int16 or None
        The box before synthesis; None for a real lesion.
    support : ndarray of bool or None
        Voxels that may differ from the host; None for a real lesion.
    """

    id: str
    patient: str
    zone: Zone
    diameter_mm: float
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    organ: NDArray[np.bool_]
    spacing: Triple
    method: str = "real"
    lineage: tuple[str, ...] = ()
    host: NDArray[np.int16] | None = None
    support: NDArray[np.bool_] | None = None

    @property
    def patients(self) -> tuple[str, ...]:
        """Everybody that had a part in it, its host first, each once."""
        return tuple(dict.fromkeys((self.patient, *self.lineage)))

    @property
    def source(self) -> str:
        """Patient whose other lesions it resembles: its donor where it has one, else its host."""
        return self.lineage[0] if len(self.lineage) == 1 else self.patient

    @classmethod
    def of_donor(cls, donor: Donor) -> LesionView:
        """The view of a real lesion."""
        return cls(
            id=donor.id,
            patient=donor.patient,
            zone=donor.zone,
            diameter_mm=donor.diameter_mm,
            hu=donor.hu,
            mask=donor.mask,
            organ=donor.organ,
            spacing=donor.spacing,
        )

    @classmethod
    def of_patch(
        cls,
        patch: Patch,
        *,
        id: str,  # noqa: A002
        patient: str,
        zone: Zone,
        diameter_mm: float,
        method: str,
        lineage: tuple[str, ...] = (),
    ) -> LesionView:
        """The view of a synthetic lesion, from its patch.

        Parameters
        ----------
        patch : Patch
            Before and after.
        id, patient, zone, diameter_mm, method, lineage
            As the fields of the class.

        Raises
        ------
        DatasetError
            If the patch does not know the organ, as those of older versions do not.
        """
        if patch.organ is None:
            raise DatasetError(
                "the patch was written by an older version and does not hold the organ's mask",
                where=id,
                remedy="Make the set again with this version, into another folder",
            )
        return cls(
            id=id,
            patient=patient,
            zone=zone,
            diameter_mm=diameter_mm,
            hu=patch.after,
            mask=patch.mask,
            organ=patch.organ,
            spacing=patch.spacing,
            method=method,
            lineage=lineage,
            host=patch.before,
            support=patch.support,
        )

    @classmethod
    def of_sample(
        cls,
        sample: Sample,
        case: Case,
        id: str,  # noqa: A002
        *,
        lineage: tuple[str, ...] = (),
        context_mm: float = CONTEXT_MM,
    ) -> LesionView:
        """The view of a synthetic lesion that was not written to a set.

        Parameters
        ----------
        sample : Sample
            The lesion; not pasted.
        case : Case
            Its host.
        id : str
            Name for it.
        lineage : tuple of str
            Patients whose lesions it was made from.
        context_mm : float
            Tissue around the support, clipped to the CT.

        Raises
        ------
        InputError
            If the case has no organ.
        """
        patch = Patch.cut(sample, case.volume, context_mm)
        organ = case.require_organ().mask[patch.bbox]
        if case.lesions is not None:
            organ = organ & (~case.lesions[patch.bbox] | patch.mask)
        site = sample.recipe.site
        return cls(
            id=id,
            patient=case.patient,
            zone=site.zone,
            diameter_mm=site.diameter_mm,
            hu=patch.after,
            mask=patch.mask,
            organ=organ,
            spacing=patch.spacing,
            method=sample.recipe.method,
            lineage=lineage,
            host=patch.before,
            support=patch.support,
        )


def views_of_set(generated: GeneratedSet) -> Iterator[LesionView]:
    """Every lesion of a set, one after the other, in the order of their ids.

    Parameters
    ----------
    generated : GeneratedSet
        A set on disk, finished or not.

    Yields
    ------
    LesionView
        Its lineage is that of `dataset.lineage`.

    Raises
    ------
    DatasetError
        If a patch is missing, damaged, or without the organ's mask.
    """
    columns = ["id", "patient", "zone", "diameter_mm", "method", "donor", "donor_patient"]
    lineage = Lineage(generated.info)
    for row in generated.table[columns].itertuples(index=False, name=None):
        name, patient, zone, diameter, method, donor, owner = row
        yield LesionView.of_patch(
            generated.patch(str(name)),
            id=str(name),
            patient=str(patient),
            zone=Zone(str(zone)),
            diameter_mm=float(diameter),
            method=str(method),
            lineage=lineage.parents(str(method), str(donor), str(owner)),
        )
