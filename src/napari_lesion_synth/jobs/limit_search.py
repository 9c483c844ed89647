"""Copies of a CT made, searched and judged, one after the other."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector, Report
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.evaluation.limits.design import CopyPlan, LimitDesign
from napari_lesion_synth.evaluation.limits.insertion import LimitCopy, render_copy
from napari_lesion_synth.evaluation.limits.making import LimitMaterials
from napari_lesion_synth.evaluation.limits.results import rows_of_copy
from napari_lesion_synth.evaluation.matching import Outcome, match
from napari_lesion_synth.evaluation.truth import Truth, TruthLesion
from napari_lesion_synth.events import Event, EventStream, Log, Progress, StopToken
from napari_lesion_synth.jobs.following import follow
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.limit_exchange import (
    UNTOUCHED,
    Exported,
    FindingsByHand,
    export_name,
    write_copy,
)
from napari_lesion_synth.jobs.limit_folder import Kept, keep_copy, keep_untouched
from napari_lesion_synth.jobs.limit_job import LimitJob

__all__ = ["LimitCt", "export_ct", "search_ct"]

_KNOWN_FROM = 100_001
"""Numbers of a CT's own lesions among those of a copy."""


@dataclass(frozen=True, eq=False)
class LimitCt:
    """One CT, its copies, and how far the whole is.

    Parameters
    ----------
    name : str
        Unique in the map.
    case : Case
        The CT.
    design : LimitDesign
        Its copies.
    before, total : int
        Copies of other CTs that come first, and all copies; an untouched CT counts as one.
    """

    name: str
    case: Case
    design: LimitDesign
    before: int
    total: int


def search_ct(
    ct: LimitCt,
    finder: Detector,
    materials: LimitMaterials,
    job: LimitJob,
    kept: Kept,
    token: StopToken,
) -> EventStream:
    """Search a CT as it is and all its copies, and keep what becomes of each.

    Parameters
    ----------
    ct : LimitCt
        The CT.
    finder : Detector
        Who searches.
    materials : LimitMaterials
        What the lesions are made from.
    job : LimitJob
        What is asked for.
    kept : Kept
        What is there already, and is not made again; what is found is added.
    token : StopToken
        Checked at each copy, and passed on to the detector.

    Yields
    ------
    Event
        Log, Progress.
    """
    missing = [copy for copy in ct.design.copies if (ct.name, copy.name) not in kept.rows]
    if not missing and ct.name in kept.untouched:
        return
    search = _Search(ct, finder, job)
    known = search.known
    untouched = yield from search.detect(ct.case, UNTOUCHED, ct.before, token)
    if ct.name not in kept.untouched:
        result = match(untouched, search.truth(UNTOUCHED, known), job.rule)
        own = float(untouched.facts.get("threshold", 0.0))
        keep_untouched(job.out, ct.name, result, own)
        kept.untouched[ct.name], kept.own[ct.name] = result, own
    done = len(ct.design.copies) - len(missing)
    for number, plan in enumerate(missing, start=1):
        token.check()
        at = ct.before + done + number
        yield Progress(at, ct.total, f"{plan.name} of {ct.name}")
        made = yield from tell(partial(render_copy, ct.case, plan, materials, job.grid))
        yield from _kept(search, made, untouched, at, kept, token)


def _kept(
    search: _Search,
    made: LimitCopy,
    untouched: Detection,
    at: int,
    kept: Kept,
    token: StopToken,
) -> EventStream:
    ct, rule = search.ct, search.job.rule
    name = made.plan.name
    # The organ is the same object, so that its distances are not measured again.
    case = replace(ct.case, volume=made.volume, lesions=None, inputs={}, truth=())
    detection = yield from search.detect(case, name, at, token)
    truth = made.truth(ct.case, search.known, detection.patient)
    result = match(detection, truth, rule)
    rows = rows_of_copy(ct.name, made, result, search.chances(made, untouched))
    alarms = [mark.score for mark in result.marked(Outcome.FALSE)]
    keep_copy(search.job.out, ct.name, name, rows, alarms)
    kept.rows[ct.name, name], kept.alarms[ct.name, name] = rows, tuple(alarms)


class _Search:
    """A CT and who searches it."""

    def __init__(self, ct: LimitCt, finder: Detector, job: LimitJob) -> None:
        self.ct, self.job = ct, job
        self._finder = finder
        self.known = known_lesions(ct.case)

    def detect(
        self, case: Case, copy: str, at: int, token: StopToken
    ) -> Generator[Event, None, Detection]:
        """What is found in the CT or a copy of it; known lesions are not shown to the detector."""
        if isinstance(self._finder, FindingsByHand):
            case = replace(case, patient=export_name(self.ct.name, copy))
        case = replace(case, lesions=None)
        finder, total = self._finder, self.ct.total
        words = f"{copy} of {self.ct.name}"

        def call(inner: StopToken, report: Report) -> Detection:
            del report  # parts of a copy are not counted
            return finder.detect(case, inner)

        yield Progress(at, total, words)
        return (yield from follow(call, token))

    def truth(self, name: str, lesions: tuple[TruthLesion, ...]) -> Truth:
        """What is in the CT as it is, under the name that it was searched under."""
        case, by_hand = self.ct.case, isinstance(self._finder, FindingsByHand)
        patient = export_name(self.ct.name, name) if by_hand else case.patient
        volume = case.volume
        return Truth(patient, name, volume.shape, volume.spacing, case.organ, lesions)

    def chances(self, made: LimitCopy, untouched: Detection) -> Mapping[int, float | None]:
        """Score of the finding in the untouched CT that would hit each lesion."""
        found = {}
        for each in made.inserted:
            alone = self.truth(UNTOUCHED, (each.truth,))
            (lesion,) = match(untouched, alone, self.job.rule).lesions
            found[each.truth.number] = lesion.score
        return found


def known_lesions(case: Case) -> tuple[TruthLesion, ...]:
    """The CT's own lesions: findings on them are neither hits nor false alarms."""
    if case.lesions is None:
        return ()
    lesions = Truth.of(case).lesions
    return tuple(replace(each, number=_KNOWN_FROM + k) for k, each in enumerate(lesions))


def export_ct(
    ct: LimitCt, materials: LimitMaterials, job: LimitJob, folder: Path, token: StopToken
) -> Generator[Event, None, list[Exported]]:
    """Write a CT and all its copies; those that are there already are left as they are."""
    written = [write_copy(folder, ct.case, export_name(ct.name, UNTOUCHED))]
    refused = 0
    for number, plan in enumerate(ct.design.copies, start=1):
        token.check()
        yield Progress(ct.before + number, ct.total, f"{plan.name} of {ct.name}")
        made = yield from tell(partial(_rendered, ct.case, plan, materials, job))
        refused += len(made.refused)
        name = export_name(ct.name, plan.name)
        written.append(write_copy(folder, ct.case, name, made.volume, len(made.inserted)))
    if refused:
        yield Log(f"{refused} lesions of {ct.name} could not be made", "warning")
    return written


def _rendered(case: Case, plan: CopyPlan, materials: LimitMaterials, job: LimitJob) -> LimitCopy:
    return render_copy(case, plan, materials, job.grid)
