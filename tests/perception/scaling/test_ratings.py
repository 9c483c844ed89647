from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from napari_lesion_synth.perception.scaling.comparisons import Ratings
from napari_lesion_synth.perception.scaling.ratings import mean_ratings


def from_table(table: np.ndarray) -> Ratings:
    """Ratings of every cell that is not NaN."""
    item, rater = np.nonzero(np.isfinite(table))
    photos, raters = table.shape
    names = tuple(f"p{i}" for i in range(photos)), tuple(f"r{i}" for i in range(raters))
    return Ratings(names[0], item, table[item, rater], rater, names[1])


def test_means_have_students_intervals():
    table = np.random.default_rng(0).random((4, 7))

    found = mean_ratings(from_table(table), take_out_bias=False)

    for row, interval in zip(table, found.value, strict=True):
        low, high = stats.t.interval(0.95, 6, row.mean(), stats.sem(row))
        assert (interval.value, interval.low, interval.high) == pytest.approx(
            (row.mean(), low, high)
        )


def test_biases_are_exact_without_noise_though_raters_saw_different_photos():
    value, bias = np.array([0.3, 0.5, 0.6, 0.7]), np.array([-0.1, 0.0, 0.1])
    table = value[:, None] + bias
    table[0, 1:] = table[3, :2] = np.nan

    found = mean_ratings(from_table(table))

    assert found.mean == pytest.approx(value)
    assert found.bias == pytest.approx(bias)
    raw = mean_ratings(from_table(table), take_out_bias=False)
    assert raw.mean[0] == pytest.approx(0.2)


def test_taking_out_biases_narrows_the_intervals():
    rng = np.random.default_rng(1)
    table = 0.5 + rng.normal(0, 0.02, (10, 6)) + np.linspace(-0.2, 0.2, 6)

    clean, raw = (mean_ratings(from_table(table), take_out_bias=b) for b in (True, False))

    for one, other in zip(clean.value, raw.value, strict=True):
        assert one.high - one.low < (other.high - other.low) / 3


def test_photos_rated_by_one_or_none_have_no_interval():
    table = np.array([[0.5, np.nan], [np.nan, np.nan], [0.2, 0.4]])

    found = mean_ratings(from_table(table))

    assert found.n.tolist() == [1, 0, 2]
    assert (found.value[0].low, found.value[1].low) == (None, None)
    assert np.isnan(found.value[1].value)
