from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.afroc import afroc
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.froc import RATES, froc
from napari_lesion_synth.evaluation.rule import HitRule

seeds = st.integers(0, 10**6)


@pytest.fixture
def two_patients(result):
    """Four CTs of two patients; five lesions, one of which nothing finds."""
    return [
        result([0.9, 0.5], [0.7], patient="a", case="1"),
        result([None], [0.6, 0.2], patient="a", case="2"),
        result([0.8, 0.3], [], patient="b", case="3"),
        result([], [0.4], patient="b", case="4"),
    ]


def test_a_curve_by_hand(two_patients):
    curve = froc(two_patients)

    assert curve.thresholds.tolist() == [0.9, 0.8, 0.5, 0.3, 0.2]
    assert curve.sensitivity.tolist() == [0.2, 0.4, 0.6, 0.8, 0.8]
    assert curve.per_ct.tolist() == [0, 0, 0.5, 0.75, 1.0]
    assert curve.per_patient.tolist() == [0, 0, 1, 1.5, 2]
    assert curve.per_lesion.tolist() == [0, 0, 0.4, 0.6, 0.8]
    assert curve.ct_sensitivity == pytest.approx([1 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3])
    assert curve.patient_sensitivity.tolist() == [0.5, 1, 1, 1, 1]
    assert (curve.cts, curve.lesions, curve.patients) == (4, 5, 2)


def test_between_points_and_past_the_end_nothing_is_invented(two_patients):
    curve = froc(two_patients)

    between, past = curve.at(0.74), curve.at(8)
    assert (between.sensitivity, between.threshold, between.false) == (0.6, 0.5, 0.5)
    assert between.reached
    assert (past.sensitivity, past.threshold, past.false) == (0.8, 0.2, 1.0)
    assert not past.reached
    assert curve.at(1).reached
    assert curve.end() == 1
    assert curve.cpm() == pytest.approx(np.mean([0.4, 0.4, 0.6, 0.8, 0.8, 0.8, 0.8]))


def test_false_alarms_count_over_patients_and_lesions_too(two_patients):
    curve = froc(two_patients)

    assert curve.at(1, "patient").sensitivity == 0.6
    assert curve.at(0.6, "lesion").sensitivity == 0.8
    assert curve.end("patient") == 2


def test_a_false_alarm_above_all_hits_leaves_nothing_within_a_small_rate(result):
    curve = froc([result([0.5], [0.9])])

    assert curve.at(0.5).sensitivity == 0
    assert curve.at(0.5).threshold == np.inf
    assert curve.at(1).sensitivity == 1


def test_a_false_alarm_as_high_as_a_hit_comes_with_it(result):
    assert froc([result([0.5], [0.5])]).at(0.9).sensitivity == 0


def test_a_detector_that_finds_nothing_has_a_curve_without_points(result):
    curve = froc([result([None]), result([], case="b")])

    assert len(curve.thresholds) == 0
    assert curve.end() == 0
    assert [point.sensitivity for point in curve.points()] == [0] * len(RATES)
    assert not curve.at(0.125).reached


def test_without_lesions_there_is_no_sensitivity(result):
    curve = froc([result([], [0.4, 0.6])])

    assert np.isnan(curve.at(1).sensitivity)
    assert curve.end() == 2


@given(seed=seeds, rates=st.lists(st.floats(0, 10), min_size=2, max_size=6))
@settings(deadline=None)
def test_more_false_alarms_never_find_less(simulated, seed, rates):
    results = simulated(np.random.default_rng(seed), 8)
    found = Counts.of(results).sensitivities(sorted(rates)).values

    if not np.isnan(found).any():
        assert (np.diff(found) >= 0).all()
        assert froc(results).sensitivity[-1] >= found[-1]


@given(seed=seeds, gain=st.floats(-1, 3))
@settings(deadline=None)
def test_any_growing_change_of_scores_leaves_the_curve(simulated, seed, gain):
    results = simulated(np.random.default_rng(seed), 6, gain=gain)
    changed = [
        replace(
            r,
            lesions=tuple(replace(les, score=float(np.arctan(les.score))) for les in r.lesions),
            marks=tuple(replace(m, score=float(np.arctan(m.score))) for m in r.marks),
        )
        for r in results
    ]

    assert np.array_equal(froc(results).per_ct, froc(changed).per_ct)
    assert np.array_equal(froc(results).sensitivity, froc(changed).sensitivity, equal_nan=True)


@given(seed=seeds, per=st.sampled_from(["ct", "patient", "lesion"]))
@settings(deadline=None)
def test_a_patient_drawn_twice_is_that_patient_twice_in_the_data(simulated, seed, per):
    rng = np.random.default_rng(seed)
    results = simulated(rng, 6, cts=2)
    counts = Counts.of(results)
    weights = rng.multinomial(6, np.full(6, 1 / 6)).astype(float)
    names = dict(zip(counts.patients, weights.astype(int), strict=True))
    drawn = [
        replace(r, patient=f"{r.patient}.{copy}")
        for r in results
        for copy in range(names[r.patient])
    ]

    by_weight = counts.sensitivities(RATES, per).of(weights[None])[0]
    by_hand = Counts.of(drawn).sensitivities(RATES, per).values
    assert by_weight == pytest.approx(by_hand, nan_ok=True)
    for healthy_only in (True, False):
        area = afroc(results, healthy_only=healthy_only).figure.of(weights[None])[0, 0]
        copied = afroc(drawn, healthy_only=healthy_only).area
        assert area == pytest.approx(copied, nan_ok=True)


def test_the_curve_of_many_patients_is_that_of_their_population(simulated):
    from scipy import stats

    curve = froc(simulated(np.random.default_rng(0), 1500))

    for rate in (0.25, 0.5, 1.0):
        threshold = stats.norm.isf(rate / 2)
        known = stats.norm.sf((threshold - 1.5) / np.sqrt(1 + 0.5**2))
        assert curve.at(rate).sensitivity == pytest.approx(known, abs=0.03)


@given(seed=seeds)
@settings(deadline=None)
def test_the_area_of_pairs_is_the_area_under_the_line(simulated, seed):
    curve = afroc(simulated(np.random.default_rng(seed), 12))

    if curve.lesions and curve.cts:
        line = np.trapezoid(curve.sensitivity, curve.false_share)
        assert curve.area == pytest.approx(line)
        assert (curve.false_share[-1], curve.sensitivity[-1]) == (1, 1)


def test_the_afroc_area_by_hand(two_patients):
    # One healthy CT, worst alarm 0.4: of the five lesions, 0.9, 0.5 and 0.8 score above it.
    assert afroc(two_patients).area == pytest.approx(3 / 5)
    # Worst alarms of all CTs: 0.7, 0.6, none, 0.4. The missed lesion ties with none.
    assert afroc(two_patients, healthy_only=False).area == pytest.approx((2 + 2 + 4.5 + 3) / 20)


def test_without_healthy_cts_there_is_no_area(result):
    assert np.isnan(afroc([result([0.5], [0.4])]).area)


def test_results_that_do_not_belong_together_are_refused(result):
    one = result([0.5])

    with pytest.raises(ParameterError, match="no results"):
        froc([])
    with pytest.raises(ParameterError, match="there twice"):
        froc([one, one])
    with pytest.raises(ParameterError, match="different rules"):
        froc([one, replace(one, case="b", rule=HitRule(kind="iou"))])
