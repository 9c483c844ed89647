"""The sham control of an experiment: whether shams are marked more often than what was there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.measures import settled
from napari_lesion_synth.evaluation.experiment.trainings import Training
from napari_lesion_synth.evaluation.shams.response import (
    ShamDifference,
    ShamPair,
    sham_difference,
)

__all__ = ["ALL_METHODS", "ShamFigures", "sham_figures"]

ALL_METHODS = "all methods"

_LOWEST, _HIGHEST = 1e-9, 1e6
"""Between these lie thresholds that are taken from scores; infinite ones cannot be."""


@dataclass(frozen=True, eq=False)
class ShamFigures:
    """Shams of one method, as the trainings of one arm answer to them.

    Parameters
    ----------
    arm, method : str
        Whose answers, to shams of which method.
    sites, patients, trainings : int
        Sites of shams, in how many patients, asked how many times each.
    answers : ShamDifference
        Over all trainings together; its threshold is 0, since each training's own has been
        taken from its scores.
    chosen : bool
        Whether thresholds were chosen on validation patients; else they are those of the plan's
        rate on the test patients.
    """

    arm: str
    method: str
    sites: int
    patients: int
    trainings: int
    answers: ShamDifference
    chosen: bool


def sham_figures(arms: Sequence[ArmFigures], rate: float) -> tuple[ShamFigures, ...]:
    """Shams of each method and of all together, for every arm that was asked.

    Parameters
    ----------
    arms : sequence of ArmFigures
        Those that there are.
    rate : float
        False alarms per CT for thresholds, where none was chosen beforehand.
    """
    found = []
    for arm in arms:
        asked = [(t, at) for t in arm.trainings if t.shams and (at := _levelled(t, arm, rate))]
        pairs = [pair for _, levelled in asked for pair in levelled]
        if not pairs:
            continue
        methods = sorted({pair.method for pair in pairs})
        groups = [(method, [p for p in pairs if p.method == method]) for method in methods]
        if len(methods) > 1:
            groups.append((ALL_METHODS, pairs))
        for method, group in groups:
            answers = sham_difference(group, 0.0)
            answers = replace(answers, difference=settled(answers.difference))
            found.append(
                ShamFigures(
                    arm.name,
                    method,
                    round(len(group) / len(asked)),
                    answers.patients,
                    len(asked),
                    answers,
                    all(training.chosen for training, _ in asked),
                )
            )
    return tuple(found)


def _levelled(training: Training, arm: ArmFigures, rate: float) -> list[ShamPair]:
    """Pairs with scores above the threshold of their run; a finite one, however strict it is."""
    curve = arm.curves[arm.trainings.index(training)]
    pairs = []
    for run in training.runs:
        threshold = curve.at(rate).threshold if run.threshold is None else run.threshold
        # A site without any finding has score 0, and is not marked however low the threshold.
        threshold = min(max(threshold, _LOWEST), _HIGHEST)
        pairs += [
            replace(pair, sham=pair.sham - threshold, untouched=pair.untouched - threshold)
            for pair in run.shams
        ]
    return pairs
