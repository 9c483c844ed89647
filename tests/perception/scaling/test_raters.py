from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.scaling.comparisons import Ratings
from napari_lesion_synth.perception.scaling.raters import fit_raters
from napari_lesion_synth.perception.scaling.ratings import mean_ratings


def made(
    seed: int, density: float = 1.0, photos: int = 36, raters: int = 20, careless: int = 3
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Ratings]:
    """Values, biases and noise of raters, some of them careless, and ratings from these."""
    rng = np.random.default_rng(seed)
    value, bias = rng.normal(0.5, 0.1, photos), rng.normal(0, 0.05, raters)
    noise = np.where(np.arange(raters) < careless, 0.3, rng.uniform(0.05, 0.12, raters))
    item, rater = np.nonzero(rng.random((photos, raters)) < density)
    given = value[item] + bias[rater] + noise[rater] * rng.standard_normal(len(item))
    names = tuple(f"p{i}" for i in range(photos)), tuple(f"r{i}" for i in range(raters))
    ratings = Ratings(names[0], item, np.clip(given, 0, 1), rater, names[1])
    return value, bias, noise, ratings


def agreement(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Correlation over the photos that both have."""
    known = np.isfinite(estimate)
    return float(np.corrcoef(estimate[known], truth[known])[0, 1])


@pytest.mark.parametrize(("density", "gain"), [(1.0, 0.005), (0.3, 0.02), (0.15, 0.02)])
def test_shrunken_raters_beat_mean_ratings_also_where_few_have_rated(density, gain):
    gains = []
    for seed in range(12):
        value, _, _, ratings = made(seed, density)
        means = mean_ratings(ratings, take_out_bias=False).mean
        gains.append(agreement(fit_raters(ratings).mean, value) - agreement(means, value))

    assert np.mean(gains) > gain
    assert min(gains) > -0.05


def test_careless_raters_and_biases_are_found():
    _, bias, noise, ratings = made(1)

    found = fit_raters(ratings)

    sizes = np.array([i.value for i in found.inconsistency])
    assert sizes[:3].min() > sizes[3:].max()
    assert np.corrcoef(sizes, noise)[0, 1] > 0.9
    careful = np.array([i.value for i in found.bias])[3:]
    assert np.corrcoef(careful, bias[3:])[0, 1] > 0.9


def test_intervals_hold_the_truth_as_often_as_they_say():
    held: dict[str, list[bool]] = {"value": [], "bias": [], "noise": []}
    for seed in range(30):
        value, bias, noise, ratings = made(seed, 0.5, careless=0)
        found = fit_raters(ratings)
        held["value"] += [i.low <= v <= i.high for i, v in zip(found.intervals, value, strict=True)]
        held["bias"] += [i.low <= b <= i.high for i, b in zip(found.bias, bias, strict=True)]
        rows = zip(found.inconsistency, noise, strict=True)
        held["noise"] += [i.low <= s <= i.high for i, s in rows]

    for shares in held.values():
        assert 0.91 <= np.mean(shares) <= 0.99


def test_a_rater_with_two_ratings_does_not_outvote_the_others():
    _, _, _, ratings = made(3)
    # Two ratings that happen to be met exactly look like those of a rater without noise.
    rare = Ratings(
        ratings.items,
        np.append(ratings.item, [0, 1]),
        np.append(ratings.value, [0.9, 0.9]),
        np.append(ratings.rater, [20, 20]),
        (*ratings.raters, "rare"),
    )

    before, after = fit_raters(ratings), fit_raters(rare)

    assert np.abs(after.mean - before.mean).max() < 0.05
    typical = np.median([i.value for i in after.inconsistency[:20]])
    assert after.inconsistency[20].value > 0.4 * typical
    assert after.inconsistency[20].high > typical


def test_photos_without_ratings_lie_in_the_middle_and_are_unsure():
    _, _, _, ratings = made(4)
    more = Ratings(
        (*ratings.items, "new"), ratings.item, ratings.value, ratings.rater, ratings.raters
    )

    found = fit_raters(more)

    assert found.mean[-1] == pytest.approx(found.mean[:-1].mean(), abs=0.01)
    widths = [i.high - i.low for i in found.intervals]
    assert widths[-1] > 3 * max(widths[:-1])


def test_one_rater_is_too_few():
    ratings = Ratings(("a", "b"), np.array([0, 1]), np.array([0.1, 0.9]), np.array([0, 0]), ("r",))

    with pytest.raises(ParameterError, match="fewer than 2"):
        fit_raters(ratings)
