"""Which arms a report draws together, and which it looks at closely."""

from __future__ import annotations

from napari_lesion_synth.evaluation.experiment.comparison import Comparison

__all__ = ["chosen_arms", "looked_at"]

_MOST = 4


def chosen_arms(comparison: Comparison) -> list[str]:
    """Arms to draw beside the baseline: those of the goals, else the first of the plan.

    What is drawn is settled by the plan, and not by how arms came out.
    """
    plan = comparison.plan
    named = [name for goal in plan.goals for name in (goal.arm, goal.against) if name is not None]
    others = named or [arm.name for arm in plan.arms]
    there = [name for name in dict.fromkeys(others) if name in comparison.by_name]
    return [name for name in there if name != plan.baseline][:_MOST]


def looked_at(comparison: Comparison) -> list[str]:
    """Arms whose misses and false alarms are shown: the first chosen one, and the baseline."""
    names = [*chosen_arms(comparison)[:1], comparison.plan.baseline]
    return [name for name in names if name in comparison.by_name]
