from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from napari_lesion_synth.selection.distances import hu_distance, hu_floor, profile_distance
from napari_lesion_synth.selection.measures import measure
from napari_lesion_synth.selection.regions import Regions


@pytest.fixture
def sets(disc_view):
    """Two sets of six patients; the second is 20 HU darker."""
    return [
        [
            disc_view(
                f"{name}{k}",
                patient=f"{name}{k % 6}",
                contrast_hu=level - k,
                radius_mm=5 + k % 3,
                seed=10 * seed + k,
            )
            for k in range(12)
        ]
        for seed, (name, level) in enumerate((("a", -40), ("b", -60)))
    ]


def test_the_distance_is_scipys_with_equal_weight_for_every_lesion(sets):
    hu, weights = [], []
    for views in sets:
        inside = [(r.relative[r.mask]) for r in map(Regions.of, views)]
        hu.append(np.concatenate(inside))
        weights.append(np.concatenate([np.full(len(each), 1 / len(each)) for each in inside]))

    found = hu_distance(*map(measure, sets), np.random.default_rng(0))

    assert found.value == pytest.approx(stats.wasserstein_distance(*hu, *weights))
    assert found.value == pytest.approx(20, abs=2)


def test_a_set_is_at_no_distance_from_itself(sets):
    first = measure(sets[0])

    assert hu_distance(first, first, np.random.default_rng(0)).value == 0
    assert profile_distance(first, first, np.random.default_rng(0)).rms_hu.value == 0


def test_the_interval_holds_the_figure_and_needs_two_patients(sets, disc_view):
    first, second = map(measure, sets)
    found = hu_distance(first, second, np.random.default_rng(0))
    assert found.low < 20 < found.high

    alone = measure([disc_view(seed=k) for k in range(4)])
    assert hu_distance(alone, alone, np.random.default_rng(0)).low is None


def test_halves_of_the_real_patients_differ_less_than_different_sets(sets):
    first, second = map(measure, sets)

    floor = hu_floor(second, np.random.default_rng(0))

    assert 0 < floor < hu_distance(first, second, np.random.default_rng(0)).value


def test_three_patients_have_no_halves(disc_view):
    views = [disc_view(patient=f"p{k}", seed=k) for k in range(3)]

    assert hu_floor(measure(views), np.random.default_rng(0)) is None


def test_profiles_differ_by_the_contrast_inside_and_not_outside(sets):
    found = profile_distance(*map(measure, sets), np.random.default_rng(0))

    gap = found.synthetic - found.real
    assert gap[found.depth_mm >= 2] == pytest.approx(20, abs=3)
    assert gap[found.depth_mm <= -2] == pytest.approx(0, abs=3)
    assert found.rms_hu.low < found.rms_hu.value < found.rms_hu.high
    assert found.share_in_band < 0.9


def test_too_few_lesions_have_no_profile(disc_view):
    few = measure([disc_view(patient=f"p{k}", seed=k) for k in range(2)])

    assert profile_distance(few, few, np.random.default_rng(0)) is None
