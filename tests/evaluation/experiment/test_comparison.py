"""Figures of an experiment, against truth that is known and figures worked out elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.afroc import afroc
from napari_lesion_synth.evaluation.experiment.arm_differences import (
    Shown,
    arm_difference,
    family_of,
)
from napari_lesion_synth.evaluation.experiment.arm_figures import arm_figures
from napari_lesion_synth.evaluation.experiment.comparison import compare, comparing
from napari_lesion_synth.evaluation.experiment.gallery import false_alarms, misses
from napari_lesion_synth.evaluation.experiment.measures import Measures, difference
from napari_lesion_synth.evaluation.experiment.stratum_figures import in_stratum
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.evaluation.operating import at_threshold
from napari_lesion_synth.evaluation.statistics.exact import clopper_pearson, garwood
from napari_lesion_synth.evaluation.statistics.mcnemar import found_at, majority, mcnemar


def compared(plan, world, seed=0):
    return compare(gather(plan, simulate(plan, world, seed)))


@pytest.fixture(scope="module")
def gain():
    """Two arms, of which one ranks lesions a standard deviation higher."""
    return compared(plan_of(shams={"per_ct": 2}), World({"poisson": 1.0}, shams=2))


def test_a_sensitivity_is_the_mean_of_those_of_the_trainings(gain):
    arm = gain.by_name["poisson"]
    curves = [froc(training.results) for training in arm.trainings]
    found = arm.at(0.5)
    assert found.by_training == pytest.approx([curve.at(0.5).sensitivity for curve in curves])
    assert found.value == pytest.approx(np.mean(found.by_training))
    assert found.spread == pytest.approx(np.std(found.by_training, ddof=1))
    assert arm.estimates["cpm"].value == pytest.approx(np.mean([c.cpm() for c in curves]))


def test_a_difference_is_that_of_the_two_figures_and_its_interval_pairs_patients(gain):
    (less,) = gain.differences
    one, other = (gain.by_name[name].at(0.5) for name in ("poisson", "augmented"))
    assert less.main.value == pytest.approx(one.value - other.value)
    # Unpaired, the variances would add up.
    apart = np.hypot(*(i.patients.high - i.patients.low for i in (one, other)))
    assert less.main.patients.high - less.main.patients.low < apart


def test_a_gain_that_is_there_is_shown(gain):
    assert gain.differences[0].shows(gain.family) is Shown.GAIN


def test_a_harm_that_is_there_is_shown():
    found = compared(plan_of(seeds=1), World({"poisson": -1.0}, base=1.5))
    assert found.differences[0].shows(found.family) is Shown.HARM


def test_equal_arms_are_rarely_taken_for_different_ones():
    """Two equal arms; by chance 5 % of the experiments would claim something.

    Of 12, more than 2 do so with a probability of 2 %.
    """
    plan, measures = plan_of(seeds=1), Measures((0.5,))
    wrong = 0
    for seed in range(12):
        runs = simulate(plan, World(patients=16, healthy=4, lesions=3, trainings=0.0), seed)
        trainings = gather(plan, runs).trainings
        one, other = (arm_figures(arm, trainings[arm.name], measures) for arm in plan.arms)
        less = arm_difference(other, one, measures, 0.5)
        wrong += less.shows(family_of([less], [], "one")) in (Shown.GAIN, Shown.HARM)
    assert wrong <= 2


def test_the_interval_of_a_gain_holds_that_of_very_many_patients():
    """The truth: detectors of the same kind on 20 times as many patients."""
    plan = plan_of(seeds=1)
    world = World({"poisson": 0.5}, patients=30, healthy=0, trainings=0.0)

    def arms(world, seed):
        found = gather(plan, simulate(plan, world, seed)).trainings
        return [[t.results for t in found[name]] for name in ("poisson", "augmented")]

    one, other = (froc(arm[0]) for arm in arms(replace(world, patients=600), 99))
    many = one.at(0.5).sensitivity - other.at(0.5).sensitivity
    held = 0
    for seed in range(25):
        (found,) = difference(*arms(world, seed), in_stratum(None, 0.5))
        held += found.patients.low <= many <= found.patients.high
    assert held >= 20  # 95 % of them on average; fewer than 20 with a probability of 0.1 %


def test_seeds_that_one_arm_alone_has_take_part_in_its_mean_but_not_in_the_swap():
    plan = plan_of(["augmented", {"name": "poisson", "seeds": 5}])
    found = compared(plan, World(patients=10))
    assert found.by_name["poisson"].seeds == 5
    assert found.differences[0].trainings.units == "5 against 3 trainings"
    assert found.differences[0].patients is not None


def test_trainings_of_different_seeds_alone_cannot_be_swapped_patient_by_patient():
    plan = plan_of(["augmented", "poisson"], seeds=2)
    runs = [
        run
        for run in simulate(plan, World(patients=6))
        if run.seed == ("augmented", "poisson").index(run.arm)
    ]
    (less,) = compare(gather(plan, runs)).differences
    assert less.patients is None
    assert math.isnan(less.p)


def test_at_the_operating_threshold_findings_are_counted_as_elsewhere(gain):
    arm = gain.by_name["poisson"]
    each = [at_threshold(t.results, t.runs[0].threshold) for t in arm.trainings]
    at = arm.operating
    assert at.found == pytest.approx(np.mean([e.found for e in each]))
    assert at.per_ct.value == pytest.approx(np.mean([e.false / e.cts for e in each]))
    assert at.per_lesion.value == pytest.approx(np.mean([e.false / e.lesions for e in each]))
    assert at.sensitivity.value == pytest.approx(np.mean([e.found / e.lesions for e in each]))


def test_exact_intervals_of_one_training_are_clopper_pearsons_and_garwoods():
    found = compared(plan_of(seeds=1), World())
    at = found.by_name["augmented"].operating
    share = clopper_pearson(int(at.found), at.lesions)
    rate = garwood(int(at.false), at.cts)
    assert (at.sensitivity_exact.low, at.sensitivity_exact.high) == pytest.approx(
        (share.low, share.high)
    )
    assert (at.per_ct_exact.low, at.per_ct_exact.high) == pytest.approx((rate.low, rate.high))
    per_lesion = garwood(int(at.false), at.lesions)
    assert at.per_lesion_exact.high == pytest.approx(per_lesion.high)


def test_lesions_are_compared_one_by_one_at_the_operating_thresholds(gain):
    mine, theirs = (
        majority([found_at(t.results, t.runs[0].threshold) for t in gain.by_name[name].trainings])
        for name in ("poisson", "augmented")
    )
    found, known = gain.differences[0].lesions, mcnemar(mine, theirs)
    assert (found.only_one, found.only_other, found.p) == (
        known.only_one,
        known.only_other,
        known.p,
    )


def test_without_thresholds_lesions_are_compared_within_the_rate_and_nothing_is_operating():
    found = compared(plan_of(seeds=1), World(chosen=False, shams=2, patients=10))
    assert found.by_name["poisson"].operating is None
    assert "at 0.5 false alarms per CT" in found.differences[0].lesions.how
    assert not found.shams[0].chosen


@pytest.mark.parametrize(("healthy", "only"), [(6, True), (0, False)])
def test_the_afroc_area_takes_healthy_cts_where_there_are_some(healthy, only):
    found = compared(plan_of(seeds=1), World(patients=8, healthy=healthy))
    arm = found.by_name["augmented"]
    known = afroc(arm.trainings[0].results, healthy_only=only)
    assert arm.estimates["afroc"].value == pytest.approx(known.area)


def test_strata_hold_all_lesions_once_in_each_grouping(gain):
    by: dict[str, int] = {}
    for group in gain.strata:
        by[group.by] = by.get(group.by, 0) + group.lesions
    assert set(by.values()) == {gain.lesions}
    assert {group.by for group in gain.strata if group.planned} == {"diameter", "zone"}


def test_a_stratum_has_the_share_of_its_own_lesions_at_the_threshold_of_all(gain):
    rim = next(group for group in gain.strata if group.name == "rim")
    arm = gain.by_name["poisson"]
    shares = []
    for training, curve in zip(arm.trainings, arm.curves, strict=True):
        # The lowest threshold whose false alarms stay within the rate, among all findings.
        false = np.sort([m.score for r in training.results for m in r.marked(Outcome.FALSE)])[::-1]
        allowed = int(0.5 * len(training.results))
        lowest = false[allowed] if len(false) > allowed else -np.inf
        inside = [les for r in training.results for les in r.lesions if les.zone.value == "rim"]
        shares.append(np.mean([les.score is not None and les.score > lowest for les in inside]))
        assert curve.at(0.5).sensitivity > 0
    assert rim.arms["poisson"].value == pytest.approx(np.mean(shares))


def test_shams_that_are_like_tissue_have_an_interval_with_zero_in_it(gain):
    rows = [row for row in gain.shams if row.method == "all methods"]
    assert {row.arm for row in rows} == {"augmented", "poisson"}
    for row in rows:
        assert row.sites == 100
        assert row.trainings == 3
        assert row.answers.difference.low <= 0 <= row.answers.difference.high


def test_shams_that_are_marked_more_often_are_seen():
    found = compared(plan_of(["augmented"], seeds=1), World(shams=2, sham_shift=1.5))
    row = next(row for row in found.shams if row.method == "all methods")
    assert row.answers.difference.low > 0
    pairs = found.harvest.runs[0].shams
    threshold = found.harvest.runs[0].threshold
    marked = np.mean([pair.sham >= threshold for pair in pairs])
    assert row.answers.sham.value == pytest.approx(marked)


def test_a_site_without_finding_is_not_marked_however_low_the_threshold():
    plan = plan_of(["augmented"], seeds=1)
    (run,) = simulate(plan, World(patients=5, shams=2))
    shams = tuple(replace(pair, sham=0.0, untouched=0.0) for pair in run.shams)
    for threshold in (-math.inf, math.inf):
        found = compare(gather(plan, [replace(run, shams=shams, threshold=threshold)]))
        assert {row.answers.marked for row in found.shams} == {0}
        assert np.isfinite(found.shams[0].answers.score.value)


def test_costs_leave_out_what_was_prepared_for_all():
    plan = plan_of(seeds=2)
    runs = [
        replace(run, seconds={**run.seconds, "prepare_cpu": 7200.0, "prepare": 7200.0})
        for run in simulate(plan, World(patients=3))
    ]
    cost = compare(gather(plan, runs)).costs[0]
    assert cost.median == pytest.approx((3600 + 30 + 360) / 3600)
    assert (cost.least, cost.most) == pytest.approx((3960 / 3600, 4020 / 3600))
    assert cost.clock == pytest.approx(1830 / 3600)


def test_misses_are_those_that_no_training_found_and_the_plainest_comes_first(gain):
    arm = gain.by_name["augmented"]
    found = {
        (case.case, lesion.number)
        for training in arm.trainings
        for case in training.results
        for lesion in case.found(training.runs[0].threshold)
    }
    every = {(c.case, les.number) for c in arm.trainings[0].results for les in c.lesions}
    missed = misses(arm, 0.5)
    assert {(miss.case, miss.lesion.number) for miss in missed} == every - found
    plain = [miss.lesion.conspicuity for miss in missed]
    assert plain == sorted(plain, reverse=True)


def test_false_alarms_at_one_place_are_one_and_count_their_trainings(gain):
    arm = gain.by_name["augmented"]
    marks = sum(
        len(case.marked(Outcome.FALSE, training.runs[0].threshold))
        for training in arm.trainings
        for case in training.results
    )
    places = false_alarms(arm, 0.5)
    assert sum(len(place.trainings) for place in places) == marks
    assert len(places) < marks
    order = [(-len(place.trainings), -place.score) for place in places]
    assert order == sorted(order)


def test_one_patient_has_figures_without_intervals():
    found = compared(plan_of(seeds=2), World(patients=1, healthy=0))
    (less,) = found.differences
    assert less.main.patients.low is None
    assert less.main.whole.low is None
    assert less.shows(found.family) is Shown.UNKNOWN


def test_cts_without_any_lesion_have_no_sensitivities_and_break_nothing():
    found = compared(plan_of(seeds=1), World(patients=0, healthy=5))
    assert math.isnan(found.by_name["poisson"].at(0.5).value)
    assert found.differences[0].lesions is None
    assert found.strata == ()


def test_without_the_baseline_nothing_is_compared_and_all_comparisons_count():
    plan = plan_of(["augmented", "poisson", "all"])
    runs = [run for run in simulate(plan, World(patients=4)) if run.arm != "augmented"]
    found = compare(gather(plan, runs))
    assert found.differences == ()
    assert found.family.size == 2


def test_every_step_is_told():
    plan = plan_of(["augmented", "poisson"])
    steps = list(comparing(gather(plan, simulate(plan, World(patients=3)))))
    assert steps[:3] == ["augmented", "poisson", "poisson against augmented"]
