"""Goals in sentences: what was asked for, and whether it was reached."""

from __future__ import annotations

from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.goal_verdicts import GoalVerdict, Reached
from napari_lesion_synth.evaluation.report.figure_words import (
    at_rate,
    difference_words,
    figure_words,
    named,
)

__all__ = ["certainty", "goal_sentence", "goal_words", "measured_words"]


def goal_words(goal: GoalVerdict, per: str) -> str:
    """What a goal asks for.

    As in '"all": at least 0.75 of the lesions at 1/2 false alarms per CT'.
    """
    which = "the lesions" if goal.stratum is None else f"the lesions of the group {goal.stratum}"
    rate = at_rate(goal.rate, per)
    if goal.against is None:
        return f"{named(goal.arm)}: at least {goal.goal:g} of {which} {rate}"
    wanted = "any gain" if goal.goal == 0 else f"a difference of at least {goal.goal:+g}"
    return f"{named(goal.arm)} against {named(goal.against)}: {wanted}, among {which} {rate}"


def measured_words(goal: GoalVerdict) -> str:
    """What was measured, with its interval over patients."""
    if goal.estimate is None:
        return "not measured"
    words = figure_words if goal.against is None else difference_words
    return words(goal.estimate.patients)


def certainty(goal: GoalVerdict) -> str:
    """Where the interval lies, of the goal and of zero."""
    if goal.certain is None:
        return "there is no interval"
    if goal.verdict is Reached.MISSED:
        if goal.certain:
            return "the interval lies below the goal as a whole"
        return "the interval reaches up to the goal"
    told = "the interval reaches below the goal"
    if goal.certain:
        told = "the interval lies above the goal as a whole"
    if goal.against is not None and goal.goal != 0:
        told += ", and excludes zero" if goal.above_zero else ", and holds zero"
    return told


def goal_sentence(goal: GoalVerdict, comparison: Comparison) -> str:
    """One goal; of an experiment that goes on, without a verdict."""
    words, measured = goal_words(goal, comparison.harvest.per), measured_words(goal)
    if goal.verdict is Reached.UNKNOWN:
        no_lesion = comparison.harvest.complete and not goal.lesions
        why = "there is no such lesion" if no_lesion else "its arms have not been tested yet"
        return f"Goal not measured ({words}): {why}."
    if not comparison.harvest.complete:
        side = "above" if goal.verdict is Reached.REACHED else "below"
        return f"Goal ({words}): so far {measured}, which is {side} it; the experiment goes on."
    head = "missed" if goal.verdict is Reached.MISSED else "reached by the figure"
    return f"Goal {head} ({words}): {measured}; {certainty(goal)}."
