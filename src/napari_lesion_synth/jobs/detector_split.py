"""Which patient a detector learns from, which ones choose, and which ones test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.known_lesions import accepted_ids, patients_behind
from napari_lesion_synth.detection.split import (
    Part,
    PatientFacts,
    Source,
    divide,
    require_clean,
)
from napari_lesion_synth.jobs.detector_job import DetectorFiles

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["PatientRow", "split_of"]


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient of the division, as people see it.

    Parameters
    ----------
    patient : str
        Pseudonym.
    part : Part
        What for.
    cts : int
        CTs or slices.
    real_lesions : int
        Labelled in them.
    synthetic_lesions : int
        Accepted lesions of sets, made in them.
    """

    patient: str
    part: Part
    cts: int
    real_lesions: int
    synthetic_lesions: int


def split_of(
    patients: Sequence[PatientFacts],
    files: DetectorFiles,
    sets: Sequence[GeneratedSet],
    generator: GeneratorModel | None = None,
    *,
    holdout: float,
    seed: int,
) -> tuple[PatientRow, ...]:
    """Divide the patients, and refuse what would leak.

    Parameters
    ----------
    patients : sequence of PatientFacts
        Of the CTs.
    files : DetectorFiles
        Who is named for what.
    sets : sequence of GeneratedSet
        Whose accepted lesions are learnt from.
    generator : GeneratorModel, optional
        That makes lesions during the training.
    holdout, seed
        As `detection.split.divide`.

    Raises
    ------
    ParameterError
        If a patient is in two parts, or something is made from a patient who validates or tests.
    DatasetError
        If a set has no accepted lesion.
    """
    sources = [Source(f"the set {each.folder.name}", patients_behind(each)) for each in sets]
    if generator is not None:
        sources.append(Source("the generator", generator.facts.patients))
    bound = {patient for source in sources for patient in source.patients}
    facts = [PatientFacts(p.patient, p.cts, p.real_lesions, p.patient in bound) for p in patients]
    parts = divide(facts, validation=files.validation, test=files.test, holdout=holdout, seed=seed)
    require_clean(parts, sources)
    made: dict[str, int] = {}
    for each in sets:
        hosts = each.table.set_index("id")["patient"]
        for name in accepted_ids(each):
            made[str(hosts[name])] = made.get(str(hosts[name]), 0) + 1
    return tuple(
        PatientRow(f.patient, parts[f.patient], f.cts, f.real_lesions, made.get(f.patient, 0))
        for f in sorted(facts, key=lambda f: f.patient)
    )
