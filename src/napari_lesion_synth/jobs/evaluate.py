"""Findings of any detector against the truth: figures with intervals, curve, tables, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.kept import KEPT_FROM, LEFT_OUT
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.assessment import Assessment, Choice, assess
from napari_lesion_synth.evaluation.lineage.guard import (
    Ct,
    Fold,
    Inspection,
    Kind,
    LineageGraph,
    Node,
    inspect,
    require_clean,
)
from napari_lesion_synth.evaluation.lineage.sources import of_detection
from napari_lesion_synth.evaluation.matching import CaseResult, match
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.evaluation.two_detectors import compare
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.evaluate_page import Evaluated
from napari_lesion_synth.jobs.evaluate_pictures import drawn
from napari_lesion_synth.jobs.evaluate_record import EVALUATION_JSON, TestedCt, write_evaluation
from napari_lesion_synth.jobs.evaluate_report import result_of, write_all
from napari_lesion_synth.jobs.evaluate_settings import EvaluateJob, EvaluateSettings
from napari_lesion_synth.jobs.evaluate_sources import (
    Source,
    descent_of,
    files_source,
    named,
    search,
    searched_source,
)
from napari_lesion_synth.jobs.evaluate_truth import (
    names_of,
    patient_of,
    require_truth,
    with_truth,
)
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.materials import SHIPPED
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["evaluate"]

_TEST = "this evaluation"


@dataclass
class _Judged:
    """What is kept of the CTs while they are read one after the other."""

    results: dict[str, list[CaseResult]] = field(default_factory=dict)
    graphs: dict[str, LineageGraph] = field(default_factory=dict)
    own: dict[str, float] = field(default_factory=dict)
    cut: dict[str, tuple[float, int]] = field(default_factory=dict)
    tested: list[Ct] = field(default_factory=list)
    kept: list[TestedCt] = field(default_factory=list)


def evaluate(
    job: EvaluateJob,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    detectors: Mapping[str, Detector] | None = None,
) -> EventStream:
    """Hold findings against the truth.

    Detectors that search do it first, and go on where they were stopped. Then each CT is read
    once, and the findings of all detectors in it are judged.

    Parameters
    ----------
    job : EvaluateJob
        Which findings, which truth, and where to.
    token : StopToken
        Checked at every CT, and while a detector searches.
    cases : sequence of Case
        CTs that are in memory already, in place of files.
    detectors : mapping of str to Detector, optional
        Detectors in memory, by name, in place of files.

    Yields
    ------
    Event
        Log, Progress, Artifact, Done, whose result holds every figure.

    Raises
    ------
    Stopped
        If the token was set; findings of a search stay.
    ParameterError
        If there is no CT or no truth, or the test leaks and that is to be refused.
    LesionSynthError
        If an input cannot be used, or the folder cannot be written.
    """
    truth: tuple[CaseFiles | Case, ...] = tuple(cases) or job.cases
    require_truth(truth)
    taken = [files.name for files in job.findings]
    finders: Mapping[str, str | Detector] = detectors or named(_detectors(job), taken)
    sources = [files_source(files, len(truth)) for files in job.findings]
    for name, finder in finders.items():
        if job.settings.strict:
            _refuse_by_name(descent_of(finder), truth)
        yield from search(name, finder, job, cases, token)
        sources.append(searched_source(name, finder, job.out))
    yield Started("evaluate", len(truth))
    judged = _Judged()
    for number, (given, name) in enumerate(zip(truth, names_of(truth), strict=True)):
        token.check()
        yield Progress(number, len(truth), name)
        case = yield from with_truth(given)
        yield from _judge(case, name, number, sources, job, judged)
    yield Progress(len(truth), len(truth))
    _require_lesions(judged)
    inspections = _inspected(sources, judged, strict=job.settings.strict)
    for name, found in inspections.items():
        if found.verdict != "clean":
            yield Log(f"{name}: {' '.join(found.words)}", "warning")
    assessments = _assessed(sources, judged, job.settings)
    yield from _told(assessments, judged)
    pairs = [compare(other, assessments[0], seed=job.settings.seed) for other in assessments[1:]]
    evaluated = Evaluated(tuple(assessments), tuple(pairs), inspections, judged.cut)
    pictures = yield from drawn(evaluated.first, truth, sources[0], job.settings.pictures, token)
    with writing(job.out):
        job.out.mkdir(parents=True, exist_ok=True)
    record = job.out / EVALUATION_JSON
    write_evaluation(record, evaluated, judged.kept, job.settings.seed)
    yield Artifact("evaluation", str(record))
    for role, path in write_all(job.out, evaluated, pictures):
        yield Artifact(role, str(path))
    yield Done({**result_of(evaluated), "folder": str(job.out)})


def _detectors(job: EvaluateJob) -> tuple[str, ...]:
    if job.detectors or job.findings:
        return job.detectors
    return (SHIPPED,)


def _refuse_by_name(descent: LineageGraph, truth: Sequence[CaseFiles | Case]) -> None:
    """Before a long search: what is seen without reading a CT."""
    tested = tuple(Ct(patient_of(each)) for each in truth)
    heads = [node for node in descent.made_from if node.kind is Kind.DETECTOR]
    require_clean(descent, [Fold(_TEST, head, tested) for head in heads])


def _judge(
    case: Case,
    name: str,
    number: int,
    sources: Sequence[Source],
    job: EvaluateJob,
    judged: _Judged,
) -> EventStream:
    """Judge all findings in one CT."""
    truth = yield from tell(partial(Truth.of, case, name, split=job.settings.split))
    judged.tested.append(Ct(case.patient, case.volume.sha256, name))
    judged.kept.append(TestedCt(name, case.patient, case.volume.sha256, case.inputs))
    for source in sources:
        detection = yield from tell(partial(source.of(number).detect, case))
        judged.results.setdefault(source.name, []).append(match(detection, truth, job.rule))
        _remember(source.name, detection, judged)


def _remember(name: str, detection: Detection, judged: _Judged) -> None:
    facts = detection.facts
    told = of_detection({"detector": detection.detector, "facts": facts}, name)
    judged.graphs[name] = judged.graphs.get(name, LineageGraph()) | told
    if "threshold" in facts:
        judged.own[name] = float(facts["threshold"])
    if facts.get(LEFT_OUT):
        _, before = judged.cut.get(name, (0.0, 0))
        judged.cut[name] = float(facts[KEPT_FROM]), before + int(facts[LEFT_OUT])


def _require_lesions(judged: _Judged) -> None:
    if not any(result.lesions for results in judged.results.values() for result in results):
        raise ParameterError(
            "no lesion counts in any of these CTs: there is nothing to find",
            remedy="Check --lesion-label, and --smallest-mm",
        )


def _inspected(
    sources: Sequence[Source], judged: _Judged, *, strict: bool
) -> dict[str, Inspection]:
    """Whether the test is fair, detector by detector."""
    found = {}
    for source in sources:
        graph = source.descent | judged.graphs[source.name]
        fold = Fold(_TEST, Node(Kind.FINDINGS, source.name), tuple(judged.tested))
        found[source.name] = require_clean(graph, [fold]) if strict else inspect(graph, [fold])
        if strict and found[source.name].gaps:
            raise ParameterError(
                f"it is not known whether the test is fair: {found[source.name].gaps[0]}",
                where=source.name,
                remedy="Give the detector's own file (--detector), or leave --strict out",
            )
    return found


def _assessed(
    sources: Sequence[Source], judged: _Judged, settings: EvaluateSettings
) -> list[Assessment]:
    assessments = []
    for source in sources:
        if settings.rate is not None:
            choice = Choice(rate=settings.rate)
        elif settings.threshold is not None:
            choice = Choice(settings.threshold, why="asked for")
        elif source.name in judged.own:
            choice = Choice(judged.own[source.name], why="the detector's own threshold")
        else:
            choice = Choice(why="the detector has no threshold of its own")
        results = judged.results[source.name]
        assessments.append(assess(source.name, results, choice, seed=settings.seed))
    return assessments


def _told(assessments: Sequence[Assessment], judged: _Judged) -> EventStream:
    """What the figures lack, while somebody may still mend it."""
    for whole in assessments:
        if whole.name in judged.cut:
            kept_from, left_out = judged.cut[whole.name]
            yield Log(
                f"{whole.name}: {left_out} findings below {kept_from:g} were not kept; the curve "
                "ends early. Search with --threshold 0",
                "warning",
            )
