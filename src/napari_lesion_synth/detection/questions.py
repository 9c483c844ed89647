"""The CTs by which weights are chosen and scores are calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.exam import Question
from napari_lesion_synth.detection.lessons import Lessons
from napari_lesion_synth.detection.scenes import render_scene, scene_of
from napari_lesion_synth.wording import counted

__all__ = ["questions_of", "words_of"]

_FEW_REAL = 8
"""With fewer real lesions to choose by, synthetic ones in the same CTs choose too."""

_LESIONS = {2: 1, 3: 6}
_BRANCH = 31

_DATA = DataSettings(methods={"poisson": 1.0, "sigmoid": 1.0})
"""How the synthetic ones are made, whatever is learnt from; without donors by sigmoid alone."""


def questions_of(lessons: Lessons, seed: int) -> list[Question]:
    """The validation patients' CTs; with synthetic lesions as well, where real ones are few.

    The synthetic ones descend from training patients, as those that are learnt from do: by
    Poisson blending and by the sigmoid model in equal shares, in the sizes and zones that
    `DataSettings` begins with. The mixture does not enter: trainings with and without synthetic
    lesions, on the same patients and with the same donors, are chosen by the same exam.

    Parameters
    ----------
    lessons : Lessons
        Whose `exam` is asked for.
    seed : int
        Of the synthetic lesions.

    Returns
    -------
    list of Question
        Empty where there is no lesion at all in these CTs: nothing can be chosen by them.
    """
    asked = []
    for host in lessons.exam:
        scene = scene_of(host, ())
        asked.append(Question(scene.frame, scene.labels))
    if sum(len(host.real) for host in lessons.exam) >= _FEW_REAL:
        return _with_lesions(asked)
    materials = replace(lessons.materials, hosts=lessons.exam, generator=None)
    for number in range(len(lessons.exam)):
        root = np.random.SeedSequence([seed, _BRANCH, number])
        scene = render_scene(materials, _DATA, number, root, _LESIONS[lessons.grid.dims])
        asked.append(Question(scene.frame, scene.labels))
    return _with_lesions(asked)


def _with_lesions(asked: list[Question]) -> list[Question]:
    return asked if any(question.labels.any() for question in asked) else []


def words_of(questions: Sequence[Question], lessons: Lessons) -> str:
    """By what weights are chosen and scores calibrated, for people."""
    real = sum(len(host.real) for host in lessons.exam)
    copies = len(questions) > len(lessons.exam)
    shown = sum(int(np.unique(q.labels[q.labels > 0]).size) for q in questions)
    synthetic = shown - real * (2 if copies else 1)
    text = f"chosen by {counted(real, 'real lesion')} of the validation patients"
    if copies:
        text += (
            f", and {counted(synthetic, 'synthetic one')} beside them in copies of the same CTs, "
            f"since fewer than {_FEW_REAL} real ones say little"
        )
    return text
