"""Two detectors on the same CTs."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.assessment import Basis, Choice, assess
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.statistics.bootstrap import paired_difference
from napari_lesion_synth.evaluation.statistics.mcnemar import found_within, mcnemar
from napari_lesion_synth.evaluation.two_detectors import compare

OWN = Choice(0.5)


def by_name(pair):
    return {each.figure: each for each in pair.differences}


def test_a_detector_does_not_differ_from_itself(simulated):
    whole = assess("d", simulated(np.random.default_rng(1), 8), OWN)
    pair = compare(whole, whole)
    assert {each.interval.value for each in pair.differences} == {0.0}
    assert pair.by_lesion.discordant == 0


def test_differences_are_those_of_the_same_draws(simulated):
    rng = np.random.default_rng(2)
    good, bad = simulated(rng, 15, gain=2.5), simulated(rng, 15, gain=2.5)
    bad = [
        type(r)(r.patient, r.case, "bad", r.rule, g.lesions, r.marks, r.healthy)
        for r, g in zip(bad, good, strict=True)
    ]
    one, other = assess("good", good, OWN), assess("bad", bad, OWN)
    pair = compare(one, other)
    asked = paired_difference(
        one.curve.counts.sensitivities(RATES),
        other.curve.counts.sensitivities(RATES),
        np.random.default_rng(0),
    )
    found = by_name(pair)
    for name, interval in zip(("1/8", "1/4", "1/2", "1", "2", "4", "8"), asked, strict=True):
        assert found[f"lesions found at {name} false alarms per CT"].interval == interval
    false = found["false alarms per CT at the threshold"]
    assert false.interval.value == pytest.approx(
        one.point.false_per_ct.value - other.point.false_per_ct.value
    )
    assert false.basis is Basis.PATIENTS


def test_one_patient_is_compared_lesion_by_lesion(result):
    good = [result([0.9, 0.8, 0.7, 0.6], [0.4])]
    bad = [result([0.9, None, None, 0.2], [0.3])]
    pair = compare(assess("good", good, OWN), assess("bad", bad, OWN))
    found = by_name(pair)
    at_point = found["lesions found at the threshold"]
    assert (at_point.interval.value, at_point.basis) == (0.75, Basis.TANGO)
    within = mcnemar(found_within(good, 1.0), found_within(bad, 1.0)).difference
    assert found["lesions found at 1 false alarms per CT"].interval == within
    cpm = found["CPM (mean of the seven)"]
    assert (cpm.interval.low, cpm.basis) == (None, Basis.NONE)
    assert len(found) == len(pair.differences) == len(RATES) + 4
    assert (pair.by_lesion.only_one, pair.by_lesion.only_other) == (3, 0)


def test_a_difference_that_every_draw_has_has_no_interval(result):
    results = [result([0.9], patient=f"p{k}", case=str(k)) for k in range(4)]
    whole = assess("d", results, OWN)
    false = by_name(compare(whole, whole))["false alarms per CT at the threshold"]
    assert (false.interval.low, false.basis) == (None, Basis.NONE)


def test_other_cts_are_no_comparison(result):
    one = assess("d", [result([0.9], case="1")], OWN)
    other = assess("d", [result([0.9], case="2")], OWN)
    with pytest.raises(ParameterError, match="only in one of the two"):
        compare(one, other)


def test_without_lesions_only_false_alarms_differ(result):
    one = assess("d", [result([], [0.9], patient=p, case=p) for p in "abc"], OWN)
    other = assess("d", [result([], [0.9, 0.8], patient=p, case=p) for p in "abc"], OWN)
    pair = compare(one, other)
    assert pair.by_lesion is None
    assert by_name(pair)["false alarms per CT at the threshold"].interval.value == -1
