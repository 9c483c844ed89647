from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.map_metrics import correlation
from napari_lesion_synth.perception.gaze.maps import CentrePrior, MapGrid
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings
from napari_lesion_synth.perception.regression.gaze_sources import (
    PredictedMaps,
    centre_block,
    shuffled_block,
)
from napari_lesion_synth.perception.regression.patches import (
    PATCH_FEATURES,
    Patches,
    patch_features,
)
from napari_lesion_synth.perception.regression.predicted_gaze import PhotoSums, fit_predictor

GRID = MapGrid(320, 240, 10)


def photo(rng: np.random.Generator, pull: float = 4.0) -> tuple[Patches, np.ndarray]:
    """Patches of noise, one feature of which draws the gaze, and the middle too."""
    values = rng.standard_normal((*GRID.shape, len(PATCH_FEATURES))).astype(np.float32)
    values[..., 3] = np.abs(values[..., 3])
    looked = CentrePrior().map(GRID) * GRID.shape[0] * GRID.shape[1] + pull * values[..., 3]
    return Patches(values, GRID), looked / looked.sum()


def test_what_draws_gaze_is_learnt_and_predicted_on_other_photos():
    rng = np.random.default_rng(0)
    photos = [photo(rng) for _ in range(12)]
    predictor = fit_predictor([PhotoSums.of(*one) for one in photos])

    patches, looked = photo(rng)
    found = predictor.predict(patches)

    assert found.sum() == pytest.approx(1)
    assert found.min() > 0
    assert correlation(found, looked) > 0.9 > correlation(CentrePrior().map(GRID), looked)


def test_where_nothing_draws_gaze_the_middle_is_what_is_learnt():
    rng = np.random.default_rng(1)
    photos = [photo(rng, pull=0.0) for _ in range(12)]
    predictor = fit_predictor([PhotoSums.of(*one) for one in photos])

    patches, _ = photo(rng)

    assert correlation(predictor.predict(patches), CentrePrior().map(GRID)) > 0.97


def test_sums_of_photos_are_as_good_as_the_photos_themselves():
    rng = np.random.default_rng(2)
    sums = [PhotoSums.of(*photo(rng)) for _ in range(8)]
    parts = [PhotoSums.added([sums[k], sums[k + 4]]) for k in range(4)]

    one, other = fit_predictor(sums), fit_predictor(parts)

    assert parts[0].photos == 2
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-8)


def test_the_penalty_grows_when_there_is_little_to_learn_from():
    rng = np.random.default_rng(3)

    def noisy(n: int) -> float:
        found = []
        for _ in range(n):
            patches, looked = photo(rng, pull=0.3)
            looked = looked * rng.exponential(size=looked.shape)
            found.append(PhotoSums.of(patches, looked / looked.sum()))
        return fit_predictor(found).penalty * n

    assert noisy(3) > noisy(60)


def test_a_predictor_needs_photos_that_somebody_looked_at():
    patches, looked = photo(np.random.default_rng(0))

    with pytest.raises(ParameterError, match="2 photos"):
        fit_predictor([PhotoSums.of(patches, looked)])
    with pytest.raises(ParameterError, match="nobody looked"):
        PhotoSums.of(patches, np.zeros(GRID.shape))


def test_maps_of_a_fold_rest_on_its_training_rows_alone():
    rng = np.random.default_rng(4)
    photos = [photo(rng) for _ in range(12)]
    patches, looked = [p for p, _ in photos], [w for _, w in photos]
    dishes = np.repeat(np.arange(4), 3)
    train = np.arange(9)
    other = [*looked[:9], *(np.eye(*GRID.shape) + 1e-3 for _ in range(3))]

    one = PredictedMaps(patches, looked, dishes).values(train)
    same = PredictedMaps(patches, other, dishes).values(train)

    np.testing.assert_array_equal(one, same)
    assert one.shape == (12, 16)


def test_a_training_rows_own_gaze_does_not_make_its_map():
    rng = np.random.default_rng(5)
    photos = [photo(rng) for _ in range(10)]
    patches, looked = [p for p, _ in photos], [w for _, w in photos]
    dishes = np.repeat(np.arange(5), 2)
    changed = [np.eye(*GRID.shape) + 1e-3, np.eye(*GRID.shape) + 1e-3, *looked[2:]]

    one = PredictedMaps(patches, looked, dishes).maps(np.arange(10))
    other = PredictedMaps(patches, changed, dishes).maps(np.arange(10))

    np.testing.assert_array_equal(one[0], other[0])
    assert not np.allclose(one[5], other[5])


def test_controls_have_columns_of_the_same_kind():
    rng = np.random.default_rng(6)
    maps = [photo(rng)[1] for _ in range(4)]
    pooled = [rng.random((6, 8, 3)) for _ in range(4)]
    settings = GazeInputSettings(way="pooled")

    centre = centre_block(maps, pooled, settings)
    shuffled = shuffled_block(maps, pooled, settings, np.array([1, 0, 3, 2]))

    assert centre.numbers.shape == shuffled.numbers.shape == (4, 3)
    flat = centre_block(maps, None, GazeInputSettings())
    np.testing.assert_allclose(flat.numbers - flat.numbers[0], 0, atol=1e-12)


def test_patches_of_a_picture_say_where_it_differs(disc):
    found = patch_features(disc, cells=16)

    assert found.values.shape == (*found.grid.shape, len(PATCH_FEATURES))
    assert np.isfinite(found.values).all()
    apart = found.values[..., PATCH_FEATURES.index("unlike the photo")]
    row, column = np.unravel_index(apart.argmax(), apart.shape)
    x, y = found.grid.centres[0][column], found.grid.centres[1][row]
    assert np.hypot(x - 190, y - 120) < 75
