"""Training the auto-encoder that selects."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.learning_settings import AutoEncoderJob
from napari_lesion_synth.jobs.lessons import gather_lessons
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["learn_autoencoder"]


def learn_autoencoder(
    job: AutoEncoderJob,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
) -> EventStream:
    """Train an auto-encoder, or go on with a training that was interrupted.

    Parameters
    ----------
    job : AutoEncoderJob
        From what, how, and where.
    token : StopToken
        Checked at every step; the state is kept before it stops.
    cases : sequence of Case
        CTs that are in memory already, in place of files.
    donors : sequence of Donor
        Lesions that are in memory already, in place of a library.

    Yields
    ------
    Event
        Log, Started, Metric, Progress, Done.

    Raises
    ------
    Stopped
        If the token was set.
    TrainingError
        If there are too few lesions, or the training cannot go on.
    LesionSynthError
        If an input or the folder cannot be used.
    """
    from napari_lesion_synth.selection.autoencoder_training import train_autoencoder

    lessons = yield from gather_lessons(job.lessons, token, cases=cases, donors=donors)
    views = [LesionView.of_donor(donor) for donor in lessons.donors]
    yield from train_autoencoder(views, job.settings, job.out, token)
