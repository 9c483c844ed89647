from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.dose import DoseCurve, change_of_share, fit_dose
from napari_lesion_synth.perception.limits.safe_range import safe_range
from napari_lesion_synth.perception.observers.doses import DoseSpread

Z90 = 1.6448536269514722


def line(slope: float, error: float, low: float = -2.0, high: float = 4.0) -> DoseCurve:
    """A curve that is a line, and as unsure as it is far from 0."""
    magnitudes = np.concatenate(
        [np.linspace(low, 0, 200, endpoint=False), np.linspace(0, high, 401)]
    )
    if low == 0:
        magnitudes = np.linspace(0, high, 401)
    away = np.abs(magnitudes)
    return DoseCurve("blur", "ramen", "utility", magnitudes, slope * away, error * away, 0.1 * away)


@pytest.mark.parametrize("slope", [-0.1, 0.1])
def test_the_limit_is_where_the_interval_leaves_the_margin(slope):
    found = safe_range(line(slope, 0.02), 0.2)

    for arm, sign in ((found.above, 1), (found.below, -1)):
        assert arm.limit == pytest.approx(sign * 0.2 / (0.1 + Z90 * 0.02), rel=1e-3)
        assert arm.end == (4.0 if sign > 0 else -2.0)
    assert found.above.crossing == pytest.approx(2.0, rel=1e-3)
    assert found.above.surely_beyond == pytest.approx(0.2 / (0.1 - Z90 * 0.02), rel=1e-3)
    assert found.below.crossing == -2.0
    assert not found.above.at_the_end


def test_a_harmless_transform_is_safe_as_far_as_it_was_tried():
    found = safe_range(line(0.001, 0.001), 0.2)

    assert (found.low, found.high) == (-2.0, 4.0)
    assert found.above.at_the_end
    assert found.below.at_the_end


def test_few_answers_show_nothing_to_be_safe():
    unsure = safe_range(line(0.0, 10.0), 0.2)

    assert unsure.high < 0.02
    assert unsure.above.crossing == 4.0


def test_one_direction_that_was_not_tried_is_not_established():
    found = safe_range(line(0.1, 0.01, low=0.0), 0.2)

    assert found.below is None
    assert found.low == 0


def test_safe_is_what_is_safe_from_none_on():
    # Back within the margin farther out does not count.
    curve = line(0.0, 0.001, low=0.0)
    waved = replace(curve, mean=np.sin(np.pi * curve.magnitudes / 2))

    assert safe_range(waved, 0.5).high == pytest.approx(1 / 3, abs=0.01)


def test_limits_seldom_lie_beyond_the_truth(asked):
    beyond = []
    margin = change_of_share(0.6)
    for seed in range(10):
        truth, answers = asked(seed, answers=600)
        fit = fit_dose(answers)
        for category in answers.category_names:
            found = safe_range(fit.curve(category), margin)
            for arm in (found.below, found.above):
                steps = np.linspace(0, arm.limit, 50)
                true = truth.of_category(category, steps)
                beyond.append(bool((np.abs(true) > margin).any()))

    assert np.mean(beyond) <= 0.06


def test_a_change_that_comes_early_and_stays_is_not_called_small(asked):
    # It leaves the margin at a third, and strong changes are hardly worse than that.
    margin = change_of_share(0.6)

    def plateau(magnitude: np.ndarray) -> np.ndarray:
        return 1.1 * margin * np.expm1(-np.abs(magnitude) / 0.15)

    true = -0.15 * np.log(1 - 1 / 1.1)
    beyond = []
    for seed in range(8):
        alike = DoseSpread(0.0, 0.3, 0.3)
        answers = asked(seed, answers=1440, curve=plateau, spread=alike)[1]
        fit = fit_dose(answers)
        for category in answers.category_names:
            found = safe_range(fit.curve(category), margin)
            beyond += [abs(found.low) > true, found.high > true]

    assert np.mean(beyond) <= 0.07


@pytest.mark.parametrize("margin", [0.0, -1.0, float("nan"), float("inf")])
def test_a_margin_that_cannot_be_is_refused(margin):
    with pytest.raises(ParameterError, match="margin"):
        safe_range(line(0.1, 0.01), margin)
