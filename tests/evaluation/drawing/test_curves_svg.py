"""Several curves in one drawing."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.drawing.curves_svg import curves_svg
from napari_lesion_synth.evaluation.froc import froc
from napari_lesion_synth.evaluation.rule import HitRule

SVG = "{http://www.w3.org/2000/svg}"


def words(svg) -> str:
    return " ".join(text.text for text in svg.iter(f"{SVG}text"))


def test_each_curve_is_named_and_the_rule_stands_below(result):
    one = froc([result([0.9, None], [0.5])])
    other = froc([result([0.4, 0.3], [0.8, 0.2])])
    svg = ET.fromstring(curves_svg({"ours <1>": one, "theirs": other}))
    text = words(svg)
    assert "ours <1>" in text
    assert "theirs" in text
    for word in one.rule.split():
        assert word in text
    lines = list(svg.iter(f"{SVG}polyline"))
    assert len(lines) == 4  # a curve and its sample in the key, twice
    assert len({line.get("stroke") for line in lines}) == 2
    assert len({line.get("stroke-dasharray") for line in lines}) == 2


def test_curves_without_lesions_are_named_and_not_drawn(result):
    curve = froc([result([], [0.5])])
    svg = ET.fromstring(curves_svg({"a": curve, "b": curve}))
    assert len(list(svg.iter(f"{SVG}polyline"))) == 2  # in the key


def test_curves_of_different_rules_are_not_laid_over_each_other(result):
    one = result([0.9])
    other = froc([replace(one, rule=HitRule(kind="iou"))])
    with pytest.raises(ParameterError, match="different rules"):
        curves_svg({"a": froc([one]), "b": other})
    with pytest.raises(ParameterError, match="no curve"):
        curves_svg({})
