from __future__ import annotations

import pytest

from napari_lesion_synth.widgets.parts.time_left import TimeLeft, duration_text


def heard(*steps, total=200):
    left = TimeLeft()
    for now, done in steps:
        left.add(done, total, now)
    return left


def test_a_steady_job_is_foretold_exactly():
    left = heard(*((10.0 * k, 20 * k) for k in range(6)))
    assert left.seconds(50.0) == pytest.approx(50.0)
    assert left.seconds(53.0) == pytest.approx(47.0)
    assert left.text(50.0) == "about 50 s left"


def test_what_was_there_before_the_run_does_not_count():
    left = heard((0.0, 120), (10.0, 130))
    assert left.seconds(10.0) == pytest.approx(70.0)


def test_the_pace_is_that_of_late():
    fast = [(0.1 * k, k) for k in range(100)]
    slow = [(10.0 + 10 * k, 100 + k) for k in range(9)]
    left = heard(*fast, *slow)
    assert left.seconds(90.0) == pytest.approx(92 * 10.0)


def test_a_job_slower_than_the_window_has_an_estimate_all_the_same():
    left = heard((0.0, 0), (100.0, 1), (200.0, 2), (300.0, 3), (400.0, 4))
    assert left.seconds(400.0) == pytest.approx(196 * 100.0)


@pytest.mark.parametrize("steps", [(), ((0.0, 0),), ((0.0, 0), (0.5, 5)), ((0.0, 5), (9.0, 5))])
def test_too_little_to_go_by_gives_no_estimate(steps):
    left = heard(*steps)
    assert left.seconds(10.0) is None
    assert left.text(10.0) == ""


def test_an_overdue_job_is_never_foretold_to_end_in_the_past():
    left = heard((0.0, 100), (10.0, 199))
    assert left.seconds(1000.0) == 0.0
    assert left.text(1000.0) == "a few seconds left"


def test_a_finished_job_has_nothing_left():
    assert heard((0.0, 0), (10.0, 200)).text(10.0) == ""


def test_another_run_starts_afresh():
    left = heard((0.0, 0), (10.0, 100))
    left.add(0, 50, 20.0)
    assert left.seconds(21.0) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "a few seconds"),
        (9.9, "a few seconds"),
        (12, "about 10 s"),
        (54, "about 55 s"),
        (55, "about 1 min"),
        (130, "about 2 min"),
        (59 * 60, "about 59 min"),
        (60 * 60, "about 1 h"),
        (95 * 60, "about 1 h 40 min"),
        (119 * 60, "about 2 h"),
        (30 * 3600, "about 30 h"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds, text):
    assert duration_text(seconds) == text
