import threading
import time
import uuid

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, StorageError
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.sources import lsl as lsl_module
from napari_lesion_synth.perception.gaze.sources.lsl import OVERRUN, LslSource
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.gaze.sources.protocol import (
    CLOCK_JUMPED,
    TRACKER_BACK,
    TRACKER_LOST,
    UNSAVED,
    GazeSource,
)
from napari_lesion_synth.perception.gaze.sources.raw import read_raw

from .fake_lsl import FakeLsl

SIZE = (1920, 1080)
PATIENCE_S = 120.0


class Hearing:
    """Polls a source until it has said what a test waits for."""

    def __init__(self, source: GazeSource) -> None:
        self.source, self.marks, self.parts = source, [], []

    def until(self, done) -> Samples:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self.parts.append(self.source.poll())
            self.marks += self.source.take_marks()
            if done(self):
                return self.samples
            time.sleep(0.005)
        raise AssertionError(f"waited in vain; {len(self.samples)} samples, {self.marks}")

    @property
    def samples(self) -> Samples:
        return Samples.joined(self.parts)


@pytest.fixture
def started():
    """Maker of sources that have begun; they end with the test."""
    sources = []

    def make(fake, *, raw=None, **settings):
        source = LslSource(SIZE, LslSettings(**settings), raw=raw, lsl=fake)
        source.start()
        sources.append(source)
        return Hearing(source)

    yield make
    for source in sources:
        source.stop()


def _stamps(n, start=None, rate=100.0):
    return (time.perf_counter() if start is None else start) + np.arange(-n, 0) / rate


def test_what_is_sent_arrives_and_is_kept_as_it_came(tmp_path, started):
    fake = FakeLsl(("x", "y", "pupil", "validity"), kind=1)
    hearing = started(fake, raw=tmp_path / "gaze.f64")
    stamps = _stamps(50)
    values = np.column_stack([np.arange(50), np.arange(50) * 2, np.full(50, 3), np.ones(50)])
    values[7, 3] = 0
    fake.send(stamps[:20], values[:20])
    fake.send(stamps[20:], values[20:])
    samples = hearing.until(lambda h: len(h.samples) == 50)
    hearing.source.stop()
    assert samples.x.tolist() == list(range(50))
    assert samples.valid.tolist() == [i != 7 for i in range(50)]
    assert samples.t == pytest.approx(stamps, abs=0.01)
    assert (samples.source, samples.rate_hz) == ("tracker", 100)
    columns, rows = read_raw(tmp_path / "gaze.f64")
    assert columns == ("stamp_s", "offset_s", "x", "y", "pupil", "validity")
    assert np.array_equal(rows[:, 0], stamps)
    assert np.array_equal(rows[:, 2:], values)
    assert hearing.marks == []


def test_a_participant_who_has_no_gaze_yet_gets_a_folder_for_it(tmp_path, started):
    path = tmp_path / "gaze" / "P001" / "raw-01.f64"
    fake = FakeLsl()
    hearing = started(fake, raw=path)
    fake.send(_stamps(10), np.ones((10, 2)))
    hearing.until(lambda h: len(h.samples) == 10)
    hearing.source.stop()
    assert len(read_raw(path)[1]) == 10


def test_the_clock_of_another_machine_is_taken_into_account(started):
    fake = FakeLsl()
    fake.correction = 1000.0
    hearing = started(fake)
    now = time.perf_counter()
    fake.send(_stamps(10, now - 1000), np.ones((10, 2)))
    samples = hearing.until(lambda h: len(h.samples) == 10)
    assert samples.t[-1] == pytest.approx(now - 0.01, abs=0.01)
    assert hearing.source.clock_offset_s == pytest.approx(1000, abs=0.01)


