"""Which lesions a detector finds in a CT: a grid of them put in, sought, and counted."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari_lesion_synth import __version__
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.familiar import familiar
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.analysis import analyse
from napari_lesion_synth.evaluation.limits.design import LimitDesign, design
from napari_lesion_synth.evaluation.limits.making import LimitMaterials
from napari_lesion_synth.evaluation.limits.reader_limit import read_reader_limits
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.jobs.limit_exchange import (
    EXPORT,
    Exported,
    write_manifest,
)
from napari_lesion_synth.jobs.limit_finder import finder_of, finder_words, stamp_of
from napari_lesion_synth.jobs.limit_folder import Kept, begin, kept_in
from napari_lesion_synth.jobs.limit_job import LimitJob
from napari_lesion_synth.jobs.limit_materials import gather_limits
from napari_lesion_synth.jobs.limit_reading import (
    LimitAbout,
    MapCt,
    about_to_json,
    searched_of,
)
from napari_lesion_synth.jobs.limit_report import result_of, write_all
from napari_lesion_synth.jobs.limit_search import LimitCt, export_ct, search_ct
from napari_lesion_synth.jobs.materials import CaseFacts, Materials
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.wording import counted

__all__ = ["limit_map"]


@dataclass(frozen=True, eq=False)
class _Inputs:
    """What is searched, and what for."""

    materials: Materials
    makings: LimitMaterials
    designs: tuple[LimitDesign, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the CTs."""
        return tuple(facts.name for facts in self.materials.facts)

    @property
    def total(self) -> int:
        """Copies, and the CTs as they are."""
        return sum(1 + len(each.copies) for each in self.designs)

    @property
    def known_lesions(self) -> bool:
        """Whether the lesions of every CT are known."""
        return all(facts.lesions for facts in self.materials.facts)

    def ct(self, number: int) -> LimitCt:
        """A CT, read where it is needed."""
        before = sum(1 + len(each.copies) for each in self.designs[:number])
        return LimitCt(
            self.names[number],
            self.materials.case(number),
            self.designs[number],
            before,
            self.total,
        )


def limit_map(
    job: LimitJob,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
    detector: Detector | None = None,
) -> EventStream:
    """Make a detection-limit map, or go on with one that was interrupted.

    The copies of the CTs depend on the settings and inputs alone. Each copy that was searched is
    kept at once; the same job goes on from there, and at another threshold nothing is searched
    again.

    Parameters
    ----------
    job : LimitJob
        Which CTs, which lesions, by what detector, and where to.
    token : StopToken
        Checked at every copy, and passed on to the detector.
    cases : sequence of Case
        CTs that are in memory already, in place of files.
    donors : sequence of Donor
        Donors that are in memory already.
    detector : Detector, optional
        One that is in memory already, in place of a file.

    Yields
    ------
    Event
        Started, Log, Progress (in copies), Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set; what is finished stays.
    ParameterError
        If there is no CT, no organ, or a setting that contradicts another.
    DatasetError
        If the folder holds another map.
    LesionSynthError
        If an input, the detector or the folder cannot be used.
    """
    yield Started("limit-map")
    yield Log(DISCLAIMER)
    _require(job, cases)
    readers = () if job.reader is None else read_reader_limits(job.reader)
    inputs = yield from _gathered(job, cases, donors, token)
    if job.search.export:
        yield from _exported(inputs, job, token)
        return
    finder = detector or finder_of(job, inputs.names, inputs.designs)
    about = _about(inputs, finder, job)
    begin(job.out, _asked(job, inputs, finder), about_to_json(about))
    kept = kept_in(job.out, job.rule)
    yield from _searched(inputs, finder, job, kept, token)
    done = searched_of(about, job.grid, job.rule, kept, job.search.threshold)
    made = analyse(kept.insertions, done, seed=job.grid.seed)
    for role, path in write_all(made, job.out, readers):
        yield Artifact(role, str(path))
    yield Done(result_of(made, job.out))


def _require(job: LimitJob, cases: Sequence[Case]) -> None:
    sources: Sequence[Any] = tuple(cases) or job.cases
    if not sources:
        raise ParameterError("no CT was given", remedy="Give at least one, with its organ's mask")
    for source in sources:
        if source.organ is None:
            raise ParameterError(
                "lesions are put into an organ, and none was given for this CT",
                where=source.patient if isinstance(source, Case) else source.ct,
                remedy="Give its mask (--organ FILE)",
            )


