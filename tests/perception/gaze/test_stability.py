import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.maps import MapGrid, heatmap
from napari_lesion_synth.perception.gaze.samples import Fixation
from napari_lesion_synth.perception.gaze.stability import half_against_half, viewers_needed


def _viewers(rng, n, places, fixations=6):
    """Viewers who look at random at some of the same places."""
    maps = []
    for _ in range(n):
        chosen = places[rng.integers(0, len(places), fixations)]
        path = tuple(Fixation(i, 0.25, x, y, 1, 0) for i, (x, y) in enumerate(chosen))
        maps.append(heatmap(path, MapGrid(200, 100, 5), (8, 8)))
    return np.stack(maps)


def test_more_viewers_agree_more():
    rng = np.random.default_rng(0)
    maps = _viewers(rng, 24, rng.uniform(0, 100, (5, 2)))
    agreement = {k: half_against_half(maps, k, rng) for k in (1, 3, 6, 12)}
    values = list(agreement.values())
    assert values == sorted(values)
    assert values[0] < 0.9 < values[-1]
    needed = viewers_needed(agreement, 0.9)
    assert agreement[needed] >= 0.9


def test_viewers_who_look_alike_agree_at_once():
    rng = np.random.default_rng(0)
    maps = np.repeat(_viewers(rng, 1, np.array([[50.0, 50.0]])), 4, axis=0)
    assert half_against_half(maps, 1, rng) == pytest.approx(1)


def test_those_who_did_not_look_are_left_out():
    rng = np.random.default_rng(0)
    maps = np.repeat(_viewers(rng, 1, np.array([[50.0, 50.0]])), 4, axis=0)
    maps[2:] = 0
    assert half_against_half(maps, 1, rng) == pytest.approx(1)
    assert np.isnan(half_against_half(maps, 2, rng))


def test_what_is_never_reached_takes_nobody_knows_how_many():
    assert viewers_needed({1: 0.3, 5: 0.6}, 0.9) is None
    assert viewers_needed({1: 0.3, 5: 0.6, 9: 0.95}, 0.6) == 5


def test_no_viewers_make_no_map():
    with pytest.raises(ParameterError):
        half_against_half(np.ones((4, 2, 2)), 0, np.random.default_rng(0))
