import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.fixations import find_fixations
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.sources.mouse import (
    ApertureSettings,
    MouseSource,
    click_scanpath,
    held,
)
from napari_lesion_synth.perception.gaze.sources.protocol import GazeSource


def _is_a_source(source: GazeSource) -> GazeSource:
    return source


def test_a_cursor_at_rest_goes_on_being_where_it_is(clock):
    source = MouseSource("mouse_aperture", rate_hz=100, clock=clock)
    _is_a_source(source).start()
    source.moved(100.0, 10, 20)
    source.moved(100.05, 30, 40)
    clock.now += 0.1
    samples = source.poll()
    assert samples.x.tolist() == [10] * 5 + [30] * 5
    assert samples.valid.all()
    assert samples.source == "mouse_aperture"
    clock.now += 1
    later = source.poll()
    assert set(later.x.tolist()) == {30}
    assert Samples.joined([samples, later]).gaps() == ()


def test_device_pixels_are_what_a_tracker_would_tell(clock):
    source = MouseSource("mouse_aperture", ratio=1.5, rate_hz=100, clock=clock)
    source.start()
    source.moved(100.0, 640, 360)
    clock.now += 0.02
    assert (source.poll().x[0], source.poll().source) == (960, "mouse_aperture")


def test_before_the_first_event_nobody_knows(clock):
    source = MouseSource("bubble_click", rate_hz=100, clock=clock)
    source.start()
    source.clicked(100.03, 10, 20)
    clock.now += 0.06
    assert source.poll().valid.tolist() == [False] * 3 + [True] * 3


def test_bubbles_do_not_follow_the_cursor(clock):
    source = MouseSource("bubble_click", rate_hz=100, clock=clock)
    source.start()
    source.moved(100.0, 1, 1)
    source.clicked(100.0, 50, 60)
    source.moved(100.01, 2, 2)
    clock.now += 0.05
    samples = source.poll()
    assert set(samples.x.tolist()) == {50}
    assert samples.source == "bubble_click"


def test_what_comes_after_the_end_or_before_the_start_is_not_recorded(clock):
    source = MouseSource("mouse_aperture", rate_hz=100, clock=clock)
    source.moved(99.0, 1, 1)
    source.start()
    clock.now += 0.05
    source.stop()
    source.moved(100.01, 2, 2)
    clock.now += 1
    assert source.poll().valid.tolist() == [False] * 5
    assert len(source.poll()) == 0


def test_a_late_event_counts_from_then_on(clock):
    source = MouseSource("mouse_aperture", rate_hz=100, clock=clock)
    source.start()
    source.moved(100.0, 1, 1)
    clock.now += 0.05
    source.poll()
    source.moved(100.04, 2, 2)  # happened before the poll, told after it
    clock.now += 0.05
    assert set(source.poll().x.tolist()) == {2}


def test_many_threads_may_tell_events(clock):
    source = MouseSource("mouse_aperture", rate_hz=1000, clock=clock)
    source.start()

    def move(k):
        for i in range(200):
            source.moved(100.0 + i / 1000, k, i)

    threads = [threading.Thread(target=move, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now += 0.2
    samples = source.poll()
    assert len(samples) == 200
    assert samples.y.tolist() == list(range(200))


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20).map(sorted),
    st.lists(st.integers(1, 20), min_size=1, max_size=10),
)
def test_however_it_is_polled_the_samples_are_the_same(times, waits):
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    clock = Clock()
    source = MouseSource("mouse_aperture", rate_hz=100, clock=clock)
    source.start()
    for k, t in enumerate(times):
        source.moved(t, k, 0)
    parts = []
    for wait in waits:
        clock.now += wait / 77
        parts.append(source.poll())
    got = Samples.joined(parts)
    places = np.column_stack([np.arange(len(times)), np.zeros(len(times))])
    expected = held(np.array(times), places, got.t, "mouse_aperture", 100)
    assert np.array_equal(got.x, expected.x, equal_nan=True)
    assert len(got) == int(np.floor(clock.now * 100 + 1e-6))


def test_clicks_are_fixations_until_the_next_one():
    path = click_scanpath(
        np.array([1.0, 1.5, 3.0, 9.0]), np.array([[1, 2], [3, 4], [5, 6], [7, 8]]), 4.0
    )
    assert [(f.start_s, f.duration_s, f.x) for f in path] == [
        (1.0, 0.5, 1),
        (1.5, 1.5, 3),
        (3.0, 1.0, 5),
    ]
    assert click_scanpath(np.zeros(0), np.zeros((0, 2)), 4.0) == ()


def test_the_apertures_rests_are_found_as_fixations(viewing, clock):
    source = MouseSource("mouse_aperture", rate_hz=120, clock=clock)
    source.start()
    for k in range(4):
        source.moved(100.0 + k, 400 + 300 * k, 500)
    clock.now += 4
    found = find_fixations(source.poll(), viewing)
    assert [f.x for f in found] == pytest.approx([400, 700, 1000, 1300], abs=1)


def test_settings_and_sources_have_limits():
    assert ApertureSettings().radius_deg > 0
    with pytest.raises(ParameterError):
        MouseSource("mouse_aperture", ratio=0)
