"""Simulated participants take part in a study, by the same session as people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Done, EventStream, Log, Progress, Started, StopToken
from napari_lesion_synth.jobs.runner import Place, run_jobs
from napari_lesion_synth.jobs.study_chooser import check_choice, study_chooser
from napari_lesion_synth.jobs.study_looks import validation_facts
from napari_lesion_synth.jobs.study_observers import Crowd, LookingObserver, crowd_of
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.ledger.records import BEGUN
from napari_lesion_synth.perception.ledger.replay import ParticipantState, replay
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant, begin_ledger
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session
from napari_lesion_synth.wording import counted

__all__ = ["SimulateStudy", "simulate_study", "simulated_codes"]

_START = datetime(2020, 1, 1, 9, tzinfo=UTC)
_ENDS = (Phase.DONE, Phase.DECLINED, Phase.WITHDRAWN)


class SimulateStudy(BaseModel):
    """Who is simulated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")
    participants: int = Field(
        12, ge=1, le=1000, description="How many simulated participants the study is to have."
    )
    jobs: int = Field(
        1,
        ge=1,
        le=256,
        description="How many take part at the same time, each in a process. With a choice by "
        "gain they do not see each other's answers, so that another number asks other pairs.",
    )
    crowd: Crowd = Field(Crowd(), description="what they are like")


def simulated_codes(participants: int) -> tuple[str, ...]:
    """Codes of so many simulated participants."""
    return tuple(f"sim-{k + 1:02d}" for k in range(participants))


def simulate_study(settings: SimulateStudy, token: StopToken) -> EventStream:
    """Let simulated participants take part, or go on where they were stopped.

    Parameters
    ----------
    settings : SimulateStudy
        Which study, and who.
    token : StopToken
        Checked at every answer with one process, and at every participant with several.

    Yields
    ------
    Event
        Started (total: participants), Progress, Done.

    Raises
    ------
    Stopped
        If the token was set; all answers are kept.
    InputError
        If the study or its photos cannot be used.
    ParameterError
        If the design asks for a choice that there is not, or the careless are too many.
    StorageError
        If an answer cannot be written; the same call goes on when there is room.
    """
    study = open_study(settings.folder)
    check_choice(study.design)
    if settings.crowd.careless > settings.participants:
        raise ParameterError(
            f"{settings.crowd.careless} of {settings.participants} cannot be careless",
            remedy="Ask for fewer",
        )
    codes = simulated_codes(settings.participants)
    yield Started("study simulate", len(codes))
    if study.codes and not set(study.codes) <= set(codes):
        yield Log(
            "others have taken part in this study: simulated answers will not be pooled with "
            "people's",
            "warning",
        )
    answers = 0
    for done, found in enumerate(_taken_part(study, settings, codes, token), start=1):
        answers += found
        yield Progress(done, len(codes), f"{counted(answers, 'answer')}")
    yield Done({"folder": str(study.folder), "participants": len(codes), "answers": answers})


@dataclass(frozen=True)
class _Shared:
    """What all processes know."""

    folder: Path
    settings: SimulateStudy
    codes: tuple[str, ...]


@dataclass(frozen=True)
class _Job:
    """One participant, who knows of those with smaller numbers than `before`."""

    code: str
    before: int


def _taken_part(
    study: Study, settings: SimulateStudy, codes: tuple[str, ...], token: StopToken
) -> Iterator[int]:
    """Number of answers of each participant, when they are done."""
    shared = _Shared(study.folder, settings, codes)
    for start in range(0, len(codes), settings.jobs):
        wave = codes[start : start + settings.jobs]
        # Enrolled one after the other: their numbers, and so their questions, depend on that.
        numbers = [_begun(study, code, start + k) for k, code in enumerate(wave)]
        jobs = [_Job(code, min(numbers)) for code in wave]
        if len(jobs) == 1:
            yield _take_part(shared, jobs[0], token)
        else:
            yield from run_jobs(_in_a_process, shared, jobs, Place(workers=len(jobs)), token)


def _begun(study: Study, code: str, place: int) -> int:
    """Number of a participant, who is enrolled where they are not yet."""
    path = participant_path(study.folder, code)
    if path.exists():
        records = read_records(path)
        if records and records[0]["kind"] == BEGUN:
            return int(records[0]["number"])
    clock = SimulatedClock(_START + timedelta(days=place))
    participant = NewParticipant(code, simulated=True)
    with begin_ledger(study, participant, clock.clock) as ledger:  # enrolled; no sitting yet
        return int(ledger.records[0]["number"])


def _in_a_process(shared: _Shared, job: _Job) -> int:
    return _take_part(shared, job, StopToken())


def _take_part(shared: _Shared, job: _Job, token: StopToken) -> int:
    study = open_study(shared.folder)
    state = _known(study, job.code)
    if state is not None and state.ended:
        return len(state.answers)
    observer = crowd_of(study, shared.settings.crowd, shared.codes)(job.code)
    clock = SimulatedClock(_last_time(study, job.code))
    chooser = study_chooser(study, job.code, before=job.before)
    with Session.reopen(study, job.code, chooser, clock.clock) as session:
        _ready(session, observer)
        for _ in take_part(session, observer, clock):
            token.check()
        return len(session.state.answers)


def _known(study: Study, code: str) -> ParticipantState | None:
    records = read_records(participant_path(study.folder, code))
    return replay(records) if records else None


def _last_time(study: Study, code: str) -> datetime:
    """When the participant was last seen: their clock goes on from there."""
    records = read_records(participant_path(study.folder, code))
    return datetime.fromisoformat(records[-1]["t"])


def _ready(session: Session, observer: UtilityObserver) -> None:
    """Consent, what is asked beforehand, and a validation of the gaze."""
    if session.phase is Phase.CONSENT:
        session.agree(session.consent_text())
    if session.phase is Phase.COVARIATES:
        session.tell(observer.covariates(session.state.design))
    if session.phase not in _ENDS and isinstance(observer, LookingObserver):
        session.calibrated(validation_facts(observer.looks.validation))
