from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.scale01 import Anchors, attractiveness
from napari_lesion_synth.perception.scaling.utilities import fit_utilities


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def unit(values: np.ndarray) -> np.ndarray:
    """Stretched to 0 to 1."""
    return (values - values.min()) / np.ptp(values)


@pytest.fixture
def posterior(answers):
    """Of eight photos, some way into a study."""
    return fit_utilities(answers(rng(1).standard_normal(8), 80, rng(2)))


def test_by_default_the_lowest_and_the_highest_mean_are_0_and_1(posterior):
    found = attractiveness(posterior, rng())

    assert found.value == pytest.approx(unit(posterior.mean))
    centred = posterior.centred[0]
    assert found.value == pytest.approx(found.intercept + found.slope * centred)
    assert (found.low < found.value).all()
    assert (found.value < found.high).all()
    assert "lowest and highest" in found.anchors


def test_references_are_0_and_1_without_doubt_and_others_may_lie_beyond(posterior):
    order = np.argsort(posterior.mean)
    low, high = (posterior.items[i] for i in (order[1], order[-2]))

    found = attractiveness(posterior, rng(), Anchors(rule="reference", low=low, high=high))

    for number, value in ((order[1], 0), (order[-2], 1)):
        ends = found.value[number], found.low[number], found.high[number]
        assert ends == pytest.approx((value, value, value), abs=1e-9)
    assert found.value[order[0]] < 0 < 1 < found.value[order[-1]]
    assert low in found.anchors


def test_what_all_utilities_have_in_common_does_not_matter(posterior):
    moved = replace(posterior, mean=posterior.mean + 5, covariance=posterior.covariance + 9)

    for anchors in (Anchors(), Anchors(rule="range")):
        one, other = (attractiveness(p, rng(), anchors, 8000) for p in (posterior, moved))
        assert other.value == pytest.approx(one.value, abs=0.02)
        assert other.high - other.low == pytest.approx(one.high - one.low, abs=0.05)


@pytest.mark.parametrize("rule", ["minmax", "range"])
def test_intervals_hold_the_truth_as_often_as_they_say(answers, rule):
    held = []
    for seed in range(30):
        draw = rng(seed)
        utilities = draw.standard_normal(12)
        found = attractiveness(
            fit_utilities(answers(utilities, 150, draw)), draw, Anchors(rule=rule), 1000
        )
        truth = found.intercept + found.slope * (utilities - utilities.mean())
        truth = truth if rule == "minmax" else unit(utilities)
        held += ((found.low <= truth) & (truth <= found.high)).tolist()

    assert 0.92 <= np.mean(held) <= 0.98


def test_with_few_answers_the_average_over_draws_is_closer_to_the_truth(answers):
    errors = []
    for seed in range(20):
        draw = rng(seed)
        utilities = draw.standard_normal(20)
        posterior = fit_utilities(answers(utilities, 20, draw))
        found = [
            attractiveness(posterior, draw, Anchors(rule=rule), 500) for rule in ("minmax", "range")
        ]
        errors.append([np.abs(f.value - unit(utilities)).mean() for f in found])

    stretched, averaged = np.mean(errors, axis=0)
    assert averaged < stretched - 0.02


def test_before_the_first_answer_nothing_is_known():
    found = attractiveness(fit_utilities(Comparisons.of(("a", "b", "c"))), rng())

    assert found.value.tolist() == [0.5] * 3
    assert (found.low.tolist(), found.high.tolist()) == ([0.0] * 3, [1.0] * 3)
    assert found.median_width == 1
    assert "Nothing tells" in found.notes[-1]


def test_anchors_that_are_none_are_refused(posterior):
    order = np.argsort(posterior.mean)
    low, high = (posterior.items[i] for i in (order[0], order[-1]))

    with pytest.raises(ParameterError, match="not above"):
        attractiveness(posterior, rng(), Anchors(rule="reference", low=high, high=low))
    with pytest.raises(ParameterError, match="none of the photos"):
        attractiveness(posterior, rng(), Anchors(rule="reference", low="x", high=high))
    with pytest.raises(ValidationError, match="two photos"):
        Anchors(rule="reference", low="x")
    with pytest.raises(ValidationError, match="two photos"):
        Anchors(low="x", high="y")
    with pytest.raises(ParameterError, match="2 photos"):
        attractiveness(fit_utilities(Comparisons.of(("a",))), rng())
