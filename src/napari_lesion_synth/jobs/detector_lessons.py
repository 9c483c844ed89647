"""What a detector learns from, read and divided by patient."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Sequence
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
from napari_lesion_synth.detection.known_lesions import (
    accepted_ids,
    methods_behind,
    patients_behind,
    with_sets,
)
from napari_lesion_synth.detection.split import Part, PatientFacts
from napari_lesion_synth.detection.verdicts import rejected
from napari_lesion_synth.errors import DonorError, InputError, ParameterError
from napari_lesion_synth.events import Event, Log, StopToken
from napari_lesion_synth.jobs.detector_job import DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.detector_split import PatientRow, split_of
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.registry import get_method, method_names
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.detection.hosts import Host
    from napari_lesion_synth.detection.lessons import Lessons
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["Gathered", "gather_detector_lessons"]


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
    behind = methods_behind(sets)
    generator = _generator(job, behind)
    if generator is None and files.model is not None:
        yield Log("the generator has no part: no accepted lesion of the sets is by one")
    facts, shapes = yield from _patients(sources, token)
    grid = _grid(shapes)
    if generator is not None:
        generator.require_grid((1, 2, 2) if grid.dims == 2 else (2, 2, 2))
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
        Materials(hosts, donors, statistics, generator, behind),
        tuple(host for host, _ in read.exam),
        grid,
        {
            "patients": {row.patient: row.part.value for row in rows},
            "lineage": sorted(lineage),
            "donors": [donor.id for donor in donors],
            "hosts": [_mark(host) for host in hosts],
            "exam": [_mark(host) for host, _ in read.exam],
            "sets": {each.folder.name: accepted_ids(each) for each in sets},
            "generator": "" if generator is None else generator.id,
        },
    )
    return Gathered(lessons, rows, tuple(case for _, case in read.exam))


def _mark(host: Host) -> str:
    """Another one for another CT, other masks, other accepted lesions or rejected findings."""
    digest = hashlib.sha256(host.sha256.encode())
    for mask in (host.frame.organ, host.frame.lesions):
        digest.update(np.packbits(mask).tobytes())
    for lesion in host.known:
        digest.update(repr(lesion.box).encode())
        digest.update(lesion.hu.tobytes() + np.packbits(lesion.mask).tobytes())
    digest.update(repr(host.healthy).encode())
    return digest.hexdigest()[:16]


def _generator(job: DetectorJob, behind: Iterable[str]) -> GeneratorModel | None:
    """That of the methods; that of the sets' lesions, for their shams, where its file is given.

    None where no accepted lesion of the sets is by one: selection may have left none.
    """
    needed = any(get_method(name).needs_model for name in job.data.methods if name != "sets")
    if job.files.model is None:
        if needed:
            from napari_lesion_synth.jobs.materials import SHIPPED, ModelFacts
            from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

            return GeneratorModel.load(ModelFacts("", (), SHIPPED).path)
        return None
    known = {*method_names()} & {*behind}
    if not needed and known and not any(get_method(name).needs_model for name in known):
        return None
    if not needed and not known:
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
    owners: dict[str, str] = {}
    flat = set()
    for source in sources:
        token.check()
        case = yield from _case(source)
        owner = owners.setdefault(case.volume.sha256, case.patient)
        if owner != case.patient:
            raise ParameterError(
                f"one CT is given for the patients {owner!r} and {case.patient!r}, who may come "
                "to be in two parts",
                where=case.inputs.get("ct"),
                remedy="Give it once, or with one name (--patient)",
            )
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
    seen = set()
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
        seen.add(host.sha256)
        if files.donors is None and case.lesions is not None and case.lesions.any():
            try:
                read.donors += yield from tell(partial(extract_donors, case))
            except DonorError as error:
                yield Log(str(error), "warning")
    elsewhere = sum(len(places) for host, places in healthy.items() if host not in seen)
    if elsewhere:
        yield Log(
            f"{elsewhere} rejected findings lie in CTs that are not trained on: they teach nothing",
            "warning",
        )
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
