from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.maps import MapGrid, grid_histogram, heatmap
from napari_lesion_synth.perception.gaze.quality import GazeVerdict
from napari_lesion_synth.perception.gaze.samples import Fixation
from napari_lesion_synth.perception.gaze.scanpath import ScanpathFacts
from napari_lesion_synth.perception.regression.gaze_inputs import (
    GazeInputSettings,
    map_block,
    map_columns,
    scalar_block,
)
from napari_lesion_synth.perception.regression.grids import regridded
from napari_lesion_synth.perception.regression.looking import (
    Viewed,
    filled,
    looking_at,
    origin_block,
)

GRID = MapGrid(400, 300, 10)
GOOD = GazeVerdict(True, True, ())
BAD = GazeVerdict(False, True, ("the accuracy is 2.0°, worse than 1.5°",))


def at(x: float, y: float, seconds: float = 0.3) -> Fixation:
    return Fixation(0.0, seconds, x, y, 10, 0.1)


@settings(deadline=None, max_examples=60)
@given(
    hnp.arrays(
        np.float64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(0, 9)
    ),
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
def test_another_grid_keeps_the_sum_and_invents_nothing(plane, shape):
    found = regridded(plane, shape)

    assert found.shape == shape
    assert found.sum() == pytest.approx(plane.sum())
    assert found.min() >= -1e-12


def test_coarser_cells_hold_what_lies_in_them_and_finer_ones_their_share():
    plane = np.arange(24.0).reshape(4, 6)

    np.testing.assert_allclose(regridded(plane, (2, 3))[0, 0], plane[:2, :2].sum())
    np.testing.assert_allclose(regridded(plane, (8, 12))[:2, :2], plane[0, 0] / 4)
    np.testing.assert_allclose(regridded(plane, (4, 4)).sum(axis=1), plane.sum(axis=1))


def test_the_grid_histogram_of_a_narrow_map_is_that_of_the_fixations():
    path = (at(50, 40, 0.2), at(350, 40, 0.6), at(210, 160, 0.2))
    narrow = heatmap(path, MapGrid(400, 300, 2), (1.0, 1.0))

    values, names = map_columns(narrow, None, GazeInputSettings())

    np.testing.assert_allclose(values, grid_histogram(path, 400, 300, 4).ravel(), atol=1e-3)
    assert names[0] == "looking 0, 0"
    assert len(names) == 16


def test_pooling_weighs_patches_by_the_looking():
    patches = np.random.default_rng(0).random((6, 8, 3))
    looked = np.zeros((30, 40))
    looked[12, 22] = 2.0  # in the patch of row 2 and column 4

    values, _ = map_columns(looked, patches, GazeInputSettings(way="pooled"))

    np.testing.assert_allclose(values, patches[2, 4])


def test_both_ways_are_side_by_side():
    maps = [np.random.default_rng(k).random((30, 40)) for k in range(3)]
    patches = [np.random.default_rng(k).random((6, 8, 5)) for k in range(3)]

    block = map_block("gaze", maps, patches, GazeInputSettings(way="both", grid=5))

    assert block.numbers.shape == (3, 30)
    assert len(block.columns) == 30
    with pytest.raises(ParameterError, match="patches"):
        map_block("gaze", maps, None, GazeInputSettings(way="both"))
    with pytest.raises(ParameterError, match="nobody looked"):
        map_columns(np.zeros((3, 3)), None, GazeInputSettings())


def test_only_gaze_that_is_good_enough_makes_maps_and_the_reason_is_told():
    right, wrong = Viewed((at(350, 40),), "tracker", GOOD), Viewed((at(50, 40),), "tracker", BAD)

    look, reasons = looking_at([right, wrong], GRID, (10.0, 10.0))
    none, why = looking_at([wrong], GRID, (10.0, 10.0))

    assert look is not None
    assert look.viewers == 1
    assert look.weights[:, 20:].sum() > 0.99
    assert reasons == ("map features are off: the accuracy is 2.0°, worse than 1.5°",)
    assert none is None
    assert why == reasons


def test_viewers_count_alike_however_long_they_looked():
    short, long = (
        Viewed((at(100, 150, 0.2),), "tracker", GOOD),
        Viewed((at(300, 150, 5.0),), "tracker", GOOD),
    )

    look, _ = looking_at([short, long], GRID, (10.0, 10.0))

    assert look is not None
    assert look.weights[:, :20].sum() == pytest.approx(0.5, abs=1e-6)


def test_gaze_and_pointing_are_never_mixed():
    gaze, mouse = Viewed((at(1, 1),), "tracker", GOOD), Viewed((at(1, 1),), "bubble_click", GOOD)

    with pytest.raises(ParameterError, match="cannot be mixed"):
        looking_at([gaze, mouse], GRID, (10.0, 10.0))
    look, _ = looking_at([mouse], GRID, (10.0, 10.0))
    assert look is not None
    assert look.origin == "pointing"


def test_looks_beside_the_photo_make_no_map():
    look, reasons = looking_at([Viewed((at(-50, 40),), "tracker", GOOD)], GRID, (10.0, 10.0))

    assert look is None
    assert reasons == ("no fixation lies on the photo",)


def test_where_there_is_no_gaze_the_predicted_map_is_taken_and_marked():
    look, _ = looking_at([Viewed((at(350, 40),), "tracker", GOOD)], GRID, (10.0, 10.0))
    guess = np.ones((6, 8))

    looks, note = filled([look, None], [guess, guess])
    block = origin_block(looks)

    assert looks[0] is look
    assert looks[1].weights.shape == look.weights.shape
    assert note == "The map of 1 photo of 2 is predicted, not recorded."
    assert block is not None
    np.testing.assert_array_equal(block.numbers.ravel(), [0, 1])
    assert filled([look], [guess])[1] == ""
    assert origin_block(looks[:1]) is None


def test_figures_of_scanpaths_are_averages_over_viewers_and_gaps_are_filled():
    nan = float("nan")
    some = ScanpathFacts(4, 1.0, 0.25, 0.4, 0.2, 3.0, 9.0, 2.0, 2.0)
    more = ScanpathFacts(6, 2.0, 0.35, 0.6, nan, 5.0, 25.0, 4.0, 2.5)
    none = ScanpathFacts(0, 0.0, nan, nan, nan, nan, nan, nan, nan)

    block = scalar_block([[some, more], [none]])
    columns = dict(zip(block.columns, block.numbers.T, strict=True))

    assert columns["fixations"].tolist() == [5, 0]
    assert columns["first_latency_s"].tolist() == [0.2, 0.2]
    assert columns["mean_saccade_deg"].tolist() == [4, 4]
    with pytest.raises(ParameterError, match="no viewers"):
        scalar_block([[]])
