"""Sections on an experiment as a whole: what was asked, what it shows, goals."""

from __future__ import annotations

from napari_lesion_synth.dataset.report import Section, bullets, paragraph, table, warning
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.plan_words import data_words, training_words
from napari_lesion_synth.evaluation.report.figure_words import (
    NONE,
    at_rate,
    between,
    named,
    signed_between,
)
from napari_lesion_synth.evaluation.report.prose import prose, unfinished
from napari_lesion_synth.evaluation.report.prose_goals import certainty, goal_words, measured_words
from napari_lesion_synth.evaluation.report.prose_limits import limits

__all__ = ["asked_section", "goals_section", "shown_section"]

Row = dict[str, object]


def asked_section(comparison: Comparison) -> Section:
    """The plan in plain words."""
    plan, harvest = comparison.plan, comparison.harvest
    arms: list[Row] = [
        {
            "arm": arm.name,
            "what it learns from": arm.title or "an arm of the plan's own",
            "trainings planned": str(len(plan.seeds_of(arm))),
            "trainings counted": str(len(harvest.trainings[arm.name])),
        }
        for arm in plan.arms
    ]
    parts = [
        paragraph(data_words(comparison)),
        paragraph(training_words(plan)),
        paragraph(
            f"{plan.hit.text} What hits nothing is a false alarm, in {harvest.per}s with lesions "
            f"and without alike, and is counted per {harvest.per}. Arms are compared "
            f"{at_rate(plan.rate, harvest.per)}; {named(plan.baseline)} is the baseline."
        ),
        table(arms, words=("what it learns from",)),
    ]
    return Section("What was asked, and how", tuple(parts))


def shown_section(comparison: Comparison) -> Section:
    """What the figures show, and what they do not."""
    late = unfinished(comparison)
    parts = [
        *([warning(late)] if late else []),
        *(paragraph(text) for text in prose(comparison)),
        paragraph("What this does not show:"),
        bullets(limits(comparison)),
    ]
    return Section("What it shows, and what it does not", tuple(parts))


def goals_section(comparison: Comparison) -> Section:
    """Every goal, reached or missed."""
    finished = comparison.harvest.complete
    rows: list[Row] = [
        {
            "goal": goal_words(goal, comparison.harvest.per),
            "verdict": goal.verdict.value if finished else "not finished",
            "measured (95 % interval)": measured_words(goal),
            "with other trainings": NONE
            if goal.estimate is None
            else (between if goal.against is None else signed_between)(goal.estimate.whole),
            "lesions": str(goal.lesions),
            "the interval": certainty(goal),
        }
        for goal in comparison.goals
    ]
    if not rows:
        return Section("Goals", (paragraph("The plan names no goal."),))
    told = paragraph(
        "Goals were named in the plan, before the run. The verdict is by the figure itself; how "
        "sure it is, the interval tells."
    )
    return Section("Goals", (told, table(rows, words=("goal", "verdict", "the interval"))))
