"""Whether a participant may begin, or go on; asked before a window opens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.study_chooser import check_choice
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.ledger.records import BEGUN
from napari_lesion_synth.perception.ledger.replay import replay
from napari_lesion_synth.perception.session.enrolment import check_code
from napari_lesion_synth.perception.session.tracker_note import last_tracker

__all__ = ["may_begin", "may_go_on", "tracker_for"]


def may_begin(folder: Path, code: str, language: str | None = None) -> str:
    """See that a new participant may begin.

    Parameters
    ----------
    folder : Path
        The study.
    code : str
        The participant's.
    language : str, optional
        Of the texts.

    Returns
    -------
    str
        The language.

    Raises
    ------
    ParameterError
        If the code cannot be used or is in use, or there are no texts in the language.
    InputError
        If there is no study.
    """
    study = open_study(folder)
    check_choice(study.design)
    check_code(code)
    for known in study.codes:
        if known.casefold() == code.casefold() and _begun(study.folder, known):
            raise ParameterError(
                f"the code {known!r} is in use",
                where=study.folder,
                remedy=f"Choose another code, or go on with: study resume {folder} {known}",
            )
    chosen = language or study.design.languages[0]
    if chosen not in study.design.languages:
        raise ParameterError(
            f"the study has no texts in {chosen!r}",
            remedy=f"Choose from: {', '.join(study.design.languages)}",
        )
    return chosen


def may_go_on(folder: Path, code: str) -> str:
    """See that a participant may go on.

    Returns
    -------
    str
        Their language.

    Raises
    ------
    ParameterError
        If there is no such participant, or no question is left.
    InputError
        If there is no study, or the ledger is damaged.
    """
    study = open_study(folder)
    check_code(code)
    if code not in study.codes or not _begun(study.folder, code):
        raise ParameterError(
            f"there is no participant {code!r}",
            where=study.folder,
            remedy=f"There are: {', '.join(study.codes) or 'none'}",
        )
    state = replay(read_records(participant_path(study.folder, code)))
    if state.ended:
        raise ParameterError(
            f"the participant {code!r} is finished ({state.ended})",
            where=study.folder,
            remedy="Run another participant",
        )
    return state.language


def tracker_for(folder: Path, code: str, changes: Mapping[str, Any]) -> LslSettings | None:
    """How a participant's tracker is read: as the last time, but for what is changed.

    Parameters
    ----------
    folder : Path
        The study.
    code : str
        The participant's. Whoever is new goes by the one before.
    changes : mapping
        Fields of `LslSettings`.

    Returns
    -------
    LslSettings or None
        None where the design has no tracker.

    Raises
    ------
    ParameterError
        If something is changed and there is no tracker.
    ValidationError
        If a setting cannot be.
    """
    study = open_study(folder)
    if study.design.viewing.gaze_source != "tracker":
        if changes:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in changes)
            raise ParameterError(
                f"the design of the study has no tracker that {names} could be said of",
                where=study.folder,
                remedy="Leave these options out",
            )
        return None
    last = last_tracker(study, code) or LslSettings()
    return LslSettings(**{**last.model_dump(), **changes})


def _begun(folder: Path, code: str) -> bool:
    records = read_records(participant_path(folder, code))
    return bool(records) and records[0]["kind"] == BEGUN
