"""What every scene of a set is made from: the cases, the donors and their statistics."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["CaseFacts", "Materials", "facts_of", "forget_cases", "load_case"]


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a set remembers of a case.

    Parameters
    ----------
    name : str
        Unique in the set; fit for file names.
    patient : str
        Pseudonym.
    host : str
        `Volume.sha256`.
    organ, lesions : str
        Hashes of the masks; empty where there is none.
    shape, spacing : tuple
        Of the CT, (z, y, x).
    inputs : dict
        `Case.inputs`.
    """

    name: str
    patient: str
    host: str
    organ: str
    lesions: str
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    inputs: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Materials:
    """Shared by all scenes, and sent once to each process that makes them.

    Parameters
    ----------
    cases : tuple
        Where each case is read from, or the case itself.
    names : tuple of str
        Name of each case in the set.
    donors : tuple of Donor
        Sorted by id.
    statistics : LesionStatistics or None
        Of the donors; None: the literature's.
    fixed : mapping
        Parameters that the user decided, by method.
    diameter_mm : tuple of float
        Smallest and largest diameter.
    context_mm : float
        Tissue around each patch.
    """

    cases: tuple[CaseFiles | Case, ...]
    names: tuple[str, ...]
    donors: tuple[Donor, ...]
    statistics: LesionStatistics | None
    diameter_mm: tuple[float, float]
    context_mm: float
    fixed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def case(self, number: int) -> Case:
        """The case with this number, read on first use."""
        source = self.cases[number]
        return source if isinstance(source, Case) else load_case(source)


@lru_cache(maxsize=1)
def load_case(files: CaseFiles) -> Case:
    """Read a case; the one read last is kept, since the scenes of a case follow one another."""
    from napari_lesion_synth.anatomy.cases import read_case

    case: Case = read_case(
        files.ct,
        organ=files.organ,
        lesions=files.lesions,
        organ_label=files.organ_label,
        lesion_label=files.lesion_label,
        patient=files.patient,
        series=files.series,
        units=files.units,
        resample=files.resample,
    )
    return case


def forget_cases() -> None:
    """Free the memory of the case that was read last."""
    load_case.cache_clear()


def facts_of(case: Case, name: str) -> CaseFacts:
    """What a set remembers of `case`."""
    organ = case.require_organ()
    return CaseFacts(
        name=name,
        patient=case.patient,
        host=case.volume.sha256,
        organ=_mask_hash(organ.mask),
        lesions="" if case.lesions is None else _mask_hash(case.lesions),
        shape=case.volume.shape,
        spacing=case.volume.spacing,
        inputs=case.inputs,
    )


def _mask_hash(mask: NDArray[np.bool_]) -> str:
    return hashlib.sha256(np.packbits(mask).data).hexdigest()