def test_a_clock_that_is_measured_anew_tears_no_gap_into_the_gaze(started, monkeypatch, tmp_path):
    monkeypatch.setattr(lsl_module, "_CLOCK_EVERY_S", 0.0)
    fake = FakeLsl(rate=1000.0)
    hearing = started(fake, raw=tmp_path / "gaze.f64")
    stamps = _stamps(200, rate=1000.0)
    fake.send(stamps[:100], np.ones((100, 2)))
    hearing.until(lambda h: len(h.samples) == 100)
    fake.correction += 0.005
    time.sleep(0.1)
    fake.send(stamps[100:], np.ones((100, 2)))
    samples = hearing.until(lambda h: len(h.samples) == 200)
    hearing.source.stop()
    assert samples.gaps() == ()
    _, rows = read_raw(tmp_path / "gaze.f64")
    assert rows[:, 0] + rows[:, 1] == pytest.approx(samples.t, abs=1e-9)
    assert rows[-1, 1] - rows[0, 1] == pytest.approx(0.005, abs=0.001)
    assert hearing.marks == []


def test_a_clock_that_could_not_be_measured_at_first_is_followed_at_once(started, monkeypatch):
    monkeypatch.setattr(lsl_module, "_CLOCK_EVERY_S", 0.0)
    fake = FakeLsl()
    hearing = started(fake)
    fake.correction = 0.2
    time.sleep(0.1)
    now = time.perf_counter()
    fake.send(_stamps(10, now - 0.2), np.ones((10, 2)))
    samples = hearing.until(lambda h: len(h.samples) == 10)
    assert samples.t[-1] == pytest.approx(now - 0.01, abs=0.01)


def test_a_tracker_that_is_unplugged_is_marked_and_found_again(started):
    fake = FakeLsl()
    hearing = started(fake)
    fake.send(_stamps(10), np.ones((10, 2)))
    hearing.until(lambda h: len(h.samples) == 10)
    fake.lose()
    hearing.until(lambda h: TRACKER_LOST in h.marks)
    fake.there = True
    fake.send(_stamps(5), np.full((5, 2), 2.0))
    samples = hearing.until(lambda h: TRACKER_BACK in h.marks and len(h.samples) == 15)
    assert hearing.marks == [TRACKER_LOST, TRACKER_BACK]
    assert samples.x[-1] == 2
    assert (np.diff(samples.t) >= 0).all()


def test_a_tracker_that_falls_silent_is_lost_too(started):
    fake = FakeLsl()
    hearing = started(fake, silence_s=0.05)
    hearing.until(lambda h: TRACKER_LOST in h.marks)
    fake.send(_stamps(5), np.ones((5, 2)))
    hearing.until(lambda h: TRACKER_BACK in h.marks)
    assert hearing.marks.count(TRACKER_LOST) == 1


def test_another_tracker_under_the_same_name_is_not_taken(started, monkeypatch):
    monkeypatch.setattr(lsl_module, "_AGAIN_S", 0.01)
    fake = FakeLsl()
    hearing = started(fake)
    fake.lose()
    hearing.until(lambda h: TRACKER_LOST in h.marks)
    fake.labels, fake.there = ("x", "y", "z"), True
    fake.send(_stamps(5), np.ones((5, 3)))
    tried = fake.asked_for
    hearing.until(lambda h: fake.asked_for >= tried + 3)
    hearing.source.stop()
    assert len(hearing.samples) + len(hearing.source.poll()) == 0
    assert hearing.marks == [TRACKER_LOST]


def test_the_same_tracker_at_another_rate_is_not_taken(started, monkeypatch):
    monkeypatch.setattr(lsl_module, "_AGAIN_S", 0.01)
    fake = FakeLsl()
    hearing = started(fake)
    fake.lose()
    hearing.until(lambda h: TRACKER_LOST in h.marks)
    fake.rate, fake.there = 50.0, True
    fake.send(_stamps(5), np.ones((5, 2)))
    tried = fake.asked_for
    hearing.until(lambda h: fake.asked_for >= tried + 3)
    hearing.source.stop()
    assert hearing.marks == [TRACKER_LOST]


