from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.attribution import (
    Attribution,
    against_fixations,
    occluded,
    part_by_part,
)


def fine_detail(pictures):
    """A model that likes fine detail, wherever it is."""
    return np.array([np.abs(np.diff(p[..., 0].astype(float), axis=1)).mean() for p in pictures])


@pytest.fixture
def detailed() -> np.ndarray:
    """Plain but for a busy square in the upper left; 120 x 160 px."""
    picture = np.full((120, 160, 3), 128, np.uint8)
    picture[20:40, 20:40] = np.random.default_rng(0).integers(0, 256, (20, 20, 3))
    return picture


def test_what_a_prediction_rests_on_is_where_hiding_it_matters(detailed):
    found = part_by_part(detailed, fine_detail, parts=8)

    assert found.fall.shape == (6, 8)
    assert found.whole == fine_detail([detailed])[0]
    assert np.unravel_index(found.fall.argmax(), found.fall.shape) == (1, 1)
    assert found.fall[1, 1] > 0.8 * found.whole
    assert np.abs(found.fall[3:, 4:]).max() < 1e-6


def test_a_hidden_part_keeps_its_colour_and_leaves_the_rest(detailed):
    hidden = occluded(detailed, (1, 1), (6, 8))

    assert np.abs(hidden[20:40, 20:40].mean() - detailed[20:40, 20:40].mean()) < 12
    np.testing.assert_array_equal(hidden[60:, 60:], detailed[60:, 60:])
    assert hidden.dtype == np.uint8


def looked_at(x: float, y: float) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """A fixation map of 60 x 80 cells around one place, and the fixation: shares of the photo."""
    looked = np.zeros((60, 80))
    row, column = int(60 * y), int(80 * x)
    looked[row - 5 : row + 5, column - 5 : column + 5] = 1
    return looked, (np.array([x]), np.array([y]))


@pytest.mark.parametrize("part", [(0, 0), (2, 5), (5, 7)])
def test_beyond_a_fading_edge_a_photo_stays_as_it_is(part):
    picture = np.random.default_rng(1).integers(0, 256, (117, 161, 3), np.uint8)
    changed = (occluded(picture, part, (6, 8)) != picture).any(axis=-1)

    # An eighth of a part beyond each of its edges.
    for at, size, k, parts in zip(np.nonzero(changed), changed.shape, part, (6, 8), strict=True):
        place = (at + 0.5) / size * parts - k
        assert place.min() > -0.126
        assert place.max() < 1.126
        assert np.ptp(place) > 0.9


def test_parts_finer_than_pixels_hide_nothing():
    picture = np.random.default_rng(1).integers(0, 256, (4, 4, 3), np.uint8)

    assert (occluded(picture, (1, 1), (32, 32)) == picture).all()


def test_an_attribution_is_compared_with_the_looking_as_the_centre_is():
    fall = np.zeros((6, 8))
    fall[1, 1] = -0.2  # what makes a dish less attractive counts as much

    found = against_fixations(Attribution(fall, 0.5), *looked_at(1.5 / 8, 1.5 / 6))

    assert found.correlation == pytest.approx(1)
    assert found.nss == pytest.approx(np.sqrt(47))  # one part of 48 has it all
    assert found.centre_correlation < 0.3
    assert found.centre_nss < 0.3
    assert found.fixations == 1


def test_who_looks_at_the_middle_agrees_with_the_centre_rather():
    fall = np.zeros((6, 8))
    fall[0, 0] = 0.1

    found = against_fixations(Attribution(fall, 0.5), *looked_at(0.5, 0.5))

    assert found.correlation < 0 < found.centre_correlation
    assert found.nss < 0 < found.centre_nss


def test_an_attribution_without_strength_is_compared_with_nothing():
    found = against_fixations(Attribution(np.zeros((6, 8)), 0.5), *looked_at(0.5, 0.5))

    assert np.isnan(found.correlation)
    assert np.isnan(found.nss)
    assert found.centre_nss > 0


def test_one_part_is_no_map(detailed):
    with pytest.raises(ParameterError, match="2 parts"):
        part_by_part(detailed, fine_detail, parts=1)
