"""At which contrast a reader sees synthetic lesions in a CT: pictures, answers, the limit."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np

from napari_lesion_synth import __version__
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.errors import ParameterError
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
from napari_lesion_synth.jobs.limit_folder import begin
from napari_lesion_synth.jobs.limit_materials import gather_limits
from napari_lesion_synth.jobs.materials import CaseFacts
from napari_lesion_synth.jobs.reader_job import ReaderJob
from napari_lesion_synth.jobs.reader_pictures import CtPictures
from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.limits.psychometric import level_at
from napari_lesion_synth.perception.limits.reader_limit import READER_CSV, READER_JSON, ReaderLimit
from napari_lesion_synth.perception.limits.visibility_settings import VisibilityTrial
from napari_lesion_synth.perception.observers.thresholds import ThresholdObserver
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["open_reader", "reader_limit"]

_SIMULATED = "The answers are those of a simulated reader with known limits, and of no person."


def reader_limit(
    job: ReaderJob,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
    person: Callable[[ReaderStudy], Any] | None = None,
) -> EventStream:
    """Ask a reader, and write the limit; a reader who stopped goes on where that was.

    Parameters
    ----------
    job : ReaderJob
        Which CT, what is asked, and where to.
    token : StopToken
        Checked at every question of a simulated reader.
    cases : sequence of Case
        A CT that is in memory already, in place of files.
    donors : sequence of Donor
        Donors that are in memory already.
    person : callable, optional
        Puts the questions to a person and returns when they stop; needed if nobody is simulated.

    Yields
    ------
    Event
        Started, Log, Progress (in questions), Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set; what was answered stays.
    ParameterError
        If nobody is there to answer, there is not one CT with an organ, or a setting
        contradicts another.
    DatasetError
        If the folder holds answers to something else, or is in use.
    LesionSynthError
        If an input or the folder cannot be used.
    """
    yield Started("reader-limit")
    yield Log(DISCLAIMER)
    if job.simulated is None and person is None:
        raise ParameterError(
            "nobody is there to answer", remedy="Open the window, or simulate a reader"
        )
    study = yield from open_reader(job, token, cases=cases, donors=donors)
    with study:
        done, of = study.progress
        if done:
            yield Log(f"{done} of {of} questions are answered already")
        if job.simulated is None:
            assert person is not None
            person(study)
        else:
            yield from _simulated(study, job, token)
        limit = study.write()
        yield Progress(*study.progress)
    if limit is not None:
        for role, name in (("limit", READER_JSON), ("table", READER_CSV)):
            yield Artifact(role, str(job.out / name))
    yield Done(_result(study, limit))


def open_reader(
    job: ReaderJob,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
) -> Generator[Event, None, ReaderStudy]:
    """Read the CT, look for places, and open the folder; parameters and errors as above.

    Returns
    -------
    ReaderStudy
        To be closed.
    """
    _require(job, cases)
    shown = job.pictures
    materials, makings = yield from gather_limits(job, (shown.method,), cases, donors, token)
    case, (facts, *_) = materials.case(0), materials.facts
    pictures = CtPictures.of(case, makings, job)
    asked = {
        "reader": None if job.simulated is None else job.simulated.model_dump(mode="json"),
        "name": job.name,
        "questions": job.asked.model_dump(mode="json"),
        "pictures": shown.model_dump(mode="json"),
        "ct": _identity(facts),
        "donors": [donor.id for donor in materials.donors],
        "generator": "" if materials.model is None else materials.model.id,
    }
    begin(job.out, asked, {"program": __version__, "inputs": dict(case.inputs)}, "reader's limit")
    return ReaderStudy(
        job.out,
        job.asked,
        pictures,
        name=job.name,
        band=shown.depth,
        facts=pictures.facts,
        notes=() if job.simulated is None else (_SIMULATED,),
    )


def _require(job: ReaderJob, cases: Sequence[Case]) -> None:
    sources: Sequence[Any] = tuple(cases) or job.cases
    if len(sources) != 1:
        raise ParameterError(
            f"{len(sources) or 'no'} CTs were given", remedy="Give one, with its organ's mask"
        )
    if sources[0].organ is None:
        raise ParameterError(
            "lesions are put into an organ, and none was given for this CT",
            remedy="Give its mask (--organ FILE)",
        )


def _identity(facts: CaseFacts) -> dict[str, str]:
    return {"ct": facts.host, "organ": facts.organ, "lesions": facts.lesions}


def _simulated(study: ReaderStudy, job: ReaderJob, token: StopToken) -> EventStream:
    """The same path as a person's: the pictures are made, and the answers kept, one by one."""
    while (trial := study.next()) is not None:
        token.check()
        yield Progress(*study.progress, f"{trial.diameter_mm:g} mm, {trial.contrast_hu:.1f} HU")
        study.shown(trial)
        study.answer(trial, _answer(trial, job))


def _answer(trial: VisibilityTrial, job: ReaderJob) -> int:
    """What the simulated reader says: a function of the question, so that a rerun says the same."""
    reader, asked = job.simulated, job.asked
    assert reader is not None
    limits = reader.limits_hu
    own = limits[asked.diameters_mm.index(trial.diameter_mm)] if len(limits) > 1 else limits[0]
    observer = ThresholdObserver(
        # A Weibull function's own threshold is that of 63 %, and not of the share asked for.
        threshold=own / float(level_at(asked.share, 1.0, reader.slope)),
        slope=reader.slope,
        lapse=reader.lapse,
        task=asked.task,
        false_alarms=reader.false_alarms if asked.task == "yes-no" else 0.0,
    )
    rng = np.random.default_rng([trial.seed, trial.number, asked.seed])
    said = observer.answer(abs(trial.contrast_hu), rng)
    if asked.task == "yes-no":
        return int(said)
    return trial.place if said else 1 - trial.place


def _result(study: ReaderStudy, limit: ReaderLimit | None) -> dict[str, Any]:
    done, of = study.progress
    result: dict[str, Any] = {"folder": str(study.folder), "answers": done, "questions": of}
    if limit is None:
        return result
    columns = (
        *(limit.diameters_mm, limit.contrasts_hu, limit.low_hu, limit.high_hu),
        *(limit.trials, limit.right, limit.reach),
    )
    names = ("diameter_mm", "contrast_hu", "low_hu", "high_hu", "trials", "right", "reach")
    result["reader_limits"] = [
        dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
    ]
    result["reader_notes"] = list(limit.notes)
    return result
