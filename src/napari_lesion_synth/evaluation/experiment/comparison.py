"""An experiment in figures: arms, differences from the baseline, strata, goals, shams, costs."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.experiment.arm_differences import (
    Difference,
    arm_difference,
    family_of,
)
from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures, arm_figures
from napari_lesion_synth.evaluation.experiment.costs import ArmCost, arm_costs
from napari_lesion_synth.evaluation.experiment.goal_verdicts import GoalVerdict, goal_verdicts
from napari_lesion_synth.evaluation.experiment.measures import Measures
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.experiment.sham_figures import ShamFigures, sham_figures
from napari_lesion_synth.evaluation.experiment.stratum_figures import (
    StratumFigures,
    stratum_figures,
)
from napari_lesion_synth.evaluation.experiment.trainings import Harvest
from napari_lesion_synth.evaluation.statistics.multiplicity import Family

__all__ = ["Comparison", "compare", "comparing"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """All figures of an experiment.

    Parameters
    ----------
    harvest : Harvest
        The trainings that they are made from.
    measures : Measures
        What arms are measured by.
    arms : tuple of ArmFigures
        Arms with a training that counts, in the plan's order.
    differences : tuple of Difference
        Each other arm less the baseline; empty as long as the baseline has no training.
    family : Family
        Their p-values, adjusted for how many comparisons the plan asks for.
    strata : tuple of StratumFigures
        Groups of lesions.
    goals : tuple of GoalVerdict
        What was to be reached.
    shams : tuple of ShamFigures
        The control; empty where no shams were put in.
    costs : tuple of ArmCost
        What the runs took.
    """

    harvest: Harvest
    measures: Measures
    arms: tuple[ArmFigures, ...]
    differences: tuple[Difference, ...]
    family: Family
    strata: tuple[StratumFigures, ...]
    goals: tuple[GoalVerdict, ...]
    shams: tuple[ShamFigures, ...]
    costs: tuple[ArmCost, ...]

    @property
    def plan(self) -> ExperimentPlan:
        """What was asked for."""
        return self.harvest.plan

    @property
    def by_name(self) -> Mapping[str, ArmFigures]:
        """Arms by their names."""
        return {arm.name: arm for arm in self.arms}

    @property
    def rule(self) -> str:
        """What a hit was, in words."""
        return self.arms[0].curves[0].rule if self.arms else self.plan.hit.text

    @property
    def lesions(self) -> int:
        """Test lesions."""
        return sum(len(case.lesions) for case in self.harvest.cases)

    @property
    def patients(self) -> int:
        """Test patients, with lesions or without."""
        return len({case.patient for case in self.harvest.cases})

    @property
    def patients_with_lesions(self) -> int:
        """Test patients who have a lesion that counts."""
        return len({case.patient for case in self.harvest.cases if case.lesions})


def compare(harvest: Harvest) -> Comparison:
    """Work out all figures of an experiment; `comparing` without its steps."""
    steps = comparing(harvest)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            comparison: Comparison = end.value
            return comparison


def comparing(harvest: Harvest) -> Generator[str, None, Comparison]:
    """Work out all figures of an experiment.

    Parameters
    ----------
    harvest : Harvest
        Trainings that were tested on the same CTs.

    Yields
    ------
    str
        What comes next: one for each arm, one for each difference, and one for the rest.

    Returns
    -------
    Comparison
    """
    plan = harvest.plan
    healthy = any(case.healthy for case in harvest.cases)
    measures = Measures(plan.all_rates, healthy_only=healthy)
    arms = []
    for name in harvest.arms:
        yield name
        arms.append(arm_figures(plan.arm(name), harvest.trainings[name], measures))
    by_name = {arm.name: arm for arm in arms}
    baseline = by_name.get(plan.baseline)
    differences = []
    for arm in arms:
        if baseline is not None and arm is not baseline:
            yield f"{arm.name} against {plan.baseline}"
            differences.append(arm_difference(arm, baseline, measures, plan.rate))
    yield "strata, goals and shams"
    made = {each.arm for each in differences}
    wanted = [arm.name for arm in plan.arms if arm.name != plan.baseline]
    return Comparison(
        harvest,
        measures,
        tuple(arms),
        tuple(differences),
        family_of(
            differences,
            [name for name in wanted if name not in made],
            f"arms against {plan.baseline}, at {rate_name(plan.rate)} false alarms per "
            f"{harvest.per}",
        ),
        stratum_figures(arms, baseline, plan.rate, plan.strata),
        goal_verdicts(plan, by_name),
        sham_figures(arms, plan.rate),
        arm_costs(harvest.runs, [arm.name for arm in plan.arms]),
    )
