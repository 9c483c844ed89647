from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.perception.design.layout import gaze_path
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.session.gaze_record import (
    PhotosShown,
    frames_of,
    keep_samples,
    kept_samples,
    screen_of,
)

SHOWN = PhotosShown(((0, 0, 400, 300), (450, 10, 400, 300)), (1800, 1200), 2.0)


def samples():
    t = np.arange(5) / 100
    return Samples(t, t, t, np.ones(5, np.bool_), None, "screen", "tracker", 100.0)


def test_where_photos_were_is_read_back():
    assert PhotosShown.of(SHOWN.to_json()) == SHOWN
    assert PhotosShown.of(SHOWN.to_json() | {"frames": {"longest_ms": 16.7}}) == SHOWN


def test_frames_are_told_where_they_were_recorded():
    assert frames_of({}) == (None, None)
    assert frames_of({"frames": {}}) == (None, None)
    assert frames_of({"frames": {"longest_ms": 33.4, "late": 2}}) == (33.4, 2)


@pytest.mark.parametrize(
    "content", [{}, {"rects": 3}, {"rects": [[1, 2]], "screen_px": [1, 2]}, {"rects": []}]
)
def test_what_was_not_recorded_is_none(content):
    assert PhotosShown.of(content) is None


def test_places_map_pixels_of_the_screen_to_pixels_of_the_photos(make_study):
    study = make_study()
    photos = [study.stimuli.by_id(name) for name in study.stimuli.ids[:2]]
    left, right = SHOWN.places(photos)
    # The ratio makes device pixels of logical ones.
    assert left.to_image(400, 300) == (photos[0].width / 2, photos[0].height / 2)
    assert right.to_image(900, 20) == (0, 0)


def test_the_screen_is_that_of_the_design(make_study):
    screen = screen_of(make_study().design, SHOWN)
    assert (screen.width_px, screen.height_px) == (1800, 1200)
    assert (screen.width_mm, screen.distance_mm) == (531.0, 600)


def test_samples_are_kept_by_trial_and_read_back(tmp_path):
    assert kept_samples(tmp_path, "P1", 3) is None
    path = keep_samples(tmp_path, "P1", 3, samples())
    assert path == gaze_path(tmp_path, "P1", 3)
    assert np.array_equal(kept_samples(tmp_path, "P1", 3).t, samples().t)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "gaze").touch()
    with pytest.raises(StorageError):
        keep_samples(tmp_path, "P1", 3, samples())
