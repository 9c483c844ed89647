"""A participant's session and the source of their gaze, from what a study says."""

from __future__ import annotations

from pathlib import Path

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.study_chooser import study_chooser
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.gaze.sources.lsl import LslSource
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.gaze.sources.mouse import MouseSource
from napari_lesion_synth.perception.gaze.sources.protocol import GazeSource
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session

__all__ = ["gaze_source", "join"]


def join(study: Study | Path, code: str, language: Language | None, *, again: bool) -> Session:
    """The session of a participant.

    Parameters
    ----------
    study : Study or Path
        The study, or its folder.
    code : str
        The participant's.
    language : str or None
        For a new participant; None: the study's first.
    again : bool
        Whether the participant has begun before.

    Raises
    ------
    ParameterError
        If the code cannot be used, is in use, or is that of nobody.
    InputError
        If the folder holds no study, or photos or the frozen design have changed.
    StorageError
        If nothing can be written.
    """
    study = study if isinstance(study, Study) else open_study(study)
    chooser = study_chooser(study, code)
    if again:
        return Session.reopen(study, code, chooser)
    return Session.begin(study, NewParticipant(code, language), chooser)


def gaze_source(
    design: StudyDesign,
    size: tuple[int, int],
    ratio: float,
    raw: Path | None = None,
    tracker: LslSettings | None = None,
) -> GazeSource | None:
    """What records the gaze, as the design says. A tracker has been found; nothing is written yet.

    Parameters
    ----------
    design : StudyDesign
        The participant's.
    size : tuple of int
        Width and height of the screen, device pixels.
    ratio : float
        Device pixels of a logical one.
    raw : Path, optional
        File for everything that a tracker sends, with the ending ``.f64``.
    tracker : LslSettings, optional
        Which stream is the tracker's, and what its channels mean.

    Raises
    ------
    InputError
        If the tracker is not there, or its channels cannot be read as gaze.
    ParameterError
        If the source is one that a person cannot take part with.
    """
    wanted = design.viewing.gaze_source
    if wanted == "none":
        return None
    if wanted in ("mouse_aperture", "bubble_click"):
        return MouseSource(wanted, ratio=ratio)
    if wanted == "tracker":
        source = LslSource(size, tracker, raw=raw)
        source.find()
        return source
    raise ParameterError(
        f"gaze of the kind {wanted!r} is not that of a person",
        remedy="Choose tracker, mouse aperture or bubble clicks in the design",
    )
