from __future__ import annotations

import numpy as np

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.evaluation.afroc import afroc
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.strata import all_strata, by_contrast, by_diameter, by_zone


def of_sizes(result, sizes, **facts):
    """A CT a size, with one lesion each that scores its tenth."""
    return [
        result([size / 100], [0.15], case=str(size), diameter_mm=size, **facts) for size in sizes
    ]


def test_sizes_fall_below_ten_to_twenty_and_above(result):
    results = of_sizes(result, [5, 9.99, 10, 19.99, 20, 60])

    assert [(s.name, s.lesions(results)) for s in by_diameter()] == [
        ("below 10 mm", 2),
        ("10 to 20 mm", 2),
        ("20 mm and above", 2),
    ]


def test_contrast_is_judged_by_its_magnitude(result):
    results = [result([0.5], case=str(hu), contrast_hu=hu) for hu in (-50.0, 50.0, -25.0)]

    assert [s.lesions(results) for s in by_contrast()] == [0, 1, 2]


def test_each_lesion_is_in_one_stratum_of_each_grouping(result):
    results = of_sizes(result, [5, 12], zone=Zone.RIM) + of_sizes(
        result, [30, 40], contrast_hu=np.nan
    )
    strata = all_strata(results)

    for by in {stratum.by for stratum in strata}:
        assert sum(s.lesions(results) for s in strata if s.by == by) == 4
    assert ("zone", "not measured") in {(s.by, s.name) for s in strata}
    assert ("contrast", "not measured") in {(s.by, s.name) for s in strata}
    assert ("zone", "interior") not in {(s.by, s.name) for s in strata}


def test_false_alarms_and_cts_are_the_same_in_every_stratum(result):
    results = of_sizes(result, [5, 12, 30], zone=Zone.INTERIOR)
    small, middle, large = (froc(stratum.of(results)) for stratum in by_diameter())

    assert small.end() == middle.end() == large.end() == 1
    assert small.cts == middle.cts == 3
    assert [curve.at(0.5).sensitivity for curve in (small, middle, large)] == [0, 0, 1]


def test_a_ct_with_lesions_of_another_stratum_is_not_healthy(result):
    results = [*of_sizes(result, [5, 30]), result([], [0.1], case="healthy")]
    rim, interior = by_zone()

    assert afroc(by_diameter()[0].of(results)).cts == 1
    assert rim.lesions(results) == interior.lesions(results) == 0
