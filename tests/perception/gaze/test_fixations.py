from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.fixations import FixationSettings, find_fixations
from napari_lesion_synth.perception.gaze.geometry import Screen, Viewing, letterbox
from napari_lesion_synth.perception.gaze.matching import match_fixations
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.simulated import simulate_gaze
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings

METHODS = [FixationSettings(), FixationSettings(method="idt")]


def _rests(screen, make_samples, *rests, noise=0.02, rate=250.0):
    """Rests of (azimuth, seconds), or (None, seconds) for a loss; leaps take no time."""
    rng = np.random.default_rng(0)
    parts = []
    for azimuth, seconds in rests:
        n = round(seconds * rate)
        parts.append(np.full(n, np.nan if azimuth is None else azimuth))
    azimuth = np.concatenate(parts)
    shaken = azimuth + noise * rng.standard_normal(len(azimuth))
    down = noise * rng.standard_normal(len(azimuth))
    return make_samples(*screen.to_px(shaken, down), rate)


@pytest.mark.parametrize("rule", METHODS, ids=["ivt", "idt"])
def test_every_rest_is_found_where_and_when_it_was(screen, make_samples, rule):
    samples = _rests(screen, make_samples, (-5, 0.3), (5, 0.2), (0, 0.4))
    found = find_fixations(samples, Viewing(screen), rule)
    places = [screen.to_degrees(np.array(f.x), np.array(f.y))[0] for f in found]
    assert places == pytest.approx([-5, 5, 0], abs=0.05)
    assert [f.start_s for f in found] == pytest.approx([0, 0.3, 0.5], abs=0.03)
    assert [f.duration_s for f in found] == pytest.approx([0.3, 0.2, 0.4], abs=0.06)
    for fixation in found:
        # Both axes' noise of 0.02 degrees.
        assert fixation.dispersion_deg == pytest.approx(0.02 * np.sqrt(2), rel=0.3)
        assert fixation.n == round(fixation.duration_s * 250)


@pytest.mark.parametrize("rule", METHODS, ids=["ivt", "idt"])
def test_a_blink_ends_a_fixation(screen, make_samples, rule):
    samples = _rests(screen, make_samples, (0, 0.4), (None, 0.2), (0, 0.4))
    assert len(find_fixations(samples, Viewing(screen), rule)) == 2


@pytest.mark.parametrize("rule", METHODS, ids=["ivt", "idt"])
def test_a_drop_out_does_not(screen, make_samples, rule):
    samples = _rests(screen, make_samples, (0, 0.4), (None, 0.02), (0, 0.4))
    (fixation,) = find_fixations(samples, Viewing(screen), rule)
    assert fixation.n == 200
    assert fixation.duration_s == pytest.approx(0.82)


def test_rests_that_are_near_in_space_and_time_are_one(screen, make_samples):
    samples = _rests(screen, make_samples, (0, 0.3), (20, 0.012), (0.2, 0.3))
    assert len(find_fixations(samples, Viewing(screen))) == 1
    apart = FixationSettings(merge_deg=0.05)
    assert len(find_fixations(samples, Viewing(screen), apart)) == 2
    later = FixationSettings(merge_gap_s=0.005)
    assert len(find_fixations(samples, Viewing(screen), later)) == 2


@pytest.mark.parametrize("rule", METHODS, ids=["ivt", "idt"])
def test_short_rests_are_dropped(screen, make_samples, rule):
    samples = _rests(screen, make_samples, (-5, 0.3), (5, 0.1), (-5, 0.3))
    longer = rule.model_copy(update={"shortest_s": 0.15})
    assert len(find_fixations(samples, Viewing(screen), rule)) == 3
    assert len(find_fixations(samples, Viewing(screen), longer)) == 2


def test_a_noisy_tracker_does_not_turn_rests_into_saccades(screen, make_samples):
    samples = _rests(screen, make_samples, (-5, 2), (5, 2), noise=0.8)
    fixed = FixationSettings(noise_factor=0, merge_gap_s=0)
    assert len(find_fixations(samples, Viewing(screen))) == 2
    assert len(find_fixations(samples, Viewing(screen), fixed)) > 10


def test_slow_trackers_find_the_same(screen, make_samples):
    samples = _rests(screen, make_samples, (-5, 0.5), (5, 0.5), rate=60.0)
    found = find_fixations(samples, Viewing(screen))
    assert [f.start_s for f in found] == pytest.approx([0, 0.5], abs=0.05)


def test_the_photos_pixels_give_the_same_fixations(viewing, screen, make_samples):
    samples = _rests(screen, make_samples, (-5, 0.3), (5, 0.3))
    on_photo = viewing.shown.samples_in_image(samples)
    one, other = find_fixations(samples, viewing), find_fixations(on_photo, viewing)
    assert [f.start_s for f in one] == [f.start_s for f in other]
    x, y = viewing.shown.to_image(one[0].x, one[0].y)
    assert (other[0].x, other[0].y) == pytest.approx((x, y))
    with pytest.raises(ParameterError, match="not known"):
        find_fixations(on_photo, Viewing(screen))


def test_no_samples_and_no_eye_give_no_fixations(screen, make_samples):
    assert find_fixations(Samples.empty("tracker", 250), Viewing(screen)) == ()
    assert find_fixations(_rests(screen, make_samples, (None, 1.0)), Viewing(screen)) == ()


def _salience(rng):
    peaks = np.zeros((30, 40))
    peaks[rng.integers(3, 27, 4), rng.integers(3, 37, 4)] = 1
    return ndimage.gaussian_filter(peaks, 2) + 5e-4


@pytest.mark.parametrize("noise_deg", [0.3, 0.6])
@pytest.mark.parametrize("rule", METHODS, ids=["ivt", "idt"])
def test_generated_gaze_gives_its_fixations_back(screen, shown, rule, noise_deg):
    """0.3 degrees from sample to sample, and 0.3 degrees of deviation in each axis."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        gaze = simulate_gaze(
            30,
            screen,
            shown,
            rng,
            salience=_salience(rng),
            settings=SimulationSettings(rate_hz=250, noise_deg=noise_deg),
        )
        found = find_fixations(gaze.samples, Viewing(screen), rule)
        assert match_fixations(found, gaze.fixations).f1 >= 0.95


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    rate=st.sampled_from([30.0, 60.0, 120.0, 500.0]),
    noise=st.floats(0, 3),
    method=st.sampled_from(["ivt", "idt"]),
)
def test_fixations_follow_each_other_and_keep_the_rules(seed, rate, noise, method):
    screen = Screen(1280, 1024, 376.0, 301.0, 570.0)
    shown = letterbox((640, 480), (1280, 1024))
    made = simulate_gaze(
        4,
        screen,
        shown,
        np.random.default_rng(seed),
        settings=SimulationSettings(
            rate_hz=rate, noise_deg=noise, blinks_per_s=1, dropouts_per_s=5
        ),
    )
    rules = FixationSettings(method=method)
    found = find_fixations(made.samples, Viewing(screen), rules)
    for before, after in pairwise(found):
        assert before.end_s <= after.start_s + 1e-9
    for fixation in found:
        assert fixation.duration_s >= rules.shortest_s - 1e-9
        assert fixation.n >= 1
        assert np.isfinite([fixation.x, fixation.y, fixation.dispersion_deg]).all()
    whole = made.samples.seconds
    assert all(f.start_s >= 0 and f.end_s <= whole + 1 / rate for f in found)
