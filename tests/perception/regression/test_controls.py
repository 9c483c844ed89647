from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.controls import (
    Ablation,
    Verdict,
    ablation,
    arm_words,
    of_another_photo,
)
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings, map_block
from napari_lesion_synth.perception.regression.gaze_sources import centre_block, shuffled_block
from napari_lesion_synth.perception.regression.models.ridge import Ridge
from napari_lesion_synth.perception.regression.table import Block, Table

SETTINGS = GazeInputSettings(way="both")
SHUFFLES = 3


def study(
    gain: float, seed: int, dishes: int = 24, photos: int = 8, shuffles: int = SHUFFLES
) -> Ablation:
    """A study whose utility follows the image, and by `gain` the share of looking to the left.

    Where people look depends on the dish and the photo; patches have a bright side, so that any
    map weighs them anew.
    """
    rng = np.random.default_rng(seed)
    n = dishes * photos
    dish = np.repeat(np.arange(dishes), photos)
    image = rng.standard_normal((n, 6))
    side = rng.standard_normal(dishes)[dish] + rng.standard_normal(n)
    left = 1 / (1 + np.exp(-side))
    maps = []
    for share in left:
        plane = rng.gamma(2.0, size=(8, 8))
        plane[:, :4] *= share / plane[:, :4].sum()
        plane[:, 4:] *= (1 - share) / plane[:, 4:].sum()
        maps.append(plane)
    patches = [rng.random((4, 4, 2)) + np.linspace(0, 1, 4)[None, :, None] for _ in range(n)]
    own = 0.05 * rng.standard_normal(dishes)[dish] + 0.08 * rng.standard_normal(n)
    target = 0.5 + 0.05 * image[:, 0] - 0.04 * image[:, 1] + gain * (left - 0.5) + own
    items = tuple(f"p{k}" for k in range(n))
    table = Table(items, target, tuple(f"d{k:02d}" for k in dish), (Block("image", image),))
    others = [of_another_photo(items, table.dishes, rng) for _ in range(shuffles)]
    arms = {
        "centre prior": [[centre_block(maps, patches, SETTINGS)]],
        "shuffled gaze": [[shuffled_block(maps, patches, SETTINGS, o)] for o in others],
        "real gaze": [[map_block("real gaze", maps, patches, SETTINGS)]],
    }
    return ablation(Ridge(), table, arms, plan(table))


def test_gaze_that_has_to_do_with_utility_beats_its_controls_by_an_interval():
    found = study(gain=0.3, seed=0)
    verdict = found.verdict(np.random.default_rng(0))

    assert verdict.gain
    for control in ("image", "shuffled gaze", "centre prior"):
        assert verdict.differences[control].high < 0
    assert verdict.sentence.startswith(
        "A gaze-specific gain: real gaze beats shuffled gaze and centre prior (MAE against "
    )


def test_gaze_that_has_nothing_to_do_with_utility_shows_no_gain():
    found = study(gain=0.0, seed=0)
    verdict = found.verdict(np.random.default_rng(0))

    assert not verdict.gain
    apart = verdict.differences["shuffled gaze"]
    assert apart.low < 0 < apart.high
    assert verdict.sentence.startswith("No gaze-specific gain: real gaze does not beat ")


def test_over_many_studies_gains_are_seen_where_they_are_and_hardly_ever_where_not():
    rng = np.random.default_rng(1)

    def verdicts(gain: float) -> list[Verdict]:
        return [study(gain, seed, 20, 6, 1).verdict(rng) for seed in range(6)]

    without, with_gain = verdicts(0.0), verdicts(0.5)

    covered = [v.differences["shuffled gaze"] for v in without]
    assert sum(d.low <= 0 <= d.high for d in covered) >= 5
    assert not any(v.gain for v in without)
    assert sum(v.gain for v in with_gain) >= 5


def test_gaze_of_the_dish_alone_is_no_gain_of_the_photos_gaze():
    """The dish's mean map tells the dish apart; so does another photo's of the same dish."""
    rng = np.random.default_rng(3)
    dish = np.repeat(np.arange(20), 10)
    level = rng.standard_normal(20)
    maps = [np.array([[1.0 + np.exp(level[d]), 1.0]]).repeat(2, axis=0) for d in dish]
    target = 0.5 + 0.1 * level[dish] + 0.05 * rng.standard_normal(200)
    items = tuple(f"p{k}" for k in range(200))
    table = Table(
        items, target, tuple(f"d{d:02d}" for d in dish), (Block("image", rng.random((200, 2))),)
    )
    other = of_another_photo(items, table.dishes, rng)
    settings_ = GazeInputSettings()
    arms = {
        "centre prior": [[centre_block(maps, None, settings_)]],
        "shuffled gaze": [[shuffled_block(maps, None, settings_, other)]],
        "real gaze": [[map_block("real gaze", maps, None, settings_)]],
    }
    found = ablation(Ridge(), table, arms, plan(table))
    verdict = found.verdict(np.random.default_rng(0))

    assert verdict.differences["image"].high < 0
    assert not verdict.gain
    assert "does not beat shuffled gaze" in verdict.sentence


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(2, 6), min_size=1, max_size=6), st.integers(0, 1000))
def test_another_photo_is_another_one_of_the_same_dish_and_all_are_used_once(sizes, seed):
    dishes = [f"d{k}" for k, size in enumerate(sizes) for _ in range(size)]
    items = [f"p{k}" for k in range(len(dishes))]

    other = of_another_photo(items, dishes, np.random.default_rng(seed))

    assert (other != np.arange(len(items))).all()
    assert sorted(other) == list(range(len(items)))
    assert all(dishes[k] == dishes[o] for k, o in enumerate(other))


def test_a_dish_of_one_photo_cannot_be_shuffled():
    with pytest.raises(ParameterError, match="one photo"):
        of_another_photo(["a", "b", "c"], ["x", "x", "y"], np.random.default_rng(0))
    with pytest.raises(ParameterError, match="once"):
        of_another_photo(["a", "a"], ["x", "x"], np.random.default_rng(0))


def test_a_claim_needs_its_controls():
    found = study(gain=0.1, seed=1, dishes=6, photos=4)
    arms = {name: arm for name, arm in found.arms.items() if name != "shuffled gaze"}
    rng = np.random.default_rng(0)

    with pytest.raises(ParameterError, match="without the arm 'shuffled gaze'"):
        Ablation(found.model, arms, found.clusters).verdict(rng)
    with pytest.raises(ParameterError, match="makes no claim"):
        found.verdict(rng, "image")
    assert "6 dishes: the intervals are rough." in found.verdict(rng).sentence
    assert list(found.mae(rng)) == ["image", "centre prior", "shuffled gaze", "real gaze"]


def test_the_verdict_names_what_recorded_the_maps():
    found = study(gain=0.0, seed=0)
    rng = np.random.default_rng(0)
    pointed = replace(found, source="mouse_aperture").verdict(rng).sentence
    assert pointed.startswith("No pointing-specific gain: mouse aperture does not beat ")
    assert "shuffled mouse aperture" in pointed
    assert "gaze" not in pointed
    simulated = replace(found, source="simulated").verdict(rng).sentence
    assert simulated.startswith("No gaze-specific gain: simulated gaze does not beat ")
    assert "real gaze" in found.verdict(rng).sentence
    names = [arm_words(name, "bubble_click") for name in ("image", "real gaze", "predicted gaze")]
    assert names == ["image", "bubble clicks", "predicted bubble clicks"]