def _gathered(
    job: LimitJob, cases: Sequence[Case], donors: Sequence[Donor], token: StopToken
) -> Generator[Event, None, _Inputs]:
    """Read the CTs, donors and generator, and plan the copies of each CT."""
    materials, makings = yield from gather_limits(job, job.grid.methods, cases, donors, token)
    designs = []
    for number, facts in enumerate(materials.facts):
        token.check()
        case = materials.case(number)
        if makings.model is not None:
            makings.model.require_grid(case.volume.shape)
        planned = design(case, job.grid, where=case.inputs.get("ct") or case.patient)
        designs.append(planned)
        for short in planned.shortages:
            yield Log(
                f"{facts.name}, {short.diameter_mm:g} mm, {short.band}: {short.problem}; "
                f"{'not measurable' if not short.places else 'fewer lesions there'}",
                "warning",
            )
    inputs = _Inputs(materials, makings, tuple(designs))
    copies, lesions = inputs.total - len(designs), sum(each.insertions for each in designs)
    yield Log(
        f"{counted(lesions, 'lesion')} in {copies} copies of {counted(len(designs), 'CT')}, and "
        f"{'it' if len(designs) == 1 else 'they'} as {'it is' if len(designs) == 1 else 'they are'}"
    )
    return inputs


def _asked(job: LimitJob, inputs: _Inputs, finder: Detector) -> dict[str, Any]:
    """All that the results depend on; the threshold is not among it."""
    materials, statistics = inputs.materials, inputs.makings.statistics
    return {
        "program": __version__,
        "grid": job.grid.model_dump(mode="json"),
        "rule": job.rule.model_dump(mode="json"),
        "cts": [_identity(facts) for facts in materials.facts],
        "donors": [donor.id for donor in materials.donors],
        "statistics": "" if statistics is None else _hash(statistics.to_json()),
        "generator": "" if materials.model is None else materials.model.id,
        "detector": finder.id,
        "findings": stamp_of(job.search.findings),
        "designs": [each.key for each in inputs.designs],
    }


def _identity(facts: CaseFacts) -> dict[str, str]:
    return {
        "name": facts.name,
        "patient": facts.patient,
        "ct": facts.host,
        "organ": facts.organ,
        "lesions": facts.lesions,
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _searched(
    inputs: _Inputs, finder: Detector, job: LimitJob, kept: Kept, token: StopToken
) -> EventStream:
    if kept.rows:
        yield Log(f"{counted(len(kept.rows), 'copy').replace('copys', 'copies')} there already")
    for number in range(len(inputs.designs)):
        token.check()
        ct = inputs.ct(number)
        known = familiar(finder, ct.case)
        if known:
            yield Log(f"the detector {known}: its limits there are not those elsewhere", "warning")
        yield from search_ct(ct, finder, inputs.makings, job, kept, token)
    yield Progress(inputs.total, inputs.total)


def _about(inputs: _Inputs, finder: Detector, job: LimitJob) -> LimitAbout:
    shortages = [
        (name, short)
        for name, each in zip(inputs.names, inputs.designs, strict=True)
        for short in each.shortages
    ]
    return LimitAbout(
        finder_words(job.search, finder),
        tuple(
            MapCt(facts.name, facts.patient, facts.host, facts.inputs)
            for facts in inputs.materials.facts
        ),
        inputs.known_lesions,
        tuple(shortages),
        inputs.total - len(inputs.designs),
        "" if job.donors is None else str(job.donors.expanduser().resolve()),
        "" if job.model is None else str(job.model.expanduser().resolve()),
    )


def _exported(inputs: _Inputs, job: LimitJob, token: StopToken) -> EventStream:
    folder = job.out / EXPORT
    images: list[Exported] = []
    for number in range(len(inputs.designs)):
        ct = inputs.ct(number)
        images += yield from export_ct(ct, inputs.makings, job, folder, token)
    write_manifest(folder, images)
    yield Progress(inputs.total, inputs.total)
    yield Artifact("export", str(folder))
    facts: Mapping[str, Any] = {"images": len(images), "folder": str(folder)}
    yield Done(dict(facts))