def test_the_last_mark_says_whether_the_tracker_is_lost_now():
    source = LslSource(SIZE)
    for mark in (TRACKER_LOST, CLOCK_JUMPED, TRACKER_BACK, TRACKER_LOST):
        source._mark(mark)
    assert source.take_marks() == (CLOCK_JUMPED, TRACKER_BACK, TRACKER_LOST)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_jumps_is_marked_once_and_time_goes_on(started, jump, monkeypatch):
    monkeypatch.setattr(lsl_module, "_CLOCK_EVERY_S", 0.0)
    fake = FakeLsl()
    hearing = started(fake)
    fake.send(_stamps(10), np.ones((10, 2)))
    hearing.until(lambda h: len(h.samples) == 10)
    fake.send(_stamps(10) + jump, np.ones((10, 2)))
    hearing.until(lambda h: len(h.samples) == 20)
    fake.send(_stamps(10) + jump, np.ones((10, 2)))
    samples = hearing.until(lambda h: len(h.samples) == 30)
    assert hearing.marks == [CLOCK_JUMPED]
    assert samples.t[-1] == pytest.approx(time.perf_counter(), abs=PATIENCE_S)
    assert samples.t[-1] - samples.t[0] < PATIENCE_S
    assert (np.diff(samples.t) >= 0).all()


def test_a_clock_that_is_set_back_a_little_is_marked_too(started):
    fake = FakeLsl()
    hearing = started(fake)
    now = time.perf_counter()
    fake.send(_stamps(10, now), np.ones((10, 2)))
    hearing.until(lambda h: len(h.samples) == 10)
    fake.send(_stamps(10, now - 0.2), np.ones((10, 2)))
    samples = hearing.until(lambda h: len(h.samples) == 20)
    assert hearing.marks == [CLOCK_JUMPED]
    assert samples.t[-1] >= now


def test_a_clock_that_is_set_forward_a_little_is_marked_where_it_shows(started):
    fake = FakeLsl(rate=1000.0)
    hearing = started(fake)
    fake.send(_stamps(10, rate=1000.0), np.ones((10, 2)))
    hearing.until(lambda h: len(h.samples) == 10)
    fake.send(_stamps(10, rate=1000.0) + 0.2, np.ones((10, 2)))
    samples = hearing.until(lambda h: len(h.samples) == 20)
    assert hearing.marks == [CLOCK_JUMPED]
    assert samples.t[-1] <= time.perf_counter()


def test_gaze_that_was_held_up_and_then_is_not_is_no_jump(started):
    fake = FakeLsl(rate=1000.0)
    hearing = started(fake)
    begun = time.perf_counter()
    for k in range(6):  # in a network, or in the sender's chunks: later and later ones at once
        fake.send(_stamps(100, begun - 0.5 + 0.1 * k, 1000.0), np.ones((100, 2)))
    samples = hearing.until(lambda h: len(h.samples) == 600)
    assert hearing.marks == []
    assert samples.gaps() == ()


def test_a_jump_that_came_late_is_marked_once(started):
    fake = FakeLsl(rate=1000.0)
    hearing = started(fake)
    jump_s = 0.2
    for late_s in (0.15, 0.0, 0.05):  # the first tells of the jump, and says too little of it
        fake.send(_stamps(5, time.perf_counter() + jump_s - late_s, 1000.0), np.ones((5, 2)))
        n = 5 + len(hearing.samples) if hearing.parts else 5
        hearing.until(lambda h, n=n: len(h.samples) == n)
    assert hearing.marks == [CLOCK_JUMPED]


def test_a_stream_is_found_before_anything_is_written(tmp_path, started):
    fake, path = FakeLsl(), tmp_path / "gaze" / "P001" / "raw-01.f64"
    source = LslSource(SIZE, raw=path, lsl=fake)
    source.find()
    assert source.rate_hz == 100
    assert not path.parent.exists()
    source.start()
    assert fake.asked_for == 1
    source.stop()
    assert path.exists()


def test_a_full_disk_does_not_end_the_recording(tmp_path, started, monkeypatch):
    def full(self, rows):
        raise StorageError("the disk is full")

    monkeypatch.setattr(lsl_module.RawFile, "add", full)
    fake = FakeLsl()
    hearing = started(fake, raw=tmp_path / "gaze.f64")
    fake.send(_stamps(10), np.ones((10, 2)))
    fake.send(_stamps(10), np.ones((10, 2)))
    hearing.until(lambda h: len(h.samples) == 20 and UNSAVED in h.marks)
    assert hearing.marks == [UNSAVED], "it is told once"


