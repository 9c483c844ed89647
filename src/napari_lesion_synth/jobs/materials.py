"""What every scene of a set is made from: the cases, the donors and their statistics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.dataset.patch import CONTEXT_MM
from napari_lesion_synth.errors import CheckpointError, DatasetError
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.sample_data import sample_generator
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = [
    "SHIPPED",
    "CaseFacts",
    "Materials",
    "ModelFacts",
    "checked_case",
    "checked_model",
    "facts_of",
    "forget_cases",
    "inputs_key",
    "load_case",
    "load_inputs",
    "mask_hash",
]


SHIPPED = "shipped"
"""In place of a file: the generator that comes with the program."""


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
        `Case.inputs`; does not count when facts are compared.
    """

    name: str
    patient: str
    host: str
    organ: str
    lesions: str
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    inputs: dict[str, Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a set remembers of the learnt generator that it was made with.

    Parameters
    ----------
    id : str
        `GeneratorModel.id`.
    patients : tuple of str
        Whose lesions and CTs it has seen: none of them may be tested on what it makes.
    source : str
        File of its weights, or `SHIPPED`; does not count when facts are compared.
    """

    id: str
    patients: tuple[str, ...]
    source: str = field(compare=False)

    @property
    def path(self) -> Path:
        """File of its weights, here."""
        return sample_generator() if self.source == SHIPPED else Path(self.source)


@dataclass(frozen=True, eq=False)
class Materials:
    """Shared by all jobs of a set, and sent once to each process that does them.

    Parameters
    ----------
    cases : tuple of Case or str
        Each case, or its `Case.inputs` as JSON, from which it is read where it is needed.
    facts : tuple of CaseFacts
        What is known of each case.
    donors : tuple of Donor
        Sorted by id.
    statistics : LesionStatistics or None
        Of the donors; None: the literature's.
    diameter_mm : tuple of float
        Smallest and largest diameter.
    context_mm : float
        Tissue around each patch.
    fixed : mapping
        Parameters that the user decided, by method.
    model : ModelFacts or None
        The learnt generator; its weights are read where they are used.
    """

    cases: tuple[str | Case, ...]
    facts: tuple[CaseFacts, ...]
    donors: tuple[Donor, ...] = ()
    statistics: LesionStatistics | None = None
    diameter_mm: tuple[float, float] = (8.0, 25.0)
    context_mm: float = CONTEXT_MM
    fixed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    model: ModelFacts | None = None

    def case(self, number: int) -> Case:
        """The case with this number, read on first use.

        Raises
        ------
        DatasetError
            If its files have changed since the set was begun.
        """
        return checked_case(self.cases[number], self.facts[number])

    def generator(self) -> GeneratorModel | None:
        """The learnt generator, read on first use.

        Raises
        ------
        CheckpointError
            If its file has changed since the set was begun.
        """
        return None if self.model is None else checked_model(self.model)

    def donor(self, name: str) -> Donor | None:
        """The donor with this id, if it is there."""
        return next((donor for donor in self.donors if donor.id == name), None)


def inputs_key(inputs: Mapping[str, Any]) -> str:
    """`Case.inputs` as text, in which form a case travels to where it is read."""
    return json.dumps(inputs, sort_keys=True)


def load_case(files: CaseFiles) -> Case:
    """Read a case; the one read last is kept, since the scenes of a case follow one another."""
    return load_inputs(files.inputs())


def load_inputs(inputs: Mapping[str, Any]) -> Case:
    """Read a case from its `Case.inputs`; kept as by `load_case`."""
    return _read(inputs_key(inputs))


@lru_cache(maxsize=1)
def _read(key: str) -> Case:
    return reread_case(json.loads(key))


@lru_cache(maxsize=1)
def checked_model(facts: ModelFacts) -> GeneratorModel:
    """The generator that is described by `facts`.

    Raises
    ------
    CheckpointError
        If it is another.
    """
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

    model = GeneratorModel.load(facts.path)
    if model.id != facts.id:
        raise CheckpointError(
            f"the generator is not the one that the set was made with (it is {model.id}, "
            f"expected {facts.id})",
            where=facts.path,
            remedy="Give the file of weights that the set was made with (--model)",
        )
    return model


@lru_cache(maxsize=1)
def checked_case(source: str | Case, facts: CaseFacts) -> Case:
    """A case that is known to be the one described by `facts`.

    Raises
    ------
    DatasetError
        If it is another.
    """
    case = _read(source) if isinstance(source, str) else source
    now = facts_of(case, facts.name)
    for what, found, expected in (
        ("CT", now.host, facts.host),
        ("organ mask", now.organ, facts.organ),
    ):
        if found != expected:
            raise DatasetError(
                f"the {what} is not the one that the set was made from "
                f"(hash {found[:12]}, expected {expected[:12]})",
                where=case.inputs.get("ct") or case.patient,
                remedy="Give the same files, read with the same units, labels and resampling",
            )
    return case


def forget_cases() -> None:
    """Free the memory of the case that was used last."""
    checked_case.cache_clear()
    _read.cache_clear()


def facts_of(case: Case, name: str) -> CaseFacts:
    """What a set remembers of `case`."""
    organ = case.require_organ()
    return CaseFacts(
        name=name,
        patient=case.patient,
        host=case.volume.sha256,
        organ=mask_hash(organ.mask),
        lesions="" if case.lesions is None else mask_hash(case.lesions),
        shape=case.volume.shape,
        spacing=case.volume.spacing,
        inputs=case.inputs,
    )


def mask_hash(mask: NDArray[np.bool_]) -> str:
    """Identity of a mask, (z, y, x)."""
    return hashlib.sha256(np.packbits(mask).data).hexdigest()
