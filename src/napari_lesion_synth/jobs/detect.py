"""Finding lesions in CTs."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from napari_lesion_synth import __version__
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_name, reread_case
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.dicom_seg import SEG, require_highdicom, write_seg
from napari_lesion_synth.detection.export import (
    FINDINGS_CSV,
    FINDINGS_JSON,
    LABELS,
    MAP,
    write_findings,
)
from napari_lesion_synth.detection.external import ExternalFindings
from napari_lesion_synth.detection.familiar import familiar
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.search import DISCLAIMER, NO_ORGAN
from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import TEMPORARY, writing
from napari_lesion_synth.jobs.detect_settings import DetectJob, DetectSettings
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.jobs.following import follow
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.settings import CaseFiles, plain_name

__all__ = ["detect", "kept_findings"]

_KEY = "asked"
"""In the JSON file: what a finished CT's findings were made from."""


_OWN = {FINDINGS_CSV, FINDINGS_JSON, MAP, LABELS, SEG}


@dataclass(frozen=True, eq=False)
class _Search:
    """One CT to search.

    Parameters
    ----------
    name : str
        Of its folder.
    source : CaseFiles or Case
        The CT.
    folder : Path
        Where its findings go.
    key : str
        Tells what they are made from.
    """

    name: str
    source: CaseFiles | Case
    folder: Path
    key: str

    @property
    def finished(self) -> bool:
        """Whether they are there, made from the same."""
        return kept_findings(self.folder).get(_KEY) == self.key


def detect(
    job: DetectJob,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    detector: Detector | None = None,
) -> EventStream:
    """Find lesions in CTs, and write a folder of findings for each.

    A folder appears when it is complete. CTs that are finished, with the same detector and the
    same settings, are passed over; a CT that cannot be searched does not keep the others from it.

    Parameters
    ----------
    job : DetectJob
        Which CTs, by what, and where to.
    token : StopToken
        Checked at every batch of slices.
    cases : sequence of Case
        CTs that are in memory already, in place of files.
    detector : Detector, optional
        One that is in memory already, in place of a file.

    Yields
    ------
    Event
        Started, Log, Progress, Artifact (a folder a CT), Done.

    Raises
    ------
    Stopped
        If the token was set; what is finished stays.
    ParameterError
        If there is no CT, or one without an organ.
    LesionSynthError
        If the detector or a CT cannot be used, or the folder cannot be written.
    """
    settings = job.settings
    sources: tuple[CaseFiles | Case, ...] = tuple(cases) or job.cases
    if settings.dicom:
        require_highdicom()
    finder = detector or open_detector(settings.model, settings.device, settings.threads)
    _require(sources, finder)
    searches = _searches(sources, job, finder)
    yield Started("detect", len(searches))
    yield Log(DISCLAIMER)
    failed: list[LesionSynthError] = []
    found = 0
    for number, search in enumerate(searches):
        token.check()
        yield Progress(number, len(searches), search.name)
        if search.finished:
            yield Log(f"{search.name} is finished already")
        else:
            try:
                place = f"{search.name} ({number + 1} of {len(searches)}): "
                yield from _searched(search, finder, settings, token, place)
            except LesionSynthError as error:
                if len(searches) == 1:
                    raise
                failed.append(error)
                yield Log(f"{search.name} is left out: {error}", "warning")
                continue
        found += len(kept_findings(search.folder).get("findings", ()))
        yield Artifact("detection", str(search.folder))
    yield Progress(len(searches), len(searches))
    if failed:
        raise LesionSynthError(
            f"{len(failed)} of {len(searches)} CTs could not be searched; the others are finished",
            where=failed[0].where,
            remedy=failed[0].remedy,
        )
    yield Done({"cts": len(searches), "findings": found, "folder": str(job.out)})


