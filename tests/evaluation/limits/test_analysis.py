"""The whole map: counts, chance, false alarms, methods beside each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.analysis import analyse
from napari_lesion_synth.evaluation.limits.design import Shortage
from napari_lesion_synth.evaluation.limits.settings import Cell, LimitSettings
from napari_lesion_synth.intervals import wilson

from .limit_maps import Known, insertions, searched, untouched

GRID = LimitSettings(methods=("sigmoid", "poisson"), repeats=6)


def rows_of(known=None, seed=0):
    return insertions(known or Known(), np.random.default_rng(seed), GRID)


@pytest.fixture(scope="module")
def made():
    return analyse(rows_of(), searched(GRID), draws=60)


def test_every_cell_has_its_counts_and_wilsons_interval(made):
    assert [each.cell for each in made.cells] == [*GRID.cells]
    for each in made.cells:
        assert each.made == GRID.repeats
        assert each.share == wilson(each.found, each.made)


def test_a_cell_without_a_lesion_is_not_measurable_and_not_0(made):
    cell = Cell("sigmoid", "deep", 40.0, -25.0)
    rows = [row for row in made.insertions if row.diameter_mm != 40 or row.band != "deep"]
    short = Shortage("deep", 40.0, 0, "the organ is 31 mm deep")

    without = analyse(rows, searched(GRID, shortages=(("ct", short),)), draws=20).cell(cell)

    assert (without.made, without.share) == (0, None)
    assert without.problem == "the organ is 31 mm deep"


def test_a_lesion_that_was_not_made_is_told_and_not_counted():
    rows = rows_of()
    cell = rows[0].cell
    rows[0] = replace(rows[0], problem="it would run into another lesion of the copy")

    each = analyse(rows, searched(GRID), draws=20).cell(cell)

    assert each.made == GRID.repeats - 1
    assert each.problem == "it would run into another lesion of the copy"


def test_false_alarms_are_those_of_the_untouched_cts_at_the_threshold():
    cts = (untouched((0.9, 0.6, 0.2)), untouched((0.7,), "other"))

    at = [
        analyse(rows_of(), searched(GRID, untouched=cts, threshold=t), draws=5).false_alarms.value
        for t in (0.5, 0.65, 0.1)
    ]

    assert at == [1.5, 1.0, 2.0]


def test_chance_is_the_share_of_places_and_not_of_lesions():
    rows = rows_of(Known(chance=0.3))
    struck = {row.spot for row in rows if row.by_chance(0.5)}

    chance = analyse(rows, searched(GRID), draws=5).chance

    assert chance == wilson(len(struck), len({row.spot for row in rows}))


def test_methods_that_find_alike_differ_by_little(made):
    (each,) = made.differences

    assert (each.one, each.other) == ("sigmoid", "poisson")
    assert each.pairs == 2 * 6 * 5 * GRID.repeats
    assert each.difference.low <= 0 <= each.difference.high
    found = {m: sum(c.found for c in made.cells if c.cell.method == m) for m in GRID.methods}
    assert each.only_one - each.only_other == found["sigmoid"] - found["poisson"]
    assert each.difference.value == pytest.approx((each.only_one - each.only_other) / each.pairs)


def test_a_method_that_is_harder_to_find_is_told():
    rng = np.random.default_rng(1)
    rows = [
        replace(row, score=None) if row.method == "poisson" and rng.random() < 0.3 else row
        for row in rows_of()
    ]

    (each,) = analyse(rows, searched(GRID), draws=5).differences

    assert each.difference.low > 0


def test_a_method_with_hardly_any_lesion_has_counts_and_no_surface():
    rows = [row for row in rows_of() if row.method == "sigmoid" or row.spot == 0]

    made = analyse(rows, searched(GRID), draws=5)

    assert [*made.fits] == ["sigmoid"]
    assert sum(each.made for each in made.cells if each.cell.method == "poisson") == 5


def test_the_same_rows_and_seed_give_the_same_map(made):
    again = analyse(rows_of(), searched(GRID), draws=60)

    assert again.differences == made.differences
    assert again.fits["sigmoid"].diameter_limit("rim", -25, 0.5) == made.fits[
        "sigmoid"
    ].diameter_limit("rim", -25, 0.5)


def test_a_lesion_of_another_grid_is_refused():
    with pytest.raises(ParameterError, match="7 mm and -25 HU at the rim is not on the grid"):
        analyse([replace(rows_of()[0], diameter_mm=7, contrast_hu=-25)], searched(GRID))


def test_without_a_ct_there_is_no_map():
    with pytest.raises(ParameterError, match="no CT was searched"):
        analyse([], searched(GRID, untouched=()))


def test_without_an_insertion_there_is_an_empty_map():
    made = analyse([], searched(GRID))

    assert (made.fits, made.chance) == ({}, None)
    assert all(each.share is None for each in made.cells)
