"""Times of events and paints."""

from __future__ import annotations

import pytest

from napari_lesion_synth.widgets.study.participant.timing import EventClock, FrameTimes

pytestmark = pytest.mark.gui


class Now:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_an_event_that_waited_in_a_busy_window_keeps_its_own_time():
    now = Now()
    clock = EventClock(now)
    assert clock.seconds(5000) == pytest.approx(100.0)
    now.seconds = 101.1  # pressed at 101.0, delivered 0.1 s late
    assert clock.seconds(6000) == pytest.approx(101.0)


def test_the_fastest_delivery_sets_the_clock():
    now = Now()
    clock = EventClock(now)
    now.seconds = 100.05
    assert clock.seconds(5000) == pytest.approx(100.05)
    now.seconds = 101.0
    assert clock.seconds(6000) == pytest.approx(101.0)
    now.seconds = 102.02
    assert clock.seconds(7000) == pytest.approx(102.0)


def test_an_event_without_a_stamp_happens_now():
    now = Now()
    assert EventClock(now).seconds(0) == 100.0


def test_stamps_of_another_kind_are_not_believed():
    now = Now()
    clock = EventClock(now)
    clock.seconds(5000)
    now.seconds = 110.0
    assert clock.seconds(5100) == pytest.approx(110.0)


def test_no_event_is_later_than_now():
    now = Now()
    clock = EventClock(now)
    for step, stamp in ((0.0, 5000), (0.01, 9000), (0.02, 5030), (0.5, 5600)):
        now.seconds = 100.0 + step
        assert clock.seconds(stamp) <= now.seconds + 1e-9


def test_late_frames_are_counted():
    frames = FrameTimes()
    for at in (0.0, 0.016, 0.032, 0.048, 0.098, 0.114):
        frames.add(at)
    facts = frames.facts()
    assert facts["paints"] == 6
    assert facts["median_ms"] == pytest.approx(16)
    assert facts["longest_ms"] == pytest.approx(50)
    assert facts["late"] == 1
    assert sum(facts["histogram"].values()) == 5


def test_two_paints_are_no_histogram():
    frames = FrameTimes()
    frames.add(0.0)
    frames.add(0.016)
    assert frames.facts() == {}
