import json
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.perception.gaze.quality import (
    GazeQuality,
    QualityRules,
    judge,
    quality_of,
    validation_doubt,
)
from napari_lesion_synth.perception.gaze.simulated_looks import simulate_looks
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.targets import target_points
from napari_lesion_synth.perception.gaze.validation import TargetResult, Validation, validate

GOOD = GazeQuality("tracker", 0.6, 0.1, 0.1, 0.05, 1000, 4.0, 0)


def test_good_gaze_is_used_for_everything():
    verdict = judge(GOOD)
    assert (verdict.maps, verdict.sides, verdict.reasons) == (True, True, ())
    assert str(verdict) == "the gaze can be used"


@pytest.mark.parametrize(
    ("change", "sides", "reason"),
    [
        ({"accuracy_deg": 1.6}, True, "accuracy is 1.6°, worse than 1.5°"),
        ({"accuracy_deg": None}, True, "not validated"),
        ({"accuracy_deg": float("nan")}, True, "not validated"),
        ({"accuracy_deg": 6.0}, False, "accuracy is 6.0°, worse than 5°"),
        ({"data_loss": 0.4}, True, "40% of the samples are lost, more than 30%"),
        ({"data_loss": 0.7}, False, "70% of the samples are lost, more than 60%"),
        ({"valid_s": 0.3, "samples": 75}, True, "0.30 s of valid gaze are too short"),
        ({"samples": 3}, False, "3 valid samples are too few"),
    ],
)
def test_bad_gaze_is_not_and_the_reason_is_told(change, sides, reason):
    verdict = judge(replace(GOOD, **change))
    assert not verdict.maps
    assert verdict.sides is sides
    assert reason in str(verdict)
    what = "map features are off" if sides else "the gaze is not used"
    assert str(verdict).startswith(what)


def test_limits_themselves_are_let_pass():
    edge = replace(GOOD, accuracy_deg=1.5, data_loss=0.3, valid_s=0.5)
    assert judge(edge).maps
    assert not judge(edge, QualityRules(map_accuracy_deg=1.0)).maps


def test_all_reasons_are_told_together():
    verdict = judge(replace(GOOD, accuracy_deg=2.0, data_loss=0.5))
    assert len(verdict.reasons) == 2


def test_figures_come_from_the_samples_and_the_last_validation(screen, make_samples):
    looks = simulate_looks(
        target_points(screen, 5),
        screen,
        np.random.default_rng(0),
        settings=SimulationSettings(offset_deg=(2.0, 0.0)),
    )
    x = np.full(500, 900.0)
    x[:50] = np.nan
    samples = make_samples(x, np.full(500, 500.0))
    quality = quality_of(samples, validate(looks, screen))
    assert quality.accuracy_deg == pytest.approx(2, abs=0.1)
    assert (quality.samples, quality.data_loss, quality.gaps) == (450, pytest.approx(0.1), 0)
    assert quality.valid_s == pytest.approx(1.8)
    assert not judge(quality).maps
    assert quality_of(samples).accuracy_deg is None


def test_a_tracker_that_fell_silent_has_lost_the_rest_of_the_trial(make_samples):
    samples = make_samples(np.full(250, 900.0), np.full(250, 500.0))
    assert quality_of(samples).data_loss == 0
    silent = quality_of(samples, seconds=5.1)
    assert silent.data_loss == pytest.approx(0.8)
    assert "80% of the samples are lost" in str(judge(silent))
    assert quality_of(make_samples([], []), seconds=2.0).data_loss == 1


def test_gaze_that_is_still_under_way_is_not_lost(make_samples):
    samples = make_samples(np.full(500, 900.0), np.full(500, 500.0))
    assert quality_of(samples, seconds=2.08).data_loss == 0
    assert np.isnan(quality_of(make_samples([], []), seconds=0.05).data_loss)


def test_a_validation_of_which_most_targets_were_not_seen_validates_nothing(screen, make_samples):
    looks = simulate_looks(target_points(screen, 9), screen, np.random.default_rng(0))
    lost = [
        replace(look, samples=replace(look.samples, valid=np.zeros(len(look.samples), bool)))
        for look in looks
    ]
    samples = make_samples(np.full(500, 900.0), np.full(500, 500.0))
    few = quality_of(samples, validate([*looks[:4], *lost[4:]], screen))
    assert few.accuracy_deg is None
    assert "not validated" in str(judge(few))
    assert quality_of(samples, validate([*looks[:5], *lost[5:]], screen)).accuracy_deg is not None


def test_pointing_is_exact_and_needs_no_validation(make_samples):
    samples = make_samples(np.full(500, 900.0), np.full(500, 500.0), source="mouse_aperture")
    assert judge(quality_of(samples)).maps


def test_figures_are_kept_as_json(make_samples):
    content = quality_of(make_samples([], [])).to_json()
    assert json.loads(json.dumps(content, allow_nan=False))["data_loss"] is None
    assert content["source"] == "tracker"


def _validated(off_deg: float, seen: int = 9) -> Validation:
    nan = float("nan")
    hit = TargetResult(0, 0, (off_deg, 0), off_deg, 0.1, 0.1, 0.1, 0)
    missed = TargetResult(0, 0, (nan, nan), nan, nan, nan, nan, 1)
    return Validation((hit,) * seen + (missed,) * (9 - seen))


@pytest.mark.parametrize(
    ("off_deg", "seen", "doubt"),
    [
        (0.6, 9, ""),
        (1.6, 9, "the accuracy is 1.6°, worse than 1.5°"),
        (22.0, 9, "the accuracy is 22.0°, worse than 5°"),
        (0.6, 4, "4 of 9 dots were seen, fewer than half"),
        (0.6, 0, "0 of 9 dots were seen, fewer than half"),
    ],
)
def test_a_validation_is_doubted_where_its_trials_would_make_no_maps(
    make_samples, off_deg, seen, doubt
):
    validation = _validated(off_deg, seen)
    assert validation_doubt(validation) == doubt
    samples = make_samples(np.full(1000, 500.0), np.full(1000, 500.0))
    assert judge(quality_of(samples, validation)).maps == (not doubt)
