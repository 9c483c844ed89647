"""What one detector did, and what each interval rests on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from napari_lesion_synth.evaluation.assessment import Basis, Choice, assess
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.operating import at_threshold
from napari_lesion_synth.evaluation.statistics.bootstrap import bootstrap

OWN = Choice(0.5, why="the detector's own threshold")


@pytest.fixture
def one_patient(result):
    """Two CTs of one patient: five lesions, three found at 0.5; three false alarms there."""
    return [
        result([0.9, 0.6, None], [0.8, 0.3], case="1"),
        result([0.7, 0.2], [0.6, 0.55], case="2"),
    ]


def test_one_patient_has_exact_intervals_and_no_others(one_patient):
    whole = assess("d", one_patient, OWN)
    assert whole.one_patient
    found = whole.point.lesions
    exact = stats.binomtest(3, 5).proportion_ci(method="exact")
    assert (found.part, found.whole, found.basis) == (3, 5, Basis.EXACT)
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(exact))
    false = whole.point.false_per_ct
    assert (false.value, false.basis) == (1.5, Basis.EXACT)
    assert false.interval.high == pytest.approx(stats.chi2.ppf(0.975, 2 * 4) / 2 / 2)
    assert whole.point.false_per_lesion.value == pytest.approx(3 / 5)
    for nothing in (whole.cpm, whole.area):
        assert (nothing.interval.low, nothing.basis) == (None, Basis.NONE)
    assert all(each.basis is Basis.EXACT and each.whole == 5 for each in whole.rates)
    assert [each.part for each in whole.rates] == [1, 1, 2, 3, 4, 4, 4]


def test_several_patients_are_drawn_again(simulated):
    results = simulated(np.random.default_rng(3), 12)
    whole = assess("d", results, OWN)
    told = at_threshold(results, 0.5)
    for measured, figure in (
        (whole.point.lesions, told.sensitivity),
        (whole.point.false_per_ct, told.false_per_ct),
        (whole.cpm, whole.curve.counts.cpm(RATES)),
    ):
        assert measured.basis is Basis.PATIENTS
        assert measured.interval == bootstrap(figure, np.random.default_rng(0))[0]
    for measured, point in zip(whole.rates, whole.curve.points(), strict=True):
        assert measured.value == pytest.approx(point.sensitivity)
        assert measured.part == round(point.sensitivity * whole.curve.lesions)


def test_cts_and_patients_count_once_each(result):
    results = [
        result([0.9, None], patient="a", case="1"),
        result([0.2], patient="a", case="2"),
        result([0.8, 0.7], [0.9], patient="b", case="3"),
        result([], [0.6], patient="c", case="4"),
    ]
    point = assess("d", results, OWN).point
    assert (point.lesions.part, point.lesions.whole) == (3, 5)
    assert (point.cts.part, point.cts.whole) == (2, 3)
    assert (point.patients.part, point.patients.whole) == (2, 2)
    assert point.patients.basis is Basis.EXACT  # patients are independent of each other
    assert point.false_per_ct.value == 2 / 4
    assert point.false_per_lesion.value == pytest.approx(2 / 5)


def test_no_false_alarm_in_any_patient_is_not_certainly_none(result):
    results = [result([0.9], patient=f"p{k}", case=str(k)) for k in range(5)]
    point = assess("d", results, OWN).point
    for false in (point.false_per_ct, point.false_per_lesion):
        assert (false.value, false.basis) == (0, Basis.EXACT)
        assert false.interval.high == pytest.approx(-math.log(0.025) / 5)


def test_a_rate_has_its_threshold_chosen_here(result):
    results = [
        result([0.9, 0.4], [0.5], patient="a", case="1"),
        result([0.3], [0.8, 0.35], patient="b", case="2"),
    ]
    whole = assess("d", results, Choice(rate=1.0))
    assert whole.point.threshold == whole.curve.at(1.0).threshold == 0.4
    assert (whole.point.lesions.part, whole.point.lesions.whole) == (2, 3)
    assert whole.point.false_per_ct.part == 2


def test_a_rate_that_no_finding_is_within_finds_nothing(result):
    results = [result([0.5], [0.9], case="1"), result([0.4], [0.8], case="2")]
    point = assess("d", results, Choice(rate=0.1)).point
    assert point.threshold == np.inf
    assert (point.lesions.value, point.false_per_ct.value) == (0, 0)


def test_without_a_threshold_all_findings_count(result):
    point = assess("d", [result([0.1, None], [0.05])], Choice(why="none")).point
    assert point.threshold == -np.inf
    assert (point.lesions.part, point.false_per_ct.part) == (1, 1)


def test_strata_sum_up_and_keep_all_false_alarms(result):
    results = [
        result([0.9, 0.2], [0.6], patient="a", case="1", diameter_mm=8.0),
        result([0.8], [0.7], patient="b", case="2", diameter_mm=30.0),
    ]
    strata = [s for s in assess("d", results, OWN).strata if s.by == "diameter"]
    assert [(s.name, s.lesions, s.patients, s.found.part) for s in strata] == [
        ("below 10 mm", 2, 1, 1),
        ("20 mm and above", 1, 1, 1),
    ]
    at_half = dict(zip(RATES, strata[1].rates, strict=True))
    assert at_half[0.125].value == 1  # 0.8 is above both false alarms


def test_the_area_takes_healthy_cts_where_there_are_some(result):
    ill = [result([0.9, 0.4], [0.95], patient="a", case="1")]
    healthy = [result([], [0.5], patient="b", case="2")]
    alone, both = assess("d", ill, OWN), assess("d", [*ill, *healthy], OWN)
    assert (alone.healthy, alone.area.value) == (0, 0)
    assert (both.healthy, both.area.value) == (1, 0.5)


def test_without_lesions_there_are_only_false_alarms(result):
    whole = assess("d", [result([], [0.6]), result([], [], case="b")], OWN)
    point = whole.point
    for nothing in (point.lesions, point.cts, point.patients, point.false_per_lesion, *whole.rates):
        assert math.isnan(nothing.value)
        assert nothing.basis is Basis.NONE
    assert point.false_per_ct.value == 0.5
