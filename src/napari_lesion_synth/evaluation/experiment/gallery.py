"""What is worth looking at: lesions that no training found, and false alarms that many gave."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.trainings import Training
from napari_lesion_synth.evaluation.matching import LesionResult, Mark, Outcome

__all__ = ["FalseAlarm", "Miss", "false_alarms", "misses", "threshold_of"]

_NEAR_VOXELS, _NEAR_SLICES = 8.0, 2.0
"""False alarms of two trainings this near to each other, in the plane and across, are one."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A lesion that no training of an arm found at its threshold.

    Parameters
    ----------
    patient, case : str
        Whose CT, and which.
    lesion : LesionResult
        As the first training judged it.
    nearest : float
        Highest score that any training gave it; NaN where none gave it any.
    """

    patient: str
    case: str
    lesion: LesionResult
    nearest: float


@dataclass(slots=True)
class FalseAlarm:
    """A place at which trainings of an arm gave a false alarm.

    Parameters
    ----------
    patient, case : str
        Whose CT, and which.
    center : tuple of float
        Voxel (z, y, x) of the highest one.
    diameter_mm, score : float
        Of the highest one.
    zone : Zone or None
        Where it lies.
    trainings : set of int
        Seeds of those that gave it.
    """

    patient: str
    case: str
    center: Triple
    diameter_mm: float
    score: float
    zone: Zone | None
    trainings: set[int] = field(default_factory=set)


def threshold_of(arm: ArmFigures, training: Training, fold: int, rate: float) -> float:
    """The threshold of a training's run; where none was chosen, that of the rate."""
    run = next(run for run in training.runs if run.fold == fold)
    if run.threshold is not None:
        return run.threshold
    return arm.curves[arm.trainings.index(training)].at(rate).threshold


def misses(arm: ArmFigures, rate: float) -> list[Miss]:
    """Lesions that no training found, the most conspicuous first."""
    scores: dict[tuple[str, str, int], list[float]] = {}
    lesions: dict[tuple[str, str, int], LesionResult] = {}
    seen: set[tuple[str, str, int]] = set()
    for training in arm.trainings:
        for run in training.runs:
            threshold = threshold_of(arm, training, run.fold, rate)
            for case in run.cases:
                for lesion in case.lesions:
                    name = (case.patient, case.case, lesion.number)
                    lesions.setdefault(name, lesion)
                    if lesion.score is not None:
                        scores.setdefault(name, []).append(lesion.score)
                    if lesion.found(threshold):
                        seen.add(name)
    left = [
        Miss(name[0], name[1], lesion, max(scores.get(name, [math.nan])))
        for name, lesion in lesions.items()
        if name not in seen
    ]

    def plain(miss: Miss) -> tuple[float, str, int]:
        told = miss.lesion.conspicuity
        size = told if math.isfinite(told) else miss.lesion.diameter_mm
        return (-size if math.isfinite(size) else math.inf, miss.case, miss.lesion.number)

    return sorted(left, key=plain)


def false_alarms(arm: ArmFigures, rate: float) -> list[FalseAlarm]:
    """Places of false alarms: those of most trainings first, then those of the highest score."""
    places: dict[tuple[str, str], list[FalseAlarm]] = {}
    for patient, case, mark, seed in sorted(
        _marks(arm, rate), key=lambda each: (-each[2].score, each[1], each[3], each[2].finding)
    ):
        near = places.setdefault((patient, case), [])
        place = next((p for p in near if seed not in p.trainings and _same(p, mark)), None)
        if place is None:
            place = FalseAlarm(patient, case, mark.center, mark.diameter_mm, mark.score, mark.zone)
            near.append(place)
        place.trainings.add(seed)
    every = [place for of_case in places.values() for place in of_case]
    return sorted(every, key=lambda p: (-len(p.trainings), -p.score, p.case, p.center))


def _marks(arm: ArmFigures, rate: float) -> Iterator[tuple[str, str, Mark, int]]:
    for training in arm.trainings:
        for run in training.runs:
            threshold = threshold_of(arm, training, run.fold, rate)
            for case in run.cases:
                for mark in case.marked(Outcome.FALSE, threshold):
                    yield case.patient, case.case, mark, training.seed


def _same(place: FalseAlarm, mark: Mark) -> bool:
    away = np.abs(np.subtract(place.center, mark.center))
    return bool(away[0] <= _NEAR_SLICES and np.hypot(away[1], away[2]) <= _NEAR_VOXELS)