def test_gaze_that_nobody_fetches_pushes_out_the_oldest_and_says_so(started):
    fake = FakeLsl(rate=100.0)
    hearing = started(fake, buffer_s=1.0)
    begun = time.perf_counter() - 2.0
    for k in range(5):
        fake.send(_stamps(50, begun + 0.5 * k), np.full((50, 2), k))
    while not fake.chunks.empty():
        time.sleep(0.005)
    hearing.source.stop()
    samples = hearing.source.poll()
    assert set(samples.x.tolist()) == {3, 4}
    assert hearing.source.take_marks() == (OVERRUN,)


def test_a_stream_that_is_not_there_is_an_error_with_a_remedy():
    fake = FakeLsl()
    fake.there = False
    with pytest.raises(InputError, match="no stream named 'eye'") as caught:
        LslSource(SIZE, LslSettings(stream="eye", resolve_s=0.05), lsl=fake).start()
    assert "firewall" in caught.value.remedy
    assert fake.asked == ("name", "eye")
    with pytest.raises(InputError, match="of type 'Gaze'"):
        LslSource(SIZE, LslSettings(resolve_s=0.05), lsl=fake).start()


def test_streams_of_words_and_without_a_rate_are_refused():
    with pytest.raises(InputError, match="no numbers"):
        LslSource(SIZE, lsl=FakeLsl(kind=3)).start()
    with pytest.raises(InputError, match="rate"):
        LslSource(SIZE, lsl=FakeLsl(rate=0.0)).start()
    source = LslSource(SIZE, LslSettings(rate_hz=90), lsl=FakeLsl(rate=0.0))
    source.start()
    source.stop()
    assert source.rate_hz == 90


def test_what_was_never_started_has_nothing(started):
    source = LslSource(SIZE)
    source.stop()
    assert len(source.poll()) == 0
    assert source.take_marks() == ()


def test_a_thousand_samples_a_second_arrive_without_a_gap(tmp_path):
    """Over the real network stack, for six seconds; a window would poll as often as this."""
    pylsl = pytest.importorskip("pylsl", exc_type=ImportError)
    name = f"test-{uuid.uuid4().hex}"
    info = pylsl.StreamInfo(name, "Gaze", 4, 1000, pylsl.cf_double64, name)
    channels = info.desc().append_child("channels")
    for label in ("x", "y", "pupil", "validity"):
        channels.append_child("channel").append_child_value("label", label)
    outlet = pylsl.StreamOutlet(info)
    source = LslSource(SIZE, LslSettings(stream=name, resolve_s=10), raw=tmp_path / "gaze.f64")
    try:
        source.start()
    except InputError as error:
        pytest.skip(f"streams cannot be found on this machine's network: {error}")
    n = 6000

    def send():
        begun, sent = pylsl.local_clock(), 0
        while sent < n:
            due = min(n, int((pylsl.local_clock() - begun) * 1000))
            if due > sent:
                k = np.arange(sent, due)
                rows = np.column_stack([k % 1920, k % 1080, k * 0 + 3.0, k * 0 + 1.0])
                outlet.push_chunk(rows.tolist(), begun + (due - 1) / 1000)
                sent = due
            time.sleep(0.004)

    sender = threading.Thread(target=send)
    sender.start()
    hearing = Hearing(source)
    samples = hearing.until(lambda h: len(h.samples) >= n)
    sender.join()
    source.stop()
    assert len(samples) == n
    assert samples.gaps() == ()
    assert samples.data_loss == 0
    assert np.array_equal(samples.x, np.arange(n) % 1920)
    assert hearing.marks == []
    _, rows = read_raw(tmp_path / "gaze.f64")
    assert len(rows) == n
    assert np.diff(rows[:, 0]) == pytest.approx(np.full(n - 1, 0.001), abs=1e-9)