def kept_findings(folder: Path) -> dict[str, Any]:
    """The JSON file of a finished CT; empty where there is none."""
    try:
        content = json.loads((folder / FINDINGS_JSON).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _searched(
    search: _Search, finder: Detector, settings: DetectSettings, token: StopToken, place: str
) -> EventStream:
    """Search one CT and write down what is found."""
    source = search.source
    if isinstance(source, CaseFiles):
        yield Log(f"reading {source.ct}")
        case = yield from tell(partial(reread_case, source.inputs()))
    else:
        case = source
    known = familiar(finder, case)
    if known:
        yield Log(
            f"the detector {known}: what it finds there says nothing of what it finds in others",
            "warning",
        )
    detection = yield from follow(
        lambda inner, report: finder.detect(case, inner, report), token, place
    )
    threshold = settings.threshold
    if threshold is None:
        threshold = float(detection.facts.get("threshold", 0))
    yield from _written(search, detection, case, threshold, dicom=settings.dicom)
    shown = len(detection.above(threshold))
    times = ", ".join(f"{name} {value:.1f}" for name, value in detection.seconds.items())
    yield Log(
        f"{search.name}: {shown} findings of score {threshold:g} or more, "
        f"{len(detection.findings) - shown} below; {sum(detection.seconds.values()):.1f} s "
        f"({times})"
    )


def _written(
    search: _Search, detection: Detection, case: Case, threshold: float, *, dicom: bool
) -> EventStream:
    """Write the folder under another name, and move it into place."""
    part = search.folder.with_name(TEMPORARY + search.folder.name)
    with writing(search.folder):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
    try:
        if dicom:
            yield from _seg(part, detection, case, threshold)
        more = {"host": case.volume.sha256, _KEY: search.key}
        write_findings(part, detection, case.volume, threshold, more)
        with writing(search.folder):
            _keep_others(search.folder, part)
            shutil.rmtree(search.folder, ignore_errors=True)
            part.replace(search.folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _keep_others(before: Path, now: Path) -> None:
    """Bring along what a person or another program has put beside the findings before."""
    for file in before.glob("*"):
        if file.name not in _OWN and file.is_file():
            shutil.copy2(file, now / file.name)


def _seg(part: Path, detection: Detection, case: Case, threshold: float) -> EventStream:
    findings = detection.above(threshold)
    if not findings:
        yield Log(f"{case.patient}: nothing was found, so that there is no DICOM segmentation")
        return
    try:
        yield from tell(partial(write_seg, part / SEG, findings, case))
    except LesionSynthError as error:
        yield Log(f"no DICOM segmentation: {error}", "warning")


def _require(sources: Sequence[CaseFiles | Case], finder: Detector) -> None:
    if not sources:
        raise ParameterError("no CT was given", remedy="Give at least one, with its organ's mask")
    if isinstance(finder, ExternalFindings):
        return
    for source in sources:
        if source.organ is None:
            name = source.ct if isinstance(source, CaseFiles) else source.patient
            raise ParameterError(
                "lesions are sought in an organ, and none was given for this CT",
                where=name,
                remedy=NO_ORGAN,
            )


def _searches(
    sources: Sequence[CaseFiles | Case], job: DetectJob, finder: Detector
) -> list[_Search]:
    taken: dict[str, int] = {}
    searches = []
    for source in sources:
        name = plain_name(_name(source))
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            name = f"{name}-{taken[name]}"
        searches.append(_Search(name, source, job.out / name, _key(source, job, finder)))
    return searches


def _name(source: CaseFiles | Case) -> str:
    if isinstance(source, Case):
        return source.patient
    return source.patient or case_name(Path(source.ct))


def _key(source: CaseFiles | Case, job: DetectJob, finder: Detector) -> str:
    """Hash of all that findings depend on, as far as it is known before a CT is read."""
    if isinstance(source, Case):
        organ = b"" if source.organ is None else source.organ.mask.tobytes()
        what: Any = [source.volume.sha256, hashlib.sha256(organ).hexdigest()]
    else:
        inputs = source.inputs()
        what = [inputs, *(_stamp(inputs[name]) for name in ("ct", "organ"))]
    asked = {
        "program": __version__,
        "detector": finder.id,
        "file": _stamp(str(job.settings.model)) if isinstance(finder, ExternalFindings) else None,
        "threshold": job.settings.threshold,
        "dicom": job.settings.dicom,
        "ct": what,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _stamp(path: str | None) -> list[Any]:
    """Size and time of a file, or of all files of a folder: another file has others."""
    if path is None:
        return []
    files = [Path(path)] if Path(path).is_file() else sorted(Path(path).glob("*"))
    facts = [file.stat() for file in files if file.exists()]
    return [
        len(facts),
        sum(f.st_size for f in facts),
        max((f.st_mtime_ns for f in facts), default=0),
    ]
