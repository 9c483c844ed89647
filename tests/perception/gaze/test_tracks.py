import numpy as np
import pytest

from napari_lesion_synth.perception.gaze.geometry import Viewing
from napari_lesion_synth.perception.gaze.tracks import runs, tracks


def test_runs_are_first_and_beyond_last():
    assert runs(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
    assert runs(np.zeros(3, bool)) == []


def test_a_short_hole_is_bridged_and_a_long_one_is_not(screen, make_samples):
    x = 900.0 + np.arange(40)
    x[10:13], x[20:30] = np.nan, np.nan
    (track,) = tracks(make_samples(x, np.full(40, 540.0)), Viewing(screen), 0.02)
    assert not track.known[10:13].any()
    assert track.bridged[10:13].all()
    assert not track.bridged[20:30].any()
    filled, _ = screen.to_px(track.azimuth[10:13], track.elevation[10:13])
    assert filled == pytest.approx([910, 911, 912], abs=0.01)


def test_missing_rows_are_holes_too(screen, make_samples):
    whole = make_samples(np.full(30, 900.0), np.full(30, 500.0))
    holed = whole.taken(~np.isin(np.arange(30), range(10, 20)))
    (track,) = tracks(holed, Viewing(screen), 0.02)
    assert len(track.known) == 30
    assert runs(track.bridged) == [(0, 10), (20, 30)]


def test_the_ends_of_a_recording_are_not_bridged(screen, make_samples):
    x = np.full(20, 900.0)
    x[:2], x[-2:] = np.nan, np.nan
    (track,) = tracks(make_samples(x, np.full(20, 540.0)), Viewing(screen), 0.1)
    assert runs(track.bridged) == [(2, 18)]


def test_a_pause_makes_two_pieces(screen, make_samples):
    samples = make_samples(np.full(1000, 900.0), np.full(1000, 500.0))
    both = samples.taken(~((samples.t >= 1) & (samples.t < 3)))
    pieces = tracks(both, Viewing(screen), 0.1)
    assert [piece.start_s for piece in pieces] == [0, 3]


def test_jitter_of_the_clock_does_not_count(screen, make_samples):
    rng = np.random.default_rng(3)
    samples = make_samples(np.full(200, 900.0), np.full(200, 500.0), 60.0)
    shaken = type(samples)(
        samples.t + rng.uniform(-0.4, 0.4, 200) / 60,
        samples.x,
        samples.y,
        samples.valid,
        None,
        "screen",
        "tracker",
        60.0,
    )
    (track,) = tracks(shaken, Viewing(screen), 0.05)
    assert track.bridged.all()


def test_nothing_makes_no_piece(screen, make_samples):
    assert tracks(make_samples([], []), Viewing(screen), 0.1) == []
