"""Goals that were named before the run, and whether they were reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.measures import Estimate, difference, estimate
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan, Goal
from napari_lesion_synth.evaluation.experiment.stratum_figures import in_stratum, named_stratum

__all__ = ["GoalVerdict", "Reached", "goal_verdicts"]


class Reached(StrEnum):
    """Whether a goal was reached, by the figure itself."""

    REACHED = "reached"
    MISSED = "missed"
    UNKNOWN = "not measured"


@dataclass(frozen=True, eq=False)
class GoalVerdict:
    """One goal and what was measured.

    Parameters
    ----------
    arm : str
        Which arm.
    against : str or None
        Over which arm, for a gain.
    rate : float
        False alarms per CT.
    stratum : str or None
        Among which lesions; None: all.
    goal : float
        Sensitivity, or gain, to reach.
    lesions : int
        Among how many it was measured.
    estimate : Estimate or None
        What was measured; None where it could not be.
    """

    arm: str
    against: str | None
    rate: float
    stratum: str | None
    goal: float
    lesions: int
    estimate: Estimate | None

    @property
    def verdict(self) -> Reached:
        """By the figure; a gain of 0 is none."""
        if self.estimate is None or not np.isfinite(self.estimate.value):
            return Reached.UNKNOWN
        value = self.estimate.value
        above = value >= self.goal - 1e-9
        if self.against is not None and self.goal == 0:
            above = value > 1e-9
        return Reached.REACHED if above else Reached.MISSED

    @property
    def certain(self) -> bool | None:
        """Whether the interval over patients lies on the figure's side of the goal as a whole.

        None where there is no interval.
        """
        if self.estimate is None:
            return None
        low, high = self.estimate.patients.low, self.estimate.patients.high
        if low is None or high is None:
            return None
        if self.verdict is Reached.REACHED:
            return low > self.goal if self.against is not None else low >= self.goal
        return high < self.goal

    @property
    def above_zero(self) -> bool | None:
        """Of a gain: whether the interval lies above zero; None of others, and without one."""
        if self.against is None or self.estimate is None or self.estimate.patients.low is None:
            return None
        return self.estimate.patients.low > 0


def goal_verdicts(plan: ExperimentPlan, arms: Mapping[str, ArmFigures]) -> tuple[GoalVerdict, ...]:
    """Every goal of a plan; one that asks for a sensitivity and for a gain counts as two.

    Parameters
    ----------
    plan : ExperimentPlan
        With its goals.
    arms : mapping of str to ArmFigures
        Those that there are, by name.
    """
    found = []
    for goal in plan.goals:
        if goal.at_least is not None:
            found.append(_judged(goal, None, goal.at_least, arms))
        if goal.gain_at_least is not None:
            against = goal.against or plan.baseline
            found.append(_judged(goal, against, goal.gain_at_least, arms))
    return tuple(found)


def _judged(
    goal: Goal, against: str | None, wanted: float, arms: Mapping[str, ArmFigures]
) -> GoalVerdict:
    stratum = named_stratum(goal.stratum)
    metric = in_stratum(stratum, goal.rate)
    measured, lesions = None, 0
    names = [goal.arm] if against is None else [goal.arm, against]
    if all(name in arms for name in names):
        results = [[training.results for training in arms[name].trainings] for name in names]
        first = results[0][0]
        lesions = (
            sum(len(case.lesions) for case in first) if stratum is None else stratum.lesions(first)
        )
        if lesions:
            found = (
                estimate(results[0], metric)
                if against is None
                else difference(results[0], results[1], metric)
            )
            measured = found[0]
    return GoalVerdict(goal.arm, against, goal.rate, goal.stratum, wanted, lesions, measured)
