"""The drawing of a map: what stands in it, and where."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.evaluation.limits.analysis import analyse
from napari_lesion_synth.evaluation.limits.panel import CONTOURS, Panel, cell_color
from napari_lesion_synth.evaluation.limits.reader_limit import ReaderLimit
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.limits.svg import limit_svg

from .limit_maps import GRID, RULE, Known, insertions, searched

SVG = "{http://www.w3.org/2000/svg}"
NONE = "#f1f1ef"


def map_of(grid=GRID, change=lambda row: row, known=None, **about):
    rows = [change(row) for row in insertions(known or Known(), np.random.default_rng(0), grid)]
    return analyse(rows, searched(grid, **about), draws=60)


@pytest.fixture(scope="module")
def made():
    return map_of()


def drawn(made, readers=()):
    return ET.fromstring(limit_svg(made, readers))


def words(svg) -> str:
    return " ".join("".join(each.itertext()) for each in svg.iter(f"{SVG}text"))


def lines(svg, color) -> list[list[tuple[float, float]]]:
    return [
        [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
        for line in svg.iter(f"{SVG}polyline")
        if line.get("stroke") == color
    ]


def test_rule_threshold_and_false_alarms_stand_on_it(made):
    text = words(drawn(made))

    for word in RULE.text.split():
        assert word in text
    assert "threshold of 0.5" in text
    assert "1 false alarm per CT (0.025 to 5.6)" in text
    assert "not a medical device" in text


def test_both_axes_have_names_and_units_and_every_value(made):
    text = words(drawn(made))

    assert "diameter, mm" in text
    assert "contrast to the organ, HU" in text
    for value in ("5", "8", "12", "18", "27", "40", "−10", "−15", "−25", "−40", "−60"):
        assert f" {value} " in text


def test_every_cell_shows_found_of_made_in_a_colour_that_says_the_same(made):
    svg = drawn(made)
    squares = [rect for rect in svg.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    numbers = [
        each.text for each in svg.iter(f"{SVG}text") if re.fullmatch(r"\d+/\d+", each.text or "")
    ]

    assert len(squares) == len(numbers) == len(made.cells)
    for each, square in zip(made.cells, sorted(squares, key=_order(made)), strict=True):
        assert square.get("fill") == cell_color(each.share.value)
        assert f"{each.found} of {each.made} found" in square.find(f"{SVG}title").text
    assert sorted(numbers) == sorted(f"{each.found}/{each.made}" for each in made.cells)


def _order(made):
    """Squares in the order of the cells: by panel, then by diameter, then by contrast."""
    half = 76 + 352 + 20

    def key(rect):
        x, y = float(rect.get("x")), float(rect.get("y"))
        return x > half, x, -y

    return key


def test_the_contours_run_from_upper_left_to_lower_right_in_each_panel(made):
    svg = drawn(made)

    for style in CONTOURS.values():
        own = [line for line in lines(svg, style.color) if len(line) > 2]
        assert len(own) == 2
        for line in own:
            x, y = np.array(line).T
            assert (np.diff(x) > 0).all()
            assert (np.diff(y) >= 0).all()


def test_a_point_of_the_contour_lies_where_the_axes_say(made):
    panel = Panel(100, 50, GRID.diameters_mm, GRID.contrasts_hu)

    assert panel.x(np.array([5.0, 40.0])) == pytest.approx(
        [100 + panel.cell_width / 2, 100 + panel.width - panel.cell_width / 2]
    )
    assert panel.y(np.array([10.0, 60.0])) == pytest.approx([panel.bottom - 20, 50 + 20])
    assert panel.x(np.array([np.sqrt(8 * 12)])) == pytest.approx([100 + 2 * panel.cell_width])


def test_no_contour_is_drawn_outside_of_what_was_measured():
    made = map_of(
        change=lambda row: (
            replace(row, problem="no room") if row.band == "deep" and row.diameter_mm > 18 else row
        )
    )

    svg = drawn(made)
    hatched = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("fill") == NONE]
    right = min(float(rect.get("x")) for rect in hatched if float(rect.get("y")) > 30)

    for style in CONTOURS.values():
        deep = max(lines(svg, style.color), key=lambda line: line[0][0])
        assert max(x for x, _ in deep) < right
    assert "not measured: no room, or not made" in words(svg)


def test_a_map_of_which_all_was_measured_has_no_hatching(made):
    svg = drawn(made)

    assert not [rect for rect in svg.iter(f"{SVG}rect") if rect.get("fill") == NONE]
    assert "not measured" not in words(svg)


def test_where_nothing_is_found_there_are_no_lines():
    svg = drawn(map_of(known=Known(rim=-15, deep=-15)))

    for style in CONTOURS.values():
        assert all(len(line) == 2 for line in lines(svg, style.color))  # the legend's


def test_a_readers_curve_stands_beside_and_is_named(made):
    reader = ReaderLimit("Reader, 50 %", (4, 10, 50), (50, 20, 12), (40, 15, 10), (60, 25, 15))
    deep = replace(reader, name="Deep reader", band="deep")

    plain, both = drawn(made), drawn(made, [reader, deep])

    more = len(list(both.iter(f"{SVG}polyline"))) - len(list(plain.iter(f"{SVG}polyline")))
    assert more == 2 * 2 + 2 * 1 + 2  # white beneath, in two panels and in one; the legend
    assert "Reader, 50 %" in words(both)
    assert "Deep reader" in words(both)


@pytest.mark.parametrize(
    "grid",
    [
        LimitSettings(repeats=2, methods=("sigmoid", "poisson", "cgan"), depth_edges_mm=(5, 15)),
        LimitSettings(repeats=2, diameters_mm=(5, 10), contrasts_hu=(20, 40), depth_edges_mm=()),
    ],
)
def test_other_grids_are_drawn_too(grid):
    rows = [
        replace(row) for row in insertions(Known(), np.random.default_rng(0), grid_of_known(grid))
    ]
    made = analyse(rows, searched(grid_of_known(grid)), draws=20)

    svg = drawn(made)

    width = float(svg.get("width"))
    assert all(float(text.get("x", 0)) < width for text in svg.iter(f"{SVG}text"))
    if len(grid.methods) > 1:
        assert "Rim, poisson" in words(svg)


def grid_of_known(grid):
    """The simulated detector knows two depths: of other bands the deep one."""
    return grid.model_copy(update={"depth_edges_mm": (5.0,)})


def test_an_empty_map_is_drawn_too():
    text = words(drawn(analyse([], searched())))

    assert "Nothing could be measured here." in text


def test_it_refers_to_nothing_outside_and_runs_nothing(made):
    assert not re.search(r"href|<script|<style|url\(", limit_svg(made))


def test_colours_grow_darker_with_the_share():
    light = [
        sum(int(cell_color(s)[k : k + 2], 16) for k in (1, 3, 5)) for s in np.linspace(0, 1, 9)
    ]

    assert (np.diff(light) < 0).all()
