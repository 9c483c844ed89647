from __future__ import annotations

import pytest

from napari_lesion_synth.widgets.review.counting import Count, interval_text, starved


def test_an_interval_in_words():
    assert interval_text(Count(20, 10, 5)) == (
        "5 of 10 judged lesions accepted; the true share is between 24 % and 76 % "
        "(95 % Wilson interval)"
    )
    assert interval_text(Count(20)) == "20 lesions, none judged yet"


@pytest.mark.parametrize(
    ("scored", "passing", "expected"), [(100, 9, True), (100, 10, False), (0, 0, False)]
)
def test_a_zone_is_starved_below_a_tenth(scored, passing, expected):
    assert starved(Count(200, scored=scored, passing=passing)) is expected
