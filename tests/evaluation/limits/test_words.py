"""A map in words that claim no more than the numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.evaluation.limits.analysis import analyse
from napari_lesion_synth.evaluation.limits.contours import Limit, Reach
from napari_lesion_synth.evaluation.limits.design import Shortage
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.limits.words import (
    cautions,
    contrast_words,
    difference_sentence,
    limit_words,
    map_notes,
    operating_words,
    panel_sentence,
    reference_contrast,
)

from .limit_maps import GRID, RULE, Known, insertions, searched, untouched

IN, OUT, UNDER = Reach.WITHIN, Reach.BEYOND, Reach.BELOW


def map_of(known=None, *, draws=60, grid=GRID, change=lambda row: row, **about):
    rows = [change(row) for row in insertions(known or Known(), np.random.default_rng(0), grid)]
    return analyse(rows, searched(grid, **about), draws=draws)


@pytest.fixture(scope="module")
def made():
    return map_of()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(9.13, IN, 7.9, IN, 10.6, IN), "9.1 mm (7.9 to 11)"),
        (Limit(9.13, IN, 5, UNDER, 40, OUT), "9.1 mm (below 5 to above 40)"),
        (Limit(40, OUT, 33.2, IN, 40, OUT), "above 40 mm (33 to above 40)"),
        (Limit(40, OUT, 40, OUT, 40, OUT), "above 40 mm"),
        (Limit(5, UNDER, 5, UNDER, 5, UNDER), "below 5 mm"),
    ],
)
def test_a_limit_is_told_with_its_interval_or_as_outside_of_the_grid(limit, words):
    assert limit_words(limit, "mm", grid=(5, 40)) == words


def test_contrasts_are_signed():
    assert (contrast_words(-30.0), contrast_words(45.0)) == ("−30 HU", "+45 HU")


def test_the_sentence_is_of_the_contrast_that_metastases_have(made):
    assert reference_contrast(made) == -40

    words = panel_sentence(made, "sigmoid", "rim")

    limit = made.fits["sigmoid"].diameter_limit("rim", -40, 0.9)
    assert words.startswith("Of lesions of −40 HU: half are found from ")
    assert f"9 of 10 are found from {limit.value:.0f} mm on ({limit.low:.0f} to " in words


def test_what_is_never_found_is_told_as_such():
    words = panel_sentence(map_of(Known(rim=-15, deep=-15)), "sigmoid", "rim")

    assert words == (
        "Of lesions of −40 HU: half are not found, even at 40 mm; 9 of 10 are not found, even at "
        "40 mm."
    )


def test_what_is_always_found_is_told_as_such():
    words = panel_sentence(map_of(Known(rim=15, deep=15, lapse=0)), "sigmoid", "deep")

    assert "half are found at 5 mm already" in words


def test_a_depth_without_lesions_says_so():
    made = map_of(change=lambda row: replace(row, problem="x") if row.band == "deep" else row)

    assert panel_sentence(made, "sigmoid", "deep") == "Nothing could be measured here."


def test_the_price_of_the_threshold_is_named():
    words = operating_words(map_of(untouched=(untouched((0.9, 0.8)),), own_threshold=False))

    assert "score 0.5 or more count (as given)" in words
    assert (
        "2 false alarms in this CT without the synthetic lesions, 2 per CT (0.24 to 7.2)" in words
    )


def test_false_alarms_that_may_be_lesions_are_told():
    assert "lesions that the CT has are not known" in operating_words(map_of(known_lesions=False))


def test_the_notes_name_the_rule_the_chance_and_the_limits_of_it(made):
    words = " ".join(map_notes(made))

    for part in (
        RULE.text,
        "At 0 % of the places (0 to 3 %)",
        "One CT is one patient",
        "not lesions",
    ):
        assert part in words


def test_several_cts_are_not_called_one():
    two = map_of(untouched=(untouched(), untouched(patient="other")))

    assert "One CT is one patient" not in " ".join(map_notes(two))
    assert "the 2 CTs" in operating_words(two)


def test_a_plain_map_needs_no_caution(made):
    assert cautions(made) == []


def test_what_is_missing_is_told():
    short = Shortage("deep", 40.0, 0, "the organ is 31 mm deep")
    made = map_of(
        copies=7,
        copies_planned=10,
        shortages=(("ct", short),),
        change=lambda row: replace(row, problem="no donor") if row.spot == 3 else row,
    )

    told = cautions(made)

    assert told[0].startswith("Only 7 of 10 copies")
    assert told[1] == "ct, 40 mm, deep: the organ is 31 mm deep (not measurable)."
    assert told[2].startswith("5 lesions of 600 could not be made")
    assert "no donor" in told[2]


def test_a_surface_that_does_not_fit_is_told():
    made = map_of(
        Known(rim=3, deep=3),
        change=lambda row: replace(row, score=None) if row.diameter_mm > 20 else row,
    )

    assert any("read the cells, not the lines" in line for line in cautions(made))


def test_lapses_are_told():
    grid = LimitSettings(repeats=30)
    made = map_of(Known(rim=4, deep=4, lapse=0.25), grid=grid, draws=5)

    assert any("missed by this fit however large" in line for line in cautions(made))


def test_two_methods_are_compared_in_a_sentence():
    grid = LimitSettings(methods=("sigmoid", "cgan"), repeats=4)
    (each,) = map_of(grid=grid, draws=5).differences

    words = difference_sentence(each)

    assert words.startswith("sigmoid less cgan: ")
    assert "of 240 lesions at the same places and contrasts" in words
    empty = replace(each, pairs=0)
    assert difference_sentence(empty) == "sigmoid and cgan: nothing to compare."
