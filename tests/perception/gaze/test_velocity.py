import numpy as np
import pytest

from napari_lesion_synth.perception.gaze.geometry import Viewing
from napari_lesion_synth.perception.gaze.tracks import tracks
from napari_lesion_synth.perception.gaze.velocity import noise_of, velocities


def _moving(screen, make_samples, deg_s, elevation=0.0, rate=250.0, noise=0.0, n=500):
    """To the right at a constant speed on the sphere."""
    rng = np.random.default_rng(0)
    flat = np.cos(np.deg2rad(elevation))
    azimuth = -5 + deg_s / flat * np.arange(n) / rate + noise * rng.standard_normal(n)
    down = np.full(n, elevation) + noise * rng.standard_normal(n)
    (track,) = tracks(make_samples(*screen.to_px(azimuth, down), rate), Viewing(screen), 0.05)
    return track


@pytest.mark.parametrize("kind", ["savgol", "window"])
@pytest.mark.parametrize("elevation", [0.0, 12.0])
def test_a_steady_movement_has_its_speed(screen, make_samples, kind, elevation):
    track = _moving(screen, make_samples, 5.0, elevation)
    right, down = velocities(track, kind, 0.044)
    assert right == pytest.approx(np.full(500, 5.0), abs=1e-6)
    assert down == pytest.approx(np.zeros(500), abs=1e-6)


def test_noise_is_measured_while_the_eye_rests(screen, make_samples):
    # A parabola through 11 samples: the slope's deviation is s / dt / sqrt(110).
    track = _moving(screen, make_samples, 0.0, noise=0.3, n=5000)
    velocity = velocities(track, "savgol", 0.044)
    expected = 0.3 * 250 / np.sqrt(110)
    assert noise_of(velocity) == pytest.approx(expected, rel=0.05)
    velocity[:, ::10] += 300  # saccades
    assert noise_of(velocity) == pytest.approx(expected, rel=0.25)


def test_no_velocity_is_told_where_nothing_is_known(screen, make_samples):
    x = np.full(40, 900.0)
    x[10:30] = np.nan
    (track,) = tracks(make_samples(x, np.full(40, 540.0)), Viewing(screen), 0.01)
    velocity = velocities(track, "savgol", 0.044)
    assert np.isnan(velocity[:, 10:30]).all()
    assert np.isfinite(velocity[:, :10]).all()


def test_a_stretch_shorter_than_the_window_takes_a_shorter_window(screen, make_samples):
    track = _moving(screen, make_samples, 5.0, n=4)
    assert velocities(track, "savgol", 0.044)[0] == pytest.approx(np.full(4, 5.0), abs=1e-6)
    tiny = _moving(screen, make_samples, 5.0, n=2)
    assert np.isnan(velocities(tiny, "savgol", 0.044)).all()


def test_noise_of_nothing_is_none():
    assert noise_of(np.full((2, 5), np.nan)) == 0
