"""The drawing of a curve: what stands in it, and where."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

from napari_lesion_synth.evaluation.drawing.froc_svg import froc_svg
from napari_lesion_synth.evaluation.froc import RATES, froc
from napari_lesion_synth.evaluation.statistics.bootstrap import bootstrap

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def curve(result):
    """Two CTs, four lesions of which three are found, two false alarms in all."""
    return froc(
        [
            result([0.9, 0.5], [0.7], patient="a", case="1"),
            result([0.8, None], [0.4], patient="b", case="2"),
        ]
    )


def drawn(curve, intervals=()):
    return ET.fromstring(froc_svg(curve, intervals))


def words(svg) -> str:
    return " ".join(text.text for text in svg.iter(f"{SVG}text"))


def corners(svg) -> list[tuple[float, float]]:
    (line,) = svg.iter(f"{SVG}polyline")
    return [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]


def test_the_hit_rule_and_the_numbers_stand_below(curve):
    text = words(drawn(curve))
    assert "2 CTs of 2 patients, 4 lesions." in text
    for word in curve.rule.split():
        assert word in text


def test_both_axes_are_named_and_all_seven_rates(curve):
    text = words(drawn(curve))
    assert "false alarms per CT" in text
    assert "sensitivity" in text
    for name in ("1/8", "1/4", "1/2", "1", "2", "4", "8"):
        assert f" {name} " in text


def test_the_curve_is_a_step_that_never_falls(curve):
    places = corners(drawn(curve))
    assert all(a[0] <= b[0] and a[1] >= b[1] for a, b in pairwise(places))
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(places))


def test_a_point_stands_at_each_rate_and_is_hollow_where_the_curve_has_ended(curve):
    marks = list(drawn(curve).iter(f"{SVG}circle"))
    assert len(marks) == len(RATES)
    assert [mark.get("fill") == "none" for mark in marks] == [
        not point.reached for point in curve.points()
    ]
    assert "ends at 1 false alarms per CT" in words(drawn(curve))


def test_points_lie_on_the_curve(curve):
    svg = drawn(curve)
    places = corners(svg)
    for mark in list(svg.iter(f"{SVG}circle"))[:4]:
        x, y = float(mark.get("cx")), float(mark.get("cy"))
        before = [place for place in places if place[0] <= x + 0.1]
        assert before[-1][1] == pytest.approx(y, abs=0.1)


def test_bars_are_drawn_where_there_are_intervals(simulated):
    curve = froc(simulated(np.random.default_rng(0), 12))
    intervals = bootstrap(
        curve.counts.sensitivities(RATES), np.random.default_rng(0), resamples=100
    )
    without = len(list(drawn(curve).iter(f"{SVG}line")))
    assert len(list(drawn(curve, intervals).iter(f"{SVG}line"))) == without + 3 * len(RATES)
    assert "patients drawn again" in words(drawn(curve, intervals))


@pytest.mark.parametrize("hits", [[None], []])
def test_nothing_found_or_nothing_to_find_is_drawn_too(result, hits):
    assert "lesion" in words(drawn(froc([result(hits)])))


def test_it_refers_to_nothing_outside_and_runs_nothing(curve):
    text = froc_svg(curve)
    assert not re.search(r"href|<script|<style|url\(", text)


def test_what_the_bars_rest_on_is_said(curve):
    bars = bootstrap(curve.counts.sensitivities(RATES), np.random.default_rng(0))
    assert "patients drawn again" in words(drawn(curve, bars))
    text = words(ET.fromstring(froc_svg(curve, bars, basis="exact")))
    assert "each rate by itself, exact." in text
    assert "drawn again" not in text
