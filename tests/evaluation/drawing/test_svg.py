"""Parts of drawings, and how things are told apart in them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from napari_lesion_synth.evaluation.drawing import svg

NAMES = ["one", "two", "three", "four", "five"]
LIGHT, DARK = "#ffffff", "#16181b"
"""Papers of the page."""


def luminance(color: str) -> float:
    """Relative luminance of sRGB, as WCAG 2 has it."""
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_five_things_and_a_plain_one_differ_in_colour_and_in_shape():
    looks = svg.styles(["plain", *NAMES], plain="plain")
    assert len({look.color for look in looks.values()}) == 6
    assert len({look.shape for look in looks.values()}) == 6
    assert looks["plain"] == svg.PLAIN


@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_colours_stand_out_from_a_light_page_and_from_a_dark_one(paper):
    for look in svg.styles(NAMES).values():
        assert contrast(look.color, paper) >= 3


def test_every_shape_can_be_drawn_full_and_hollow():
    for look in svg.styles([*NAMES, "plain"], plain="plain").values():
        full, hollow = (svg.mark(10, 10, look, hollow=hollow) for hollow in (False, True))
        assert "none" in hollow
        assert look.shape == "cross" or full != hollow
        ET.fromstring(full)


def test_words_are_escaped():
    drawn = svg.element(10, 10, "a < b", [svg.text(0, 0, "c & d"), svg.upright(0, 0, "<e>")])
    root = ET.fromstring(drawn)
    assert "".join(root.itertext()).split() == ["a", "<", "b", "c", "&", "d", "<e>"]


def test_as_a_file_it_has_ink_and_paper_of_its_own():
    root = ET.fromstring(svg.free_standing(svg.element(10, 10, "t", [])))
    assert root.get("color") == "#1d1f23"
    assert root[0].get("fill") == "#ffffff"


def test_long_names_lose_their_middle():
    assert svg.elided("short", 5) == "short"
    assert svg.elided("abcdefghij", 5) == "ab\N{HORIZONTAL ELLIPSIS}ij"
