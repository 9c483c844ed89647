import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.maps import (
    CentrePrior,
    MapGrid,
    grid_histogram,
    heatmap,
    in_photo,
)
from napari_lesion_synth.perception.gaze.samples import Fixation


def _path(*points):
    """Points of x, y and seconds."""
    return tuple(Fixation(i, s, x, y, 1, 0) for i, (x, y, s) in enumerate(points))


paths = st.lists(
    st.tuples(st.floats(-50, 250), st.floats(-50, 150), st.floats(0.05, 2)), max_size=8
).map(lambda points: _path(*points))


def test_a_fixation_makes_a_gaussian_of_the_width_asked_for():
    grid = MapGrid(200, 100)
    heat = heatmap(_path((100, 50, 1)), grid, (10, 5))
    columns, rows = grid.centres
    assert heat.shape == (100, 200)
    assert np.average(columns, weights=heat.sum(0)) == pytest.approx(100)
    assert np.sqrt(np.average((columns - 100) ** 2, weights=heat.sum(0))) == pytest.approx(10)
    assert np.sqrt(np.average((rows - 50) ** 2, weights=heat.sum(1))) == pytest.approx(5)


def test_the_map_is_a_smoothed_picture_of_the_fixations():
    path = _path((40.5, 30.5, 0.2), (150.5, 70.5, 0.6))
    impulses = np.zeros((100, 200))
    impulses[30, 40], impulses[70, 150] = 0.2, 0.6
    expected = ndimage.gaussian_filter(impulses, 4, truncate=8, mode="constant")
    heat = heatmap(path, MapGrid(200, 100), (4, 4))
    assert heat == pytest.approx(expected / expected.sum(), abs=1e-9)


def test_long_fixations_weigh_more_unless_they_are_counted():
    path, grid = _path((50, 50, 0.1), (150, 50, 0.3)), MapGrid(200, 100)
    left = [heatmap(path, grid, (5, 5), how)[:, :100].sum() for how in ("duration", "count")]
    assert left == pytest.approx([0.25, 0.5])


def test_a_coarse_map_is_the_fine_one_seen_from_afar():
    path = _path((60, 40, 1), (130, 55, 0.5))
    fine = heatmap(path, MapGrid(200, 100), (12, 12))
    coarse = heatmap(path, MapGrid(200, 100, 4), (12, 12))
    pooled = fine.reshape(25, 4, 50, 4).sum(axis=(1, 3))
    assert np.abs(coarse - pooled).max() < 0.01 * pooled.max()


@given(paths, st.integers(1, 7))
def test_maps_and_histograms_are_shares(path, size):
    looked = in_photo(path, 200, 100)
    total = 1 if looked else 0
    heat = heatmap(path, MapGrid(200, 100, 5), (8, 8))
    parts = grid_histogram(path, 200, 100, size)
    assert heat.sum() == pytest.approx(total)
    assert parts.sum() == pytest.approx(total)
    assert heat.min() >= 0
    assert np.array_equal(heat, heatmap(looked, MapGrid(200, 100, 5), (8, 8)))


def test_the_grid_counts_rows_from_the_top():
    parts = grid_histogram(_path((10, 10, 0.3), (190, 90, 0.1), (200, 100, 0.1)), 200, 100, 4)
    assert parts[0, 0] == pytest.approx(0.6)
    assert parts[3, 3] == pytest.approx(0.4), "the edge belongs to the last part"


def test_what_lies_beside_the_photo_does_not_count():
    beside = _path((-1, 50, 1), (100, 101, 1))
    assert in_photo(beside, 200, 100) == ()
    assert heatmap(beside, MapGrid(200, 100, 5), (8, 8)).sum() == 0


def test_cells_hold_their_points():
    row, column = MapGrid(10, 7, 3).cells(np.array([0, 2.9, 3.0, 10.0]), np.array([0, 0, 6, 7]))
    assert MapGrid(10, 7, 3).shape == (3, 4)
    assert (row.tolist(), column.tolist()) == ([0, 0, 2, 2], [0, 0, 1, 3])


def test_the_centre_prior_is_the_gaussian_of_other_photos_fixations():
    rng = np.random.default_rng(0)
    points = [(x, y, 0.2) for x, y in rng.normal((110, 45), (20, 10), (4000, 2))]
    prior = CentrePrior.fitted([_path(*points[:2000]), _path(*points[2000:])], 200, 100)
    assert prior.mean == pytest.approx((0.55, 0.45), abs=0.005)
    assert prior.spread == pytest.approx((0.1, 0.1), abs=0.004)
    field = prior.map(MapGrid(200, 100))
    assert field.sum() == pytest.approx(1)
    assert np.unravel_index(field.argmax(), field.shape) == pytest.approx((45, 110), abs=1)


def test_impossible_maps_are_refused():
    with pytest.raises(ParameterError):
        MapGrid(0, 10)
    with pytest.raises(ParameterError, match="width"):
        heatmap((), MapGrid(10, 10), (0, 1))
    with pytest.raises(ParameterError, match="grid"):
        grid_histogram((), 10, 10, 0)
    with pytest.raises(ParameterError, match="fixations"):
        CentrePrior.fitted([()], 10, 10)
