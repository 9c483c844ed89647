"""What a detector learns from, read and divided by patient."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.known_lesions import accepted_ids, patients_behind, with_sets
from napari_lesion_synth.detection.split import (
    Part,
    PatientFacts,
    Source,
    divide,
    require_clean,
)
from napari_lesion_synth.detection.verdicts import rejected
from napari_lesion_synth.errors import DonorError, InputError, ParameterError
from napari_lesion_synth.events import Event, Log, StopToken
from napari_lesion_synth.jobs.detector_job import DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.detection.hosts import Host
    from napari_lesion_synth.detection.lessons import Lessons
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["Gathered", "PatientRow", "gather_detector_lessons", "split_of"]


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


@dataclass(frozen=True, eq=False)
class Gathered:
    """What was read.

    Parameters
    ----------
    lessons : Lessons
        For `detection.train.train_detector`.
    rows : tuple of PatientRow
        The division, sorted by patient.
    exam : tuple of Case
        CTs of the validation patients, with their lesions.
    """

    lessons: Lessons
    rows: tuple[PatientRow, ...]
    exam: tuple[Case, ...]


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


@dataclass
class _Reading:
    """What is kept of the CTs while they are read one after the other."""

    hosts: list[Host] = field(default_factory=list)
    donors: list[Donor] = field(default_factory=list)
    exam: list[tuple[Host, Case]] = field(default_factory=list)


def gather_detector_lessons(
    job: DetectorJob, token: StopToken, *, cases: Sequence[Case] = ()
) -> Generator[Event, None, Gathered]:
    """Read the CTs, sets, donors and weights of a training.

    Parameters
    ----------
    job : DetectorJob
        Where they are.
    token : StopToken
        Checked at each CT.
    cases : sequence of Case
        CTs that are in memory already, in place of files.

    Yields
    ------
    Event
        Logs.

    Returns
    -------
    Gathered

    Raises
    ------
    ParameterError
        If a patient is in two parts, something leaks, or there is nothing to learn from.
    LesionSynthError
        If an input cannot be used.
    """
    from napari_lesion_synth.detection.lessons import Lessons
    from napari_lesion_synth.detection.materials import Materials

    files = job.files
    sources: tuple[CaseFiles | Case, ...] = tuple(cases) or files.cases
    if not sources:
        raise ParameterError("no CT was given to train on")
    sets = [GeneratedSet.open(folder) for folder in files.sets]
    generator = _generator(job)
    facts, shapes = yield from _patients(sources, token)
    grid = _grid(shapes)
    rows = split_of(
        facts, files, sets, generator, holdout=job.settings.holdout, seed=job.settings.seed
    )
    parts = {row.patient: row.part for row in rows}
    read = yield from _read_all(sources, parts, files, grid, token)
    donors = yield from _donors(files, read.donors, parts)
    statistics = None
    if donors:
        statistics = yield from tell(partial(LesionStatistics.fit, donors))
    hosts = with_sets(read.hosts, sets)
    lineage = {d.patient for d in donors}
    lineage.update(p for each in sets for p in patients_behind(each))
    lineage.update(generator.facts.patients if generator is not None else ())
    lessons = Lessons(
        Materials(hosts, donors, statistics, generator),
        tuple(host for host, _ in read.exam),
        grid,
        {
            "patients": {row.patient: row.part.value for row in rows},
            "lineage": sorted(lineage),
            "donors": [donor.id for donor in donors],
            "hosts": [host.sha256[:16] for host in hosts],
            "known": [len(host.known) for host in hosts],
            "healthy": [len(host.healthy) for host in hosts],
            "generator": "" if generator is None else generator.id,
        },
    )
    return Gathered(lessons, rows, tuple(case for _, case in read.exam))


def _generator(job: DetectorJob) -> GeneratorModel | None:
    needed = any(get_method(name).needs_model for name in job.data.methods if name != "sets")
    if job.files.model is None:
        if needed:
            from napari_lesion_synth.jobs.materials import SHIPPED, ModelFacts
            from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

            return GeneratorModel.load(ModelFacts("", (), SHIPPED).path)
        return None
    if not needed:
        raise ParameterError(
            "a generator is given, and none of the methods uses one",
            where=job.files.model,
            remedy="Add cgan to the methods, or leave --model out",
        )
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

    return GeneratorModel.load(job.files.model)


def _patients(
    sources: Sequence[CaseFiles | Case], token: StopToken
) -> Generator[Event, None, tuple[list[PatientFacts], set[bool]]]:
    """How many CTs and lesions each patient has, and whether they are single slices."""
    cts: dict[str, int] = {}
    lesions: dict[str, int] = {}
    flat = set()
    for source in sources:
        token.check()
        case = yield from _case(source)
        cts[case.patient] = cts.get(case.patient, 0) + 1
        count = 0
        if case.lesions is not None:
            count = int(ndimage.label(case.lesions, np.ones((3, 3, 3)))[1])
        lesions[case.patient] = lesions.get(case.patient, 0) + count
        flat.add(case.volume.shape[0] == 1)
    return [PatientFacts(name, n, lesions[name]) for name, n in cts.items()], flat


def _grid(flat: set[bool]) -> GridSettings:
    if len(flat) > 1:
        raise InputError(
            "some CTs are single slices and others are volumes",
            remedy="Train a detector for each",
        )
    return GridSettings(dims=2 if flat == {True} else 3)


def _case(source: CaseFiles | Case) -> Generator[Event, None, Case]:
    if isinstance(source, Case):
        return source
    yield Log(f"reading {source.ct}")
    return (yield from tell(partial(reread_case, source.inputs())))


def _read_all(
    sources: Sequence[CaseFiles | Case],
    parts: dict[str, Part],
    files: DetectorFiles,
    grid: GridSettings,
    token: StopToken,
) -> Generator[Event, None, _Reading]:
    """Hosts, and donors where no library is given; each CT is let go after it was looked at."""
    from napari_lesion_synth.detection.hosts import Host

    healthy: dict[str, list[Triple]] = {}
    for folder in files.hard_negatives:
        for verdict in rejected(folder):
            healthy.setdefault(verdict.host, []).append(verdict.center)
    read = _Reading()
    for source in sources:
        token.check()
        case = yield from _case(source)
        part = parts[case.patient]
        if part is Part.TEST:
            continue
        host = Host.of(case, grid, healthy.get(case.volume.sha256, ()))
        if part is Part.VALIDATION:
            read.exam.append((host, case))
            continue
        read.hosts.append(host)
        if files.donors is None and case.lesions is not None and case.lesions.any():
            try:
                read.donors += yield from tell(partial(extract_donors, case))
            except DonorError as error:
                yield Log(str(error), "warning")
    return read


def _donors(
    files: DetectorFiles, found: Sequence[Donor], parts: dict[str, Part]
) -> Generator[Event, None, tuple[Donor, ...]]:
    """Donors of patients who neither validate nor test."""
    donors = list(found) if files.donors is None else list(load_donors(files.donors))
    clean = [d for d in donors if parts.get(d.patient, Part.TRAIN) is Part.TRAIN]
    if len(clean) < len(donors):
        yield Log(f"{len(donors) - len(clean)} donors of validation or test patients are left out")
    unique: dict[str, Any] = {donor.id: donor for donor in clean}
    return tuple(unique[name] for name in sorted(unique))
