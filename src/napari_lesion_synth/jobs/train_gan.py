"""Training the learnt generator on real lesions."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.learning_settings import GanJob
from napari_lesion_synth.jobs.lessons import gather_lessons
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["learn_gan"]


def learn_gan(
    job: GanJob,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
) -> EventStream:
    """Train a generator, or go on with a training that was interrupted.

    Parameters
    ----------
    job : GanJob
        From what, how, and where.
    token : StopToken
        Checked at every step; the state is kept before it stops.
    cases : sequence of Case
        Hosts that are in memory already, in place of files.
    donors : sequence of Donor
        Lesions that are in memory already, in place of a library.

    Yields
    ------
    Event
        Log, Started, Metric, Artifact (strips of pictures), Progress, Done.

    Raises
    ------
    Stopped
        If the token was set.
    TrainingError
        If there are too few lesions, or the training cannot go on.
    LesionSynthError
        If an input or the folder cannot be used.
    """
    from napari_lesion_synth.synthesis.cgan.train import train_gan

    lessons = yield from gather_lessons(job.lessons, token, cases=cases, donors=donors)
    yield from train_gan(lessons.donors, lessons.cases(), job.settings, job.out, token)
