from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.simulated_looks import simulate_looks
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.targets import target_points
from napari_lesion_synth.perception.gaze.validation import check_drift, validate


def _looks(screen, seed=0, count=9, **settings):
    return simulate_looks(
        target_points(screen, count),
        screen,
        np.random.default_rng(seed),
        settings=SimulationSettings(**settings),
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("offset", [(0.5, 0.0), (-1.2, 0.9), (0.0, 2.0)])
def test_accuracy_is_the_offset_that_was_put_in(screen, seed, offset):
    result = validate(_looks(screen, seed, noise_deg=0.3, offset_deg=offset), screen)
    assert result.accuracy_deg == pytest.approx(np.hypot(*offset), abs=0.1)
    assert result.offset_deg == pytest.approx(offset, abs=0.1)


def test_precision_and_loss_are_those_of_the_tracker(screen):
    result = validate(
        _looks(screen, noise_deg=0.3, drift_deg=0, blinks_per_s=0, dropouts_per_s=0), screen
    )
    assert result.rms_s2s_deg == pytest.approx(0.3, rel=0.05)
    assert result.sd_deg == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
    assert result.data_loss == 0
    assert result.bcea_deg2 == pytest.approx(2 * -np.log(1 - 0.682) * np.pi * 0.15**2, rel=0.1)


def test_lost_samples_are_counted_after_the_eye_has_settled(screen, make_samples):
    (look, *_) = _looks(screen, blinks_per_s=0, dropouts_per_s=0)
    valid = look.samples.valid.copy()
    valid[:200] = False  # while it was on its way
    valid[-75:] = False
    result = validate([replace(look, samples=replace(look.samples, valid=valid))], screen)
    assert result.data_loss == pytest.approx(0.25)


def test_a_target_that_was_not_seen_is_named_and_not_averaged(screen, make_samples):
    looks = list(_looks(screen, offset_deg=(1.0, 0.0)))
    nothing = make_samples(np.full(500, np.nan), np.full(500, np.nan))
    looks[2] = replace(looks[2], samples=nothing)
    result = validate(looks, screen)
    assert len(result.seen) == 8
    assert result.accuracy_deg == pytest.approx(1, abs=0.1)
    assert "8 of 9 targets seen" in str(result)
    blind = validate([replace(look, samples=nothing) for look in looks], screen)
    assert np.isnan(blind.accuracy_deg)
    assert blind.data_loss == 1
    assert str(blind) == "none of 9 targets was looked at"


def test_the_report_has_all_figures(screen):
    result = validate(_looks(screen, offset_deg=(1.0, 0.0), noise_deg=0.1), screen)
    text = str(result)
    for part in (
        f"accuracy {result.accuracy_deg:.2f}°",
        "worst target",
        "RMS",
        "SD",
        "lost",
        "9 of 9 targets",
    ):
        assert part in text


def test_a_validation_without_looks_is_refused(screen):
    with pytest.raises(InputError, match="looks"):
        validate([], screen)


@pytest.mark.parametrize(("offset", "passed"), [((0.5, 0.3), True), ((1.0, 0.9), False)])
def test_drift_is_let_pass_within_its_limit(screen, offset, passed):
    (look,) = simulate_looks(
        np.array([[960.0, 540.0]]),
        screen,
        np.random.default_rng(0),
        settings=SimulationSettings(offset_deg=offset),
    )
    drift = check_drift(look, screen, 1.0)
    assert drift.passed is passed
    assert drift.distance_deg == pytest.approx(np.hypot(*offset), abs=0.1)
    assert ("calibrate again" in str(drift)) is not passed


def test_an_eye_that_is_not_found_has_not_passed(screen, make_samples):
    (look, *_) = _looks(screen)
    blind = replace(look, samples=make_samples(np.full(400, np.nan), np.full(400, np.nan)))
    drift = check_drift(blind, screen)
    assert not drift.passed
    assert "not found" in str(drift)
