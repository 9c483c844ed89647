import json
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.gaze.calibration import Correction, fit_correction
from napari_lesion_synth.perception.gaze.simulated_looks import simulate_looks
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.targets import target_points
from napari_lesion_synth.perception.gaze.validation import validate

EXACT = SimulationSettings(noise_deg=0, drift_deg=0, blinks_per_s=0, dropouts_per_s=0)


def _looks(screen, count=9, seed=0, settings=EXACT):
    return simulate_looks(
        target_points(screen, count), screen, np.random.default_rng(seed), settings=settings
    )


def _bent(looks, bend):
    """Looks as a tracker with a wrong map would tell them."""
    return [
        replace(look, samples=replace(look.samples, x=x, y=y))
        for look in looks
        for x, y in [bend(look.samples.x, look.samples.y)]
    ]


def _shear(x, y):
    return 1.05 * x + 0.03 * y - 40, 0.97 * y - 0.02 * x + 25


def _curve(x, y):
    u, v = x / 960 - 1, y / 540 - 1
    return x + 30 * u * v + 20 * u**2, y - 25 * v**2 + 10 * u * v


def test_shift_scale_and_shear_are_taken_out(screen):
    looks = _bent(_looks(screen, 5), _shear)
    correction = fit_correction(looks, screen, "affine")
    assert correction.residual_deg == pytest.approx(0, abs=1e-3)
    x, y = correction.points(*_shear(np.array([300.0, 1500.0]), np.array([200.0, 900.0])))
    assert x == pytest.approx([300, 1500], abs=0.1)
    assert y == pytest.approx([200, 900], abs=0.1)


def test_curvature_takes_a_polynomial(screen):
    looks = _bent(_looks(screen, 13), _curve)
    flat, bent = (fit_correction(looks, screen, kind) for kind in ("affine", "polynomial"))
    assert flat.residual_deg > 0.2
    assert bent.residual_deg < 0.05


def test_a_correction_is_judged_on_other_looks(screen):
    noisy = SimulationSettings(noise_deg=0.3, offset_deg=(2.0, -1.0))
    before = _looks(screen, 9, 1, noisy)
    after = _looks(screen, 5, 2, noisy)
    correction = fit_correction(before, screen)
    corrected = [replace(look, samples=correction.samples(look.samples)) for look in after]
    assert validate(after, screen).accuracy_deg == pytest.approx(np.hypot(2, 1), abs=0.1)
    assert validate(corrected, screen).accuracy_deg < 0.25


def test_targets_that_nobody_looked_at_do_not_count(screen, make_samples):
    looks = _bent(_looks(screen, 9), _shear)
    nothing = make_samples(np.full(500, np.nan), np.full(500, np.nan))
    blind = [replace(look, samples=nothing) for look in looks[:3]] + looks[3:]
    assert fit_correction(blind, screen).targets == 6
    with pytest.raises(InputError, match=r"6 targets are needed .* only 5 of 9"):
        fit_correction(
            [replace(looks[3], samples=nothing), *blind[:3], *blind[4:]], screen, "polynomial"
        )


def test_targets_on_a_line_are_refused(screen):
    looks = simulate_looks(
        np.array([[300.0, 540.0], [960.0, 540.0], [1600.0, 540.0]]),
        screen,
        np.random.default_rng(0),
        settings=EXACT,
    )
    with pytest.raises(InputError, match="on a line"):
        fit_correction(looks, screen)


def test_a_correction_is_kept_as_json(screen):
    correction = fit_correction(_bent(_looks(screen), _shear), screen)
    again = Correction.from_json(json.loads(json.dumps(correction.to_json())))
    assert again == correction


def test_gaze_on_a_photo_is_not_corrected(screen, make_samples):
    correction = fit_correction(_looks(screen), screen)
    with pytest.raises(ParameterError, match="screen"):
        correction.samples(make_samples([1], [1], frame="image"))
