from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.crossval import cross_validated
from napari_lesion_synth.perception.regression.dial import make_dial, within_dish_error
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.models.mean import Mean
from napari_lesion_synth.perception.regression.models.ridge import Ridge
from napari_lesion_synth.perception.stimuli.plates.settings import PlateSettings, views_of

VIEWS = views_of(PlateSettings())


def test_the_dial_has_36_views_and_finds_the_best_one():
    rng = np.random.default_rng(0)
    predicted = np.array(
        [0.5 + 0.2 * np.cos(np.deg2rad(v.azimuth_deg - 90)) - abs(v.elevation_deg - 45) / 100
         for v in VIEWS]
    )  # fmt: skip

    found = make_dial(VIEWS, predicted, 0.02, rng)

    assert len(found.points) == 36
    assert found.best.view.name == "az090_el45"
    assert found.best in found.candidates
    assert len(found.candidates) < 8
    assert found.best.low < found.best.value < found.best.high
    assert found.sentence.startswith("Predicted best: az090_el45, 0.70 (0.66 to 0.74), ")


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(0.0, 0.5))
def test_chances_sum_to_one_and_candidates_hold_the_best_as_often_as_they_say(seed, error):
    rng = np.random.default_rng(seed)

    found = make_dial(VIEWS, rng.random(36), error, rng)

    assert sum(point.chance for point in found.points) == pytest.approx(1)
    assert sum(point.chance for point in found.candidates) >= 0.95 - 1e-9


def test_with_errors_far_beyond_the_differences_any_view_may_be_best():
    rng = np.random.default_rng(1)

    found = make_dial(VIEWS, 0.5 + 0.01 * rng.random(36), 5.0, rng)

    assert len(found.candidates) >= 33


def test_the_candidates_hold_the_true_best_view_as_often_as_they_say():
    rng = np.random.default_rng(2)
    hits = []
    for _ in range(200):
        truth = 0.5 + 0.1 * rng.standard_normal(36)
        found = make_dial(VIEWS, truth + 0.05 * rng.standard_normal(36), 0.05, rng)
        best = VIEWS[int(truth.argmax())]
        hits.append(best in {point.view for point in found.candidates})

    assert np.mean(hits) >= 0.9


def test_the_error_within_dishes_leaves_their_levels_out(make_table):
    table = make_table(dishes=20, photos=10, noise=0.05, dish_sd=0.15)

    found = within_dish_error(cross_validated(Ridge(), table, plan(table)))

    assert 0.05 <= found < 0.1
    single = make_table(dishes=6, photos=1)
    with pytest.raises(ParameterError, match="two photos"):
        within_dish_error(cross_validated(Mean(), single, plan(single)))


def test_a_dial_needs_each_view_once():
    rng = np.random.default_rng(0)

    with pytest.raises(ParameterError, match="each of its views"):
        make_dial(VIEWS, np.zeros(5), 0.1, rng)
    with pytest.raises(ParameterError, match="twice"):
        make_dial([VIEWS[0], VIEWS[0]], np.zeros(2), 0.1, rng)
