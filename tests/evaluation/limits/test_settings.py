"""The grid of a detection-limit map: what may be asked for, and how its depths are called."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from napari_lesion_synth.evaluation.limits.settings import LimitSettings


def test_one_edge_parts_the_rim_from_the_deep():
    rim, deep = LimitSettings(depth_edges_mm=(5,)).bands

    assert (rim.name, rim.high_mm, deep.name, deep.low_mm) == ("rim", 5, "deep", 5)
    assert rim.text == "surface less than 5 mm from the capsule"
    assert deep.text == "surface 5 mm or more from the capsule"


def test_more_edges_give_bands_in_between():
    names = [band.name for band in LimitSettings(depth_edges_mm=(5, 15, 25)).bands]

    assert names == ["rim", "5 to 15 mm", "15 to 25 mm", "deep"]


def test_without_an_edge_all_depths_are_one():
    (band,) = LimitSettings(depth_edges_mm=()).bands

    assert band.holds(0)
    assert band.holds(1e9)
    assert band.text == "any depth"


@pytest.mark.parametrize("edges", [(), (5,), (5, 15), (2, 7, 30)])
def test_every_depth_lies_in_one_band(edges):
    bands = LimitSettings(depth_edges_mm=edges).bands

    for depth in (0.0, 1.9, 2.0, 4.99, 5.0, 14.0, 29.9, 30.0, 60.0):
        assert sum(band.holds(depth) for band in bands) == 1


def test_every_combination_is_a_cell():
    grid = LimitSettings(methods=("sigmoid", "cgan"), depth_edges_mm=(5, 10))

    assert len({*grid.cells}) == len(grid.cells) == 2 * 3 * 6 * 5


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"diameters_mm": (8, 5)}, "must grow"),
        ({"diameters_mm": (5, 5)}, "must grow"),
        ({"diameters_mm": (5,)}, "at least 2"),
        ({"depth_edges_mm": (10, 5)}, "must grow"),
        ({"contrasts_hu": (-20, 20)}, "all be brighter"),
        ({"contrasts_hu": (0, 20)}, "not 0"),
        ({"contrasts_hu": (-40, -20)}, "grow in size"),
        ({"methods": ("magic",)}, "no synthesis method 'magic'"),
        ({"methods": ("sigmoid", "sigmoid")}, "named twice"),
        ({"methods": ()}, "at least 1"),
        ({"repeats": 0}, "greater than or equal to 1"),
        ({"sites": 3}, "not permitted"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused_in_words(asked, complaint):
    with pytest.raises(ValidationError, match=complaint):
        LimitSettings(**asked)


def test_bright_lesions_may_be_asked_for():
    assert LimitSettings(contrasts_hu=(10, 20)).contrasts_hu == (10, 20)
