"""The generator, the auto-encoder and the detector that come with the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.evaluation.matching import CaseResult, match
from napari_lesion_synth.evaluation.operating import AtThreshold, at_threshold
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.jobs.demo_detection import UNSEEN
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.sample_data import (
    sample_autoencoder,
    sample_case,
    sample_detector,
    sample_generator,
)
from napari_lesion_synth.selection.autoencoder import AutoEncoder
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

ROOT = Path(__file__).resolve().parents[2]
FIRST_SEED = 100
"""Phantoms with smaller seeds are those of the demo, the docs and the tests."""


@pytest.fixture(scope="module")
def generator() -> GeneratorModel:
    return GeneratorModel.load(sample_generator())


@pytest.fixture(scope="module")
def encoder() -> AutoEncoder:
    return AutoEncoder.load(sample_autoencoder())


@pytest.fixture(scope="module")
def detector() -> DetectorModel:
    return DetectorModel.load(sample_detector())


@pytest.fixture(scope="module")
def judged() -> AtThreshold:
    """Twelve lesions of three simulated patients that it has not seen, in thick slices."""
    finder = open_detector(device="cpu", threads=1)

    def of(seed: int) -> CaseResult:
        case = phantom(seed=seed, lesions=4, spacing=(5.0, 1.5, 1.5))
        return match(finder.detect(case), Truth.of(case), HitRule())

    return at_threshold([of(seed) for seed in (72, 73, 74)], 0.5)


def test_the_detector_is_a_small_cascade_for_volumes_that_needs_no_extra(detector):
    assert (detector.facts.kind, detector.facts.dims) == ("cascade", 3)
    assert detector.facts.spec("candidate").name == "small"
    assert sample_detector().stat().st_size < 3_500_000


def test_the_detector_finds_most_lesions_of_simulated_patients_it_has_not_seen(judged):
    assert judged.lesions == 12
    assert judged.found >= 7


def test_the_detector_gives_few_false_alarms_in_them(judged):
    assert judged.false <= 3


def test_the_detector_searches_the_shipped_real_ct():
    found = open_detector(device="cpu", threads=1).detect(sample_case())
    assert all(0 <= finding.score <= 1 for finding in found.findings)
    assert found.heat is not None


def test_together_they_are_small():
    assert sample_generator().stat().st_size + sample_autoencoder().stat().st_size < 4_000_000


def test_they_know_both_zones_and_enough_lesions(generator, encoder):
    assert generator.dims == encoder.grid.dims == 3
    assert min(generator.facts.lesions[zone] for zone in Zone) >= 15
    assert encoder.by_patient
    assert len(encoder.held_out) >= 100


def test_they_have_seen_none_of_the_phantoms_that_are_shown(generator, encoder, detector):
    assert max(UNSEEN) < FIRST_SEED
    for name in (*generator.facts.patients, *encoder.patients, *detector.patients):
        assert int(name.rsplit("-", 1)[1]) >= FIRST_SEED


def test_the_generator_has_learnt_something(generator):
    fresh = GeneratorModel.fresh(generator.facts)
    changed = [
        float((generator.tensors[name] - fresh.tensors[name]).abs().max())
        for name in generator.tensors
    ]
    assert max(changed) > 0.01


def test_real_lesions_that_were_held_out_pass_as_often_as_the_band_says(encoder):
    from napari_lesion_synth.selection.band import BandSettings, held_out_acceptance

    for inside, n in held_out_acceptance(encoder.held_out, BandSettings()).values():
        assert inside / n > 0.8


def test_errors_of_held_out_lesions_are_numbers_of_hu(encoder):
    errors = np.array([item.error for item in encoder.held_out])
    assert np.isfinite(errors).all()
    assert 1 < np.median(errors) < 60


def test_the_program_that_remakes_them_explains_itself():
    command = [sys.executable, str(ROOT / "examples" / "train_on_phantoms.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    assert "--patients" in done.stdout
    assert "detector" in done.stdout
