"""Sentences that claim no more than the figures do."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.comparison import Comparison, compare
from napari_lesion_synth.evaluation.experiment.measures import Estimate, rate_key, settled
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.evaluation.report.figure_words import difference_words, figure_words
from napari_lesion_synth.evaluation.report.means import cost_section, power_section
from napari_lesion_synth.evaluation.report.prose import prose, unfinished
from napari_lesion_synth.evaluation.report.prose_goals import goal_sentence
from napari_lesion_synth.evaluation.report.prose_limits import limits
from napari_lesion_synth.evaluation.statistics.multiplicity import holm
from napari_lesion_synth.intervals import Interval

ARMS = ["augmented", "poisson", "sigmoid"]
CLAIMS = ("a gain of", "a loss of")


def told(plan, world, keep=lambda run: True, seed=0) -> str:
    runs = [run for run in simulate(plan, world, seed) if keep(run)]
    return " ".join(prose(compare(gather(plan, runs))))


def shown(comparison) -> str:
    return " ".join(prose(comparison))


@dataclass(frozen=True, repr=False)
class Brief:
    """A comparison that is not written out where a test fails."""

    whole: Comparison


@pytest.fixture(scope="module")
def three():
    """Three arms, two trainings each, a few patients."""
    plan = plan_of(ARMS, seeds=2, goals=[{"arm": "poisson", "rate": 0.5, "gain_at_least": 0.1}])
    return Brief(compare(gather(plan, simulate(plan, World(patients=8, healthy=2)))))


def with_differences(brief, intervals, p_values, wholes=None):
    """The same experiment, had its differences come out like this."""
    comparison, wholes = brief.whole, wholes or intervals
    differences = tuple(
        replace(each, estimates={**each.estimates, rate_key(0.5): Estimate(interval, whole)})
        for each, interval, whole in zip(comparison.differences, intervals, wholes, strict=True)
    )
    names = [each.arm for each in differences]
    family = holm(dict(zip(names, p_values, strict=True)), "arms against augmented")
    return replace(comparison, differences=differences, family=family)


ends = st.tuples(*[st.floats(-1, 1, allow_nan=False)] * 3).map(sorted)
interval = ends.map(lambda e: Interval(e[1], e[0], e[2])) | st.just(Interval(0.3))
probability = st.floats(0, 1) | st.just(math.nan) | st.floats(0, 0.06)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(interval, interval, probability), min_size=2, max_size=2))
def test_nothing_is_claimed_unless_interval_and_adjusted_p_agree(three, rows):
    intervals, wholes, p_values = zip(*rows, strict=True)
    found = with_differences(three, intervals, p_values, wholes)
    text = shown(found)
    for word, side in (("gain", 1), ("loss", -1)):
        arms = [
            each.arm
            for each in found.differences
            if each.main.patients.low is not None
            and min(side * each.main.patients.low, side * each.main.patients.high) > 0
            and found.family[each.arm].adjusted <= 0.05
        ]
        assert text.count(f"a {word} of") == len(arms)
        for arm in arms:
            assert f'"{arm}" found' in text


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(interval, probability), min_size=2, max_size=2))
def test_of_an_experiment_that_goes_on_nothing_is_claimed(three, rows):
    found = with_differences(three, *zip(*rows, strict=True))
    going = replace(found, harvest=replace(found.harvest, missing=("poisson--0--9",)))
    text = " ".join(prose(going))
    assert not any(claim in text for claim in CLAIMS)
    assert "reached by the figure" not in text
    assert "Goal missed" not in text
    assert "so far" in text


def test_every_arm_is_spoken_of_whatever_came_out(three):
    apart, around = Interval(0.2, 0.1, 0.3), Interval(0.01, -0.1, 0.1)
    for intervals in ([apart, around], [around, around], [apart, Interval(0.2)]):
        text = shown(with_differences(three, intervals, [0.001, 0.9]))
        assert all(arm in text for arm in ARMS)


def test_a_gain_that_trainings_may_undo_is_not_promised_for_the_next(three):
    gain = Interval(0.2, 0.1, 0.3)
    wide, narrow = Interval(0.2, -0.05, 0.45), Interval(0.2, 0.05, 0.35)
    nothing = Interval(0.0, -0.1, 0.1)
    unsure, sure, once = (
        shown(with_differences(three, [gain, nothing], [0.001, 0.9], [whole, nothing]))
        for whole in (wide, narrow, Interval(0.2))
    )
    assert "holds zero: that the next training would have the gain is not shown" in unsure
    assert "With other trainings allowed for, it is +0.05 to +0.35" in sure
    assert "whether another training would show it cannot be said" in once


def test_an_interval_beside_zero_is_no_gain_among_many_comparisons(three):
    text = shown(with_differences(three, [Interval(0.1, 0.01, 0.2)] * 2, [0.04, 0.04]))
    assert text.count("no gain is shown") == 2
    assert "p = 0.08 when adjusted for 2 comparisons" in text


def test_no_difference_is_not_taken_for_proof_that_there_is_none(three):
    text = shown(with_differences(three, [Interval(0.0, -0.1, 0.1)] * 2, [0.9, 0.9]))
    assert 'No gain over "augmented" and no loss is shown' in text
    assert "That there is no difference is not shown either" in text


def test_equal_arms_have_no_gain_and_no_loss():
    text = told(plan_of(seeds=2), World(patients=20, trainings=0.0), seed=3)
    assert 'No gain over "augmented" and no loss is shown for "poisson"' in text


def test_a_gain_is_told_with_both_figures_its_interval_and_its_p():
    text = told(plan_of(seeds=2), World({"poisson": 1.5}, patients=25))
    assert '"poisson" found 0.' in text
    assert "a gain of +0." in text
    assert "p = " in text or "p < " in text


def test_a_harm_is_told_as_a_loss():
    text = told(plan_of(seeds=2), World({"poisson": -1.5}, base=1.5, patients=25))
    assert "a loss of \N{MINUS SIGN}0." in text
    assert "a gain of" not in text


def test_how_many_patients_lesions_and_trainings_there_were_is_said(three):
    text = prose(three.whole)[0]
    lesions = sum(len(case.lesions) for case in three.whole.harvest.cases)
    for words in ("3 arms", "2 trainings", f"{lesions} lesions", "10 CTs", "10 patients"):
        assert words in text
    assert "2 of which show none" in text


def test_a_missed_goal_is_called_missed_and_a_reached_one_reached():
    plan = plan_of(
        seeds=1,
        goals=[
            {"arm": "poisson", "rate": 0.5, "at_least": 0.01},
            {"arm": "poisson", "rate": 0.5, "at_least": 1.0},
        ],
    )
    found = compare(gather(plan, simulate(plan, World(patients=12))))
    reached, missed = (goal_sentence(goal, found) for goal in found.goals)
    assert reached.startswith('Goal reached by the figure ("poisson": at least 0.01')
    assert missed.startswith('Goal missed ("poisson": at least 1 of the lesions')
    assert figure_words(found.goals[1].estimate.patients) in missed
    assert "below the goal as a whole" in missed


def test_an_unfinished_experiment_names_what_is_missing():
    plan = plan_of(seeds=2)
    runs = [r for r in simulate(plan, World(patients=4)) if r.name != "poisson--0--1"]
    found = compare(gather(plan, runs))
    assert '3 of 4 runs are there. Missing: 1 of 2 of "poisson".' in unfinished(found)
    assert unfinished(compare(gather(plan, simulate(plan, World(patients=4))))) == ""


def test_a_single_training_says_nothing_of_others():
    plan = plan_of(seeds=1)
    found = compare(gather(plan, simulate(plan, World({"poisson": 1.5}, patients=25))))
    assert "no test over trainings is possible" in " ".join(limits(found))
    assert 'Trained once: "poisson", "augmented"' in " ".join(prose(found))


def test_few_trainings_are_said_to_be_unable_to_show_anything(three):
    text = " ".join(limits(three.whole))
    assert "the test over trainings cannot come below p = 0.33" in text


def on_machines(otherwise):
    """An experiment of which some runs had another machine."""
    plan = plan_of(ARMS, seeds=2)
    runs = [
        replace(run, facts={**run.facts, "device": "cuda"}) if otherwise(run) else run
        for run in simulate(plan, World(patients=4))
    ]
    return compare(gather(plan, runs))


def computed(otherwise) -> str:
    """The limits of such an experiment."""
    return " ".join(limits(on_machines(otherwise)))


def test_runs_of_several_machines_are_told_with_the_arms_whose_differences_they_touch():
    text = computed(lambda run: run.arm == "poisson" and run.seed == 1)
    assert "not all runs were computed in the same way (cpu: 5 runs; cuda: 1 run)" in text.lower()
    assert 'Of "poisson", trainings were computed otherwise than those of "augmented"' in text


def test_machines_that_differ_between_seeds_alone_touch_no_difference():
    text = computed(lambda run: run.seed == 1)
    assert 'Trainings with the same seed as one of "augmented" were computed as that one' in text
    assert "computed otherwise" not in text


def test_hours_of_several_machines_are_not_to_be_compared():
    parts = cost_section(on_machines(lambda run: run.arm == "poisson")).parts
    assert "(cpu: 4 runs; cuda: 2 runs): hours of different arms are not to be" in " ".join(parts)


@pytest.mark.parametrize("everywhere", [True, False])
def test_of_one_machine_nothing_is_said(everywhere):
    found = on_machines(lambda run: everywhere)
    assert "computed" not in " ".join([*limits(found), *cost_section(found).parts])


def test_one_patient_concludes_nothing():
    plan = plan_of(seeds=1)
    found = compare(gather(plan, simulate(plan, World(patients=1, healthy=0))))
    assert 'Nothing is shown for "poisson"' in " ".join(prose(found))
    assert "With one test patient there are no intervals" in " ".join(limits(found))


def test_without_lesions_or_without_runs_there_is_nothing_to_tell():
    assert "There is no test lesion" in told(plan_of(seeds=1), World(patients=0, healthy=3))
    assert "No training has been tested yet" in " ".join(prose(compare(gather(plan_of(), []))))


def test_a_baseline_that_is_missing_or_alone_is_named():
    plan, world = plan_of(seeds=1), World(patients=4)
    assert "the baseline, has not been tested yet" in told(
        plan, world, keep=lambda run: run.arm != "augmented"
    )
    assert "the baseline, stands alone" in told(plan_of(["augmented"], seeds=1), world)


def test_shams_are_told_apart_by_their_intervals():
    plan = plan_of(["augmented"], seeds=1)
    same = told(plan, World(shams=2))
    more = told(plan, World(shams=2, sham_shift=1.5))
    assert 'For "augmented" the interval of the difference holds zero' in same
    assert "and reaches no farther than" in same
    assert '"augmented" marks shams more often than the same sites untouched, by +0.' in more


def test_scores_that_rise_with_shams_are_told_where_marks_do_not_show_it():
    plan = plan_of(["augmented"], seeds=1)
    found = compare(gather(plan, simulate(plan, World(shams=2))))
    row = found.shams[-1]

    def scored(low):
        answers = replace(
            row.answers,
            difference=Interval(0.01, -0.02, 0.04),
            score=Interval(0.02, low, 0.03),
        )
        return shown(replace(found, shams=(replace(row, answers=answers),)))

    assert 'for "augmented" +0.020 (+0.010 to +0.030)' in scored(0.01)
    assert "Scores" not in scored(-0.01)


@pytest.mark.parametrize(
    ("data", "division", "words"),
    [
        (None, None, "nothing is shown of real patients"),
        ({"slices": {"file": "x.npz"}}, {"fixed": {"train": 2, "choose": 1}}, "one archive"),
        (
            {
                "cases": [
                    {"ct": f"{n}.nii", "organ": "o.nii", "healthy": True, "patient": n}
                    for n in "abc"
                ]
            },
            {"folds": {"k": 2}},
            "2 folds by one draw",
        ),
    ],
)
def test_where_the_cts_come_from_and_how_they_were_divided_limits_what_is_shown(
    data, division, words
):
    changes = {} if data is None else {"data": data, "division": division}
    plan = plan_of(seeds=1, **changes)
    found = compare(gather(plan, simulate(plan, World(patients=3))))
    text = " ".join(limits(found))
    assert words in text
    assert "Nothing else is" in text  # adjusted for the number of comparisons
    assert "read off the test curve" in text


def test_slices_are_called_slices():
    data = {"slices": {"file": "x.npz"}}
    plan = plan_of(seeds=1, data=data, division={"fixed": {"train": 2, "choose": 1}})
    text = told(plan, World(patients=4))
    assert "slices" in text
    found = compare(gather(plan, simulate(plan, World(patients=4))))
    power = " ".join(power_section(found).parts)
    assert "false alarms per slice over" in power
    assert "CT" not in power
    assert "CT" not in text


@given(st.floats(-1, 1, allow_nan=False), st.floats(0, 1), st.floats(0, 1))
def test_rounding_never_moves_an_interval_onto_zero_or_across(value, below, above):
    low, high = value - below, value + above
    text = difference_words(Interval(value, low, high)).replace("\N{MINUS SIGN}", "-")
    ends = text.split("(")[1].rstrip(")").split(" to ")
    for shown, end in zip(ends, (low, high), strict=True):
        if abs(end) >= 1e-6:
            assert math.copysign(1, float(shown)) == math.copysign(1, end)
            assert float(shown) != 0


def test_an_end_that_is_zero_but_for_rounding_is_zero():
    """The mean of three trainings of an arm, summed in another order, is not the same number."""
    settled_ends = settled(Interval(-0.12, -0.27, -1e-17))
    assert settled_ends.high == 0
    assert str(settled_ends.high) == "0.0"
    assert settled(Interval(0.3)) == Interval(0.3)
