"""Training a detector on few real and many synthetic lesions."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import astuple, fields

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import (
    Done,
    Event,
    EventStream,
    Failed,
    Log,
    Stopped,
    StopToken,
)
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.detector_job import SPLIT_CSV, DetectorJob
from napari_lesion_synth.jobs.detector_lessons import Gathered, gather_detector_lessons
from napari_lesion_synth.jobs.detector_record import Journal, provenance_of, write_provenance
from napari_lesion_synth.jobs.detector_split import PatientRow

__all__ = ["learn_detector"]


def learn_detector(
    job: DetectorJob, token: StopToken, *, cases: Sequence[Case] = ()
) -> EventStream:
    """Train a detector, or go on with a training that was interrupted.

    Parameters
    ----------
    job : DetectorJob
        From what, how, and where.
    token : StopToken
        Checked at every step; the state is kept before it stops.
    cases : sequence of Case
        CTs that are in memory already, in place of files.

    Yields
    ------
    Event
        Log, Started, Metric, Artifact (pictures of batches), Progress, Done.

    Raises
    ------
    Stopped
        If the token was set.
    ParameterError
        If a patient is in two parts, something leaks, or there is nothing to learn from.
    TrainingError
        If the training cannot go on.
    LesionSynthError
        If an input or the folder cannot be used.
    """
    before: list[Event] = []
    gathered = yield from _noted(gather_detector_lessons(job, token, cases=cases), before)
    parts = Log("; ".join(f"{row.patient}: {row.part.value}" for row in gathered.rows[:40]))
    yield parts
    yield from _recorded(job, gathered, token, [*before, parts])


def _recorded(
    job: DetectorJob, gathered: Gathered, token: StopToken, before: Sequence[Event]
) -> EventStream:
    """The training; once its folder is its own, what happens is written down there."""
    from napari_lesion_synth.detection.train import train_detector
    from napari_lesion_synth.training.device import choose_compute

    device = choose_compute(job.settings.device, job.settings.threads).text
    provenance = provenance_of(job, gathered, device)
    journal: Journal | None = None
    try:
        with closing(
            train_detector(gathered.lessons, job.settings, job.data, job.out, token)
        ) as stream:
            for event in stream:
                if journal is None:
                    write_atomic(job.out / SPLIT_CSV, _csv(gathered.rows))
                    journal = Journal(job.out)
                    yield from write_provenance(job.out, provenance)
                    for earlier in before:
                        yield from journal.write(earlier)
                if isinstance(event, Done):
                    yield from write_provenance(job.out, provenance, event.result)
                yield from journal.write(event)
                yield event
    except LesionSynthError as error:
        if journal is not None:
            journal.write(Failed(error.what, error.where, error.remedy))
        raise
    except Stopped:
        if journal is not None:
            journal.write(
                Failed("stopped before the end", remedy="The same job goes on from there")
            )
        raise


def _noted(
    stream: Generator[Event, None, Gathered], events: list[Event]
) -> Generator[Event, None, Gathered]:
    """A stream whose events are kept too."""
    with closing(stream):
        while True:
            try:
                event = next(stream)
            except StopIteration as end:
                gathered: Gathered = end.value
                return gathered
            events.append(event)
            yield event


def _csv(rows: Iterable[PatientRow]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(each.name for each in fields(PatientRow))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode()
