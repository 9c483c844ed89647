from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.operating import at_threshold, choose_threshold
from napari_lesion_synth.evaluation.statistics.bootstrap import bootstrap


@given(seed=st.integers(0, 10**6), rate=st.floats(0, 4))
@settings(deadline=None)
def test_the_threshold_keeps_the_rate_and_finds_what_the_curve_says(simulated, seed, rate):
    results = simulated(np.random.default_rng(seed), 9)
    point = choose_threshold(results, rate)

    assert point.false_per_ct <= rate + 1e-9
    known = froc(results).at(rate).sensitivity
    assert point.sensitivity == pytest.approx(known, nan_ok=True)


def test_it_lies_halfway_to_the_first_false_alarm_too_many(result):
    results = [result([0.8, 0.4], [0.6, 0.2]), result([], [], case="b")]

    point = choose_threshold(results, 0.5)

    assert point.threshold == pytest.approx(0.3)  # one false alarm in two CTs is allowed
    assert (point.sensitivity, point.false_per_ct, point.reached) == (1, 0.5, True)
    assert choose_threshold(results, 0).threshold == pytest.approx(0.7)


def test_a_rate_that_all_findings_stay_below_keeps_all(result):
    point = choose_threshold([result([0.8], [0.6])], 3)

    assert point.threshold == -np.inf
    assert not point.reached


def test_where_the_best_finding_is_one_too_many_none_is_kept(result):
    point = choose_threshold([result([0.8], [0.9])], 0)

    assert point.threshold == np.inf
    assert point.sensitivity == 0


def test_on_other_patients_it_is_counted_not_chosen(simulated):
    chosen = choose_threshold(simulated(np.random.default_rng(0), 2000), 0.5)
    elsewhere = at_threshold(simulated(np.random.default_rng(1), 2000), chosen.threshold)

    (rate,) = bootstrap(elsewhere.false_per_ct, np.random.default_rng(2))
    (found,) = bootstrap(elsewhere.sensitivity, np.random.default_rng(2))
    assert rate.value == elsewhere.false / elsewhere.cts
    assert rate.value == pytest.approx(0.5, abs=0.08)
    assert rate.low < rate.value < rate.high
    assert found.value == elsewhere.found / elsewhere.lesions
    assert found.value == pytest.approx(chosen.sensitivity, abs=0.05)


def test_a_negative_rate_is_refused(result):
    with pytest.raises(ParameterError, match="0 or more"):
        choose_threshold([result([0.8])], -1)
