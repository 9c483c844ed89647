"""Photos stand beside one another, whole, on device pixels."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.widgets.study.participant.places import places

pytestmark = pytest.mark.gui

side = st.integers(64, 4000)
sizes = st.lists(st.tuples(side, side), min_size=1, max_size=6)
windows = st.tuples(st.integers(640, 3840), st.integers(480, 2160))
ratios = st.sampled_from([1.0, 1.25, 1.5, 2.0])


@settings(max_examples=40, deadline=None)
@given(sizes, windows, ratios)
def test_photos_lie_in_the_window_and_not_on_one_another(sizes, window, ratio):
    rects = places(sizes, window, ratio)
    assert len(rects) == len(sizes)
    for number, rect in enumerate(rects):
        assert rect.left() >= 0
        assert rect.top() >= 0.05 * window[1]
        assert rect.right() <= window[0]
        assert rect.bottom() <= 0.8 * window[1]
        assert not any(rect.intersects(other) for other in rects[number + 1 :])


@settings(max_examples=40, deadline=None)
@given(sizes, windows, ratios)
def test_edges_lie_on_device_pixels(sizes, window, ratio):
    for rect in places(sizes, window, ratio):
        for edge in (rect.left(), rect.top(), rect.width(), rect.height()):
            assert abs(edge * ratio - round(edge * ratio)) < 1e-6


@settings(max_examples=40, deadline=None)
@given(st.tuples(side, side), windows, ratios)
def test_photos_keep_their_proportions(size, window, ratio):
    (rect,) = places([size], window, ratio)
    longer = max(rect.width(), rect.height()) * ratio
    shorter = min(rect.width(), rect.height()) * ratio
    expected = longer * min(size) / max(size)
    assert abs(shorter - expected) <= 2 + max(size) / min(size)


def test_photos_of_one_size_are_shown_at_one_size():
    rects = places([(800, 600)] * 5, (1920, 1080))
    assert len({(rect.width(), rect.height()) for rect in rects}) == 1
