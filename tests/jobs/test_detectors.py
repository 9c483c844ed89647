"""Which detector a job opens."""

from __future__ import annotations

from napari_lesion_synth.jobs.detect_settings import DetectSettings
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.sample_data import sample_detector


def test_without_a_file_it_is_the_one_that_comes_with_the_program():
    assert DetectSettings().model is None
    assert open_detector(device="cpu").id == open_detector(sample_detector(), device="cpu").id
