import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.sources.protocol import GazeSource
from napari_lesion_synth.perception.gaze.sources.replay import ReplaySource


def _is_a_source(source: GazeSource) -> GazeSource:
    return source


@pytest.fixture
def recording(make_samples):
    return make_samples(np.arange(100.0), np.arange(100.0), 100.0, start=5.0)


def test_what_is_due_comes_once_and_in_time(recording, clock):
    source = _is_a_source(ReplaySource(recording, clock=clock))
    assert len(source.poll()) == 0, "it has not begun"
    source.start()
    clock.now += 0.105
    first = source.poll()
    assert first.x.tolist() == list(range(11))
    assert first.t[0] == 100.0, "on the session's clock"
    assert first.source == "replay"
    assert source.clock_offset_s == 95.0
    assert len(source.poll()) == 0
    clock.now += 10
    assert Samples.joined([first, source.poll()]).x.tolist() == list(range(100))
    assert source.finished


def test_what_was_due_before_the_end_can_still_be_fetched(recording, clock):
    source = ReplaySource(recording, clock=clock)
    source.start()
    clock.now += 0.205
    source.stop()
    clock.now += 10
    assert len(source.poll()) == 21
    assert len(source.poll()) == 0


def test_twice_as_fast_takes_half_the_time(recording, clock):
    source = ReplaySource(recording, speed=2, clock=clock)
    source.start()
    clock.now += 0.25
    fast = source.poll()
    assert len(fast) == 51
    assert fast.t[-1] == pytest.approx(100.25)
    assert fast.rate_hz == 200
    assert fast.data_loss == pytest.approx(0)


def test_starting_again_begins_anew(recording, clock):
    source = ReplaySource(recording, clock=clock)
    for _ in range(2):
        source.start()
        clock.now += 0.1
        assert source.poll().x[0] == 0


def test_an_empty_recording_is_over_at_once(make_samples, clock):
    source = ReplaySource(make_samples([], []), clock=clock)
    source.start()
    assert len(source.poll()) == 0
    assert source.finished
    assert source.take_marks() == ()


def test_standing_still_is_no_speed(recording):
    with pytest.raises(ParameterError, match="speed"):
        ReplaySource(recording, speed=0)
