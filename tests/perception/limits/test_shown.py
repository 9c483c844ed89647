from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.limits.dose import DoseCurve
from napari_lesion_synth.perception.limits.safe_range import safe_range
from napari_lesion_synth.perception.limits.shown import Shown, shown_by


def curve(low: float, freedom: float = 11.0) -> DoseCurve:
    """Worse by 0.02 a degree to the right, by 0.01 to the left."""
    magnitudes = np.linspace(low, 20, 401)
    away = np.abs(magnitudes)
    mean = -np.where(magnitudes > 0, 0.02, 0.01) * away
    return DoseCurve(
        "rotate", "ramen", "utility", magnitudes, mean, 0.002 * away, 0.0 * away, freedom
    )


def test_each_direction_is_told_with_the_change_at_its_own_limit():
    one = curve(-20)
    left, right = shown_by(one, safe_range(one, 0.25), "degrees")

    assert (left.limit, left.end) == (pytest.approx(-18.4, abs=0.1), -20)
    assert (right.limit, right.end) == (pytest.approx(10.6, abs=0.1), 20)
    for each in (left, right):
        assert each.change.low == pytest.approx(-0.25, abs=1e-3)
        assert each.change.high < 0
    assert "From 0 to -18.4 of -20 degrees" in left.words
    assert "within ±0.25 utility" in right.words
    assert "TOST at 5 %" in right.words
    assert "12 raters as clusters" in right.words


def test_one_direction_that_was_not_tried_is_not_told():
    one = curve(0)
    (right,) = shown_by(one, safe_range(one, 0.25), "degrees")

    assert right.limit > 0


def test_fewer_raters_show_less():
    limits = [next(shown_by(c, safe_range(c, 0.25), "")).limit for c in (curve(0), curve(0, 2.0))]

    assert limits[1] < 0.95 * limits[0]


def test_a_direction_of_which_nothing_is_shown_says_so():
    nothing = Shown(0.0, -2.0, Interval(0.0, 0.0, 0.0), 0.25, "logits", "steps", 12)
    assert nothing.words.startswith("Towards -2 steps, no magnitude is shown to change less")
