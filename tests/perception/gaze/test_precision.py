import numpy as np
import pytest

from napari_lesion_synth.perception.gaze.precision import bcea, mean_offset, rms_s2s, spread


def _at(screen, make_samples, azimuth, elevation):
    return make_samples(*screen.to_px(np.asarray(azimuth), np.asarray(elevation)))


def test_the_offset_points_from_the_target_to_the_gaze(screen, make_samples):
    samples = _at(screen, make_samples, np.full(20, 1.5), np.full(20, -0.5))
    assert mean_offset(samples, screen, 960, 540) == pytest.approx((1.5, -0.5))


def test_an_alternating_gaze_has_twice_its_swing(screen, make_samples):
    swing = 0.2 * (-1.0) ** np.arange(200)
    samples = _at(screen, make_samples, swing, np.zeros(200))
    assert rms_s2s(samples, screen) == pytest.approx(0.4)
    assert spread(samples, screen) == pytest.approx(0.2, rel=0.01)
    assert bcea(samples, screen) == pytest.approx(0, abs=1e-9), "a line has no area"


def test_white_noise_has_the_figures_of_the_normal_distribution(screen, make_samples):
    rng, s, n = np.random.default_rng(0), 0.25, 200_000
    samples = _at(screen, make_samples, *(s * rng.standard_normal((2, n))))
    assert rms_s2s(samples, screen) == pytest.approx(2 * s, rel=0.01)
    assert spread(samples, screen) == pytest.approx(np.sqrt(2) * s, rel=0.01)
    k = -np.log(1 - 0.682)
    assert bcea(samples, screen) == pytest.approx(2 * k * np.pi * s**2, rel=0.01)
    # Bivariate normal: the share within the ellipse is 1 - exp(-k).
    x, y = screen.to_degrees(samples.x, samples.y)
    assert np.mean(x**2 + y**2 <= 2 * k * s**2) == pytest.approx(0.682, abs=0.005)


def test_steps_over_gaps_and_losses_are_no_precision(screen, make_samples):
    azimuth = np.array([0.0, 0, 0, 5, 5, 5, np.nan, 9, 9])
    samples = _at(screen, make_samples, azimuth, np.zeros(9))
    holed = samples.taken(np.array([1, 1, 1, 0, 1, 1, 1, 1, 1], bool))
    assert rms_s2s(holed, screen) == pytest.approx(0, abs=1e-9)


def test_too_few_samples_have_no_figures(screen, make_samples):
    one = _at(screen, make_samples, [0.0], [0.0])
    assert np.isnan([rms_s2s(one, screen), spread(one, screen), bcea(one, screen)]).all()
    none = _at(screen, make_samples, [np.nan], [np.nan])
    assert np.isnan(mean_offset(none, screen, 1, 1)).all()
