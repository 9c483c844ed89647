import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.precision import rms_s2s, spread
from napari_lesion_synth.perception.gaze.simulated import simulate_gaze
from napari_lesion_synth.perception.gaze.simulated_looks import simulate_looks
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.targets import steady, target_points

CALM = {"blinks_per_s": 0.0, "dropouts_per_s": 0.0}


def _gaze(screen, shown, seconds=60, seed=0, salience=None, **settings):
    return simulate_gaze(
        seconds,
        screen,
        shown,
        np.random.default_rng(seed),
        salience=salience,
        settings=SimulationSettings(**settings),
    )


def test_the_same_seed_gives_the_same_gaze(screen, shown):
    one, other = _gaze(screen, shown, 5), _gaze(screen, shown, 5)
    assert np.array_equal(one.samples.x, other.samples.x, equal_nan=True)
    assert one.fixations == other.fixations
    assert one.samples.source == "simulated"


def test_fixations_last_a_quarter_of_a_second_in_the_mean(screen, shown):
    durations = [f.duration_s for f in _gaze(screen, shown, 200, **CALM).fixations[:-1]]
    assert np.mean(durations) == pytest.approx(0.25, rel=0.1)
    assert np.std(np.log(durations)) == pytest.approx(0.4, rel=0.15)


def test_the_eye_is_where_the_truth_says(screen, shown):
    gaze = _gaze(screen, shown, 20, noise_deg=0, drift_deg=0, offset_deg=(1.0, -0.5), **CALM)
    for fixation in gaze.fixations:
        inside = gaze.samples.between(fixation.start_s, fixation.end_s)
        aimed = screen.to_degrees(np.array(fixation.x), np.array(fixation.y))
        seen = screen.to_degrees(inside.x, inside.y)
        assert seen[0] - aimed[0] == pytest.approx(np.full(len(inside), 1.0), abs=1e-6)
        assert seen[1] - aimed[1] == pytest.approx(np.full(len(inside), -0.5), abs=1e-6)
        assert fixation.n == len(inside)


def test_saccades_keep_the_main_sequence(screen, shown):
    gaze = _gaze(screen, shown, 60, noise_deg=0, drift_deg=0, rate_hz=1000, **CALM)
    degrees = np.array(screen.to_degrees(gaze.samples.x, gaze.samples.y))
    speed = np.hypot(*np.diff(degrees, axis=1)) * 1000
    for before, after in zip(gaze.fixations[:-1], gaze.fixations[1:], strict=True):
        aims = screen.to_degrees(np.array([before.x, after.x]), np.array([before.y, after.y]))
        size = float(np.hypot(*np.diff(np.array(aims), axis=1)[:, 0]))
        lasts = after.start_s - before.end_s
        assert lasts == pytest.approx(0.021 + 0.0022 * size)
        low, high = int(before.end_s * 1000), int(after.start_s * 1000) + 1
        # The profile of least jerk is at its fastest 15/8 of its mean.
        assert speed[low:high].max() == pytest.approx(15 / 8 * size / lasts, rel=0.05)
        assert size >= 1.0


def test_noise_has_the_size_that_was_asked_for(screen, shown):
    middle = np.array([[960.0, 540.0]])
    settings = SimulationSettings(noise_deg=0.3, drift_deg=0, **CALM)
    (look,) = simulate_looks(
        middle, screen, np.random.default_rng(0), settings=settings, seconds=60
    )
    assert rms_s2s(steady(look), screen) == pytest.approx(0.3, rel=0.03)
    assert spread(steady(look), screen) == pytest.approx(0.3 / np.sqrt(2), rel=0.03)


def test_drift_wanders_as_far_as_was_asked_for(screen):
    settings = SimulationSettings(noise_deg=0, drift_deg=0.1, drift_s=0.1, **CALM)
    (look,) = simulate_looks(
        np.array([[960.0, 540.0]]),
        screen,
        np.random.default_rng(0),
        settings=settings,
        seconds=120,
    )
    assert spread(steady(look), screen) == pytest.approx(0.1 * np.sqrt(2), rel=0.1)


def test_the_eye_goes_where_the_salience_is(screen, shown):
    salience = np.zeros((6, 8))
    salience[1, 6] = 1
    gaze = _gaze(
        screen, shown, 30, salience=salience, centre_share=0, smallest_saccade_deg=0.0, **CALM
    )
    places = [shown.to_image(f.x, f.y) for f in gaze.fixations]
    assert all(600 <= x <= 700 and 100 <= y <= 200 for x, y in places)


def test_the_centre_draws_the_eye_whatever_is_there(screen, shown):
    salience = np.zeros((6, 8))
    salience[0, 0] = 1
    gaze = _gaze(screen, shown, 100, salience=salience, centre_share=0.5, **CALM)
    corner = [f.x < shown.to_screen(100.0, 0.0)[0] for f in gaze.fixations]
    assert 0.2 < np.mean(corner) < 0.7


def test_blinks_and_drop_outs_lose_samples_and_split_the_truth(screen, shown):
    gaze = _gaze(screen, shown, 60, blinks_per_s=0.5, dropouts_per_s=1)
    assert 10 < len(gaze.blinks) < 50
    for blink in gaze.blinks:
        assert not gaze.samples.between(blink.start_s, blink.end_s).valid.any()
        for fixation in gaze.fixations:
            overlap = min(fixation.end_s, blink.end_s) - max(fixation.start_s, blink.start_s)
            assert overlap <= 1e-9
    lost = (~gaze.samples.valid).mean() * 60
    assert lost > sum(blink.duration_s for blink in gaze.blinks)


def test_lids_pull_the_gaze_down_beside_a_blink(screen, shown):
    settings = {"noise_deg": 0, "drift_deg": 0, "dropouts_per_s": 0, "fixation_s": 5.0}
    with_lids = _gaze(screen, shown, 20, seed=2, lid_s=0.04, **settings)
    without = _gaze(screen, shown, 20, seed=2, lid_s=0.0, **settings)
    blink = with_lids.blinks[0]
    before = slice(*np.searchsorted(with_lids.samples.t, [blink.start_s - 0.04, blink.start_s]))
    lower = with_lids.samples.y[before] - without.samples.y[before]
    assert (lower[1:] > 0).all()
    assert (np.diff(lower) > 0).all()


@pytest.mark.parametrize("salience", [np.zeros((3, 3)), -np.ones((3, 3)), np.ones(3)])
def test_a_salience_that_leads_nowhere_is_refused(screen, shown, salience):
    with pytest.raises(ParameterError, match="salience"):
        _gaze(screen, shown, 1, salience=salience)


def test_nobody_looks_for_no_time(screen, shown):
    with pytest.raises(ParameterError, match="0 s"):
        _gaze(screen, shown, 0)


def test_looks_follow_each_other_and_arrive_late(screen):
    targets = target_points(screen, 5)
    looks = simulate_looks(
        targets, screen, np.random.default_rng(0), settings=SimulationSettings(**CALM)
    )
    starts = [look.samples.t[0] for look in looks]
    assert starts == pytest.approx([0, 2, 4, 6, 8])
    away = np.hypot(looks[1].samples.x - targets[1, 0], looks[1].samples.y - targets[1, 1])
    assert away[0] > 500
    assert away[-1] < 20
