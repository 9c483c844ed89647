from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.crossval import cross_validated
from napari_lesion_synth.perception.regression.dial import (
    make_dial,
    views_apart,
    within_dish_error,
)
from napari_lesion_synth.perception.regression.features.families import feature_table
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.models.mean import Mean
from napari_lesion_synth.perception.regression.models.ridge import Ridge
from napari_lesion_synth.perception.regression.scores import scores, spearman
from napari_lesion_synth.perception.regression.table import Block, Table
from napari_lesion_synth.perception.stimuli.plates.folder import read_truth, write_plates
from napari_lesion_synth.perception.stimuli.plates.settings import PlateSettings, views_of
from napari_lesion_synth.perception.stimuli.views import View

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


def test_the_dial_of_a_rendered_dish_points_near_its_best_view(tmp_path):
    photos = write_plates(tmp_path, PlateSettings(dishes=("curry",), size=64))
    features = feature_table(list(photos))
    truth = read_truth(tmp_path)
    target = np.array([truth[item] for item in features.items])
    block = Block("image", features.values, features.columns)
    table = Table(features.items, target, ("curry",) * 36, (block,))
    views = [View.of(photos.by_id(item).view) for item in features.items]

    found = cross_validated(Ridge(), table, plan(table, "photo"))
    dial = make_dial(views, found.predicted, within_dish_error(found), np.random.default_rng(0))

    assert spearman(found.predicted, target) > 0.8
    best = views[int(target.argmax())]
    assert best in {point.view for point in dial.candidates}
    assert target[views.index(dial.best.view)] > np.quantile(target, 0.8)


def test_columns_within_the_dish_leave_its_level_out(make_table):
    table = make_table(dishes=12, photos=8, noise=0.05, dish_sd=0.3)
    block = table.inputs[0]

    within = block.within(table.dishes)

    np.testing.assert_allclose(within.numbers[:8].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(
        within.numbers[1] - within.numbers[0], block.numbers[1] - block.numbers[0]
    )


def test_how_views_differ_is_learnt_better_without_what_tells_dishes_apart(make_table):
    table = make_table(dishes=12, photos=8, noise=0.05, dish_sd=0.3)
    asked = plan(table)
    found = cross_validated(Ridge(), table, asked, intervals=True)

    apart = views_apart(found, Ridge(), table, asked)

    number = np.repeat(np.arange(12), 8)
    assert within_dish_error(apart) < 0.9 * within_dish_error(found)
    assert (
        scores(apart.predicted, apart.target, number).pairwise_within
        > scores(found.predicted, found.target, number).pairwise_within
    )
    levels = [each.predicted.reshape(12, 8).mean(axis=1) for each in (apart, found)]
    np.testing.assert_allclose(*levels)
    assert np.isnan(apart.half_width).all()


def test_how_views_of_a_dish_differ_is_learnt_from_other_dishes_alone(make_table):
    table = make_table(dishes=6, photos=4, noise=0.05, dish_sd=0.3)
    asked = plan(table)
    found = cross_validated(Ridge(), table, asked)
    swapped = table.target.copy()
    swapped[:4] = swapped[:4][::-1]

    one = views_apart(found, Ridge(), table, asked)
    other = views_apart(found, Ridge(), replace(table, target=swapped), asked)

    np.testing.assert_allclose(one.predicted[:4], other.predicted[:4])
    assert not np.allclose(one.predicted[4:], other.predicted[4:])


def test_a_dial_needs_each_view_once():
    rng = np.random.default_rng(0)

    with pytest.raises(ParameterError, match="each of its views"):
        make_dial(VIEWS, np.zeros(5), 0.1, rng)
    with pytest.raises(ParameterError, match="twice"):
        make_dial([VIEWS[0], VIEWS[0]], np.zeros(2), 0.1, rng)
