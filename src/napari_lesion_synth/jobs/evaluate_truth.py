"""CTs with the lesions that are to be found in them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_name, reread_case
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.events import Event, Log
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["names_of", "patient_of", "require_truth", "with_truth"]

Given = CaseFiles | Case


def require_truth(given: Sequence[Given]) -> None:
    """Refuse CTs of which nothing is known.

    Raises
    ------
    ParameterError
        If there is no CT, or none has lesions.
    """
    if not given:
        raise ParameterError(
            "no CT was given", remedy="Give at least one, with its organ and its lesions"
        )
    if all(each.lesions is None for each in given):
        raise ParameterError(
            "no lesion mask was given: it is not known what there is to find",
            remedy="Give the lesions' masks (--lesions); none stands for a CT without any",
        )


def patient_of(given: Given) -> str:
    """Whose CT it is, before it is read."""
    if isinstance(given, Case):
        return given.patient
    return given.patient or case_name(Path(given.ct))


def names_of(given: Sequence[Given]) -> list[str]:
    """What each CT is called, each name once."""
    taken: dict[str, int] = {}
    names = []
    for each in given:
        name = patient_of(each)
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name}-{taken[name]}")
    return names


def with_truth(given: Given) -> Generator[Event, None, Case]:
    """Read a CT with its lesions; where it has none, with an empty mask.

    Yields
    ------
    Event
        Logs.

    Raises
    ------
    LesionSynthError
        If it cannot be read.
    """
    if isinstance(given, Case):
        case = given
    else:
        yield Log(f"reading {given.ct}")
        case = yield from _read(given)
    if case.lesions is not None:
        return case
    return replace(case, lesions=np.zeros(case.volume.shape, bool))


def _read(files: CaseFiles) -> Generator[Event, None, Case]:
    """As files are read; one whose mask holds no lesion is a healthy CT."""
    try:
        return (yield from tell(partial(reread_case, files.inputs())))
    except InputError:
        if files.lesions is None or not _holds_none(files.lesions, files.lesion_label):
            raise
    yield Log(f"{Path(files.lesions).name} holds no lesion: the CT is taken as a healthy one")
    healthy = files.model_copy(update={"lesions": None, "lesion_label": None})
    return (yield from tell(partial(reread_case, healthy.inputs())))


def _holds_none(mask: str, label: int | None) -> bool:
    from napari_lesion_synth.ct.masks import labels_in

    labels = labels_in(mask)
    return not labels if label is None else label not in labels
