"""Goals: reached or missed by the figure, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.comparison import compare
from napari_lesion_synth.evaluation.experiment.goal_verdicts import GoalVerdict, Reached
from napari_lesion_synth.evaluation.experiment.measures import Estimate
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.intervals import Interval


def judged(value, low, high, goal, against=None):
    interval = Interval(value, low, high)
    return GoalVerdict("all", against, 0.5, None, goal, 40, Estimate(interval, interval))


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict", "certain"),
    [
        (0.80, 0.76, 0.84, Reached.REACHED, True),
        (0.80, 0.70, 0.90, Reached.REACHED, False),
        (0.75, 0.75, 0.90, Reached.REACHED, True),
        (0.70, 0.60, 0.80, Reached.MISSED, False),
        (0.70, 0.66, 0.74, Reached.MISSED, True),
        (0.70, None, None, Reached.MISSED, None),
        (float("nan"), None, None, Reached.UNKNOWN, None),
    ],
)
def test_the_figure_decides_and_the_interval_says_how_surely(value, low, high, verdict, certain):
    found = judged(value, low, high, 0.75)
    assert found.verdict is verdict
    assert found.certain is certain
    assert found.above_zero is None


def test_a_goal_of_any_gain_is_not_reached_by_none():
    assert judged(0.0, -0.1, 0.1, 0.0, "augmented").verdict is Reached.MISSED
    assert judged(0.01, -0.1, 0.1, 0.0, "augmented").verdict is Reached.REACHED


def test_a_gain_may_reach_its_goal_without_excluding_zero():
    found = judged(0.15, -0.02, 0.3, 0.15, "augmented")
    assert found.verdict is Reached.REACHED
    assert not found.certain
    assert found.above_zero is False


def test_goals_of_a_plan_are_measured_in_their_strata_and_arms():
    plan = plan_of(
        ["augmented", "poisson", "all"],
        seeds=1,
        goals=[
            {"arm": "all", "rate": 0.25, "at_least": 0.9, "gain_at_least": 0.1},
            {"arm": "all", "rate": 1.0, "gain_at_least": 0, "against": "poisson", "stratum": "rim"},
        ],
    )
    found = compare(gather(plan, simulate(plan, World({"all": 1.0}, patients=12))))
    share, gain, rim = found.goals
    assert share.estimate.value == pytest.approx(found.by_name["all"].at(0.25).value)
    known = next(each for each in found.differences if each.arm == "all")
    assert gain.against == "augmented"
    assert gain.estimate.value == pytest.approx(known.estimates["sensitivity@0.25"].value)
    lesions = [les for case in found.harvest.cases for les in case.lesions]
    assert rim.lesions == sum(les.zone.value == "rim" for les in lesions)
    assert rim.lesions < share.lesions == len(lesions)


def test_goals_of_an_arm_that_is_not_there_and_of_an_empty_stratum_are_not_measured():
    asked = {"rate": 0.5, "at_least": 0.5}
    plan = plan_of(
        seeds=1,
        goals=[
            {"arm": "poisson", **asked},
            {"arm": "augmented", **asked, "stratum": "below 10 mm"},
        ],
    )
    runs = [run for run in simulate(plan, World(patients=3)) if run.arm != "poisson"]
    large = [
        replace(run, cases=tuple(case.only(lambda les: les.diameter_mm > 10) for case in run.cases))
        for run in runs
    ]
    found = compare(gather(plan, large)).goals
    assert [goal.verdict for goal in found] == [Reached.UNKNOWN] * 2
    assert found[1].lesions == 0
