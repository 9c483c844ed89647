"""Training a detector on few real and many synthetic lesions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.events import EventStream, Log, StopToken
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.detector_job import SPLIT_CSV, DetectorJob
from napari_lesion_synth.jobs.detector_lessons import PatientRow, gather_detector_lessons

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
    from napari_lesion_synth.detection.train import train_detector

    gathered = yield from gather_detector_lessons(job, token, cases=cases)
    rows = gathered.rows
    yield Log("; ".join(f"{row.patient}: {row.part.value}" for row in rows[:40]))
    stream = train_detector(gathered.lessons, job.settings, job.data, job.out, token)
    written = False
    for event in stream:
        if not written:  # the folder is there, and it is this training's
            write_atomic(job.out / SPLIT_CSV, _csv(rows))
            written = True
        yield event


def _csv(rows: Iterable[PatientRow]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(each.name for each in fields(PatientRow))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode()
