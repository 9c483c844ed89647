"""What a reader sees: the same place with and without a lesion, the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.errors import SiteError
from napari_lesion_synth.evaluation.limits.making import LimitMaterials
from napari_lesion_synth.jobs.reader_job import PictureSettings, ReaderJob, SimulatedReader
from napari_lesion_synth.jobs.reader_pictures import CtPictures
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings

SIZES = (6.0, 12.0)


@pytest.fixture
def pictures(ball_case):
    case = ball_case((24, 80, 80), (2.5, 1.0, 0.8), noise_hu=6.0)

    def make(*, sizes=SIZES, dark=True, **shown):
        job = ReaderJob(
            out=Path("unused"),
            asked=VisibilitySettings(diameters_mm=sizes, dark=dark),
            pictures=PictureSettings(**{"field_mm": 40.0, "places": 4, **shown}),
        )
        return CtPictures.of(case, LimitMaterials(), job)

    return make


def test_the_same_question_has_the_same_pictures(pictures):
    made = pictures()
    first, again = made.pair(12.0, -40.0, 7), pictures().pair(12.0, -40.0, 7)

    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], made.pair(12.0, -40.0, 8)[0])


def test_the_lesion_is_in_the_middle_of_one_picture_and_nowhere_else(pictures):
    with_lesion, without = pictures().pair(12.0, -60.0, 3)

    assert with_lesion.dtype == np.uint8
    n = len(with_lesion)
    assert with_lesion.shape == without.shape == (n, n) == (51, 51)  # 40 mm of 0.8 mm
    change = with_lesion.astype(int) - without
    middle = slice(n // 2 - 3, n // 2 + 4)
    assert change[middle, middle].mean() < -60  # 60 HU of 150 are 102 of 255 grey values
    far = np.hypot(*np.meshgrid(*[np.arange(n) - n // 2] * 2)) * 0.8 > 12
    assert np.abs(change[far]).max() == 0


def test_at_one_place_only_the_contrast_changes(pictures):
    made = pictures()
    (faint, before), (marked, same) = (made.pair(12.0, contrast, 5) for contrast in (-20.0, -80.0))

    assert np.array_equal(before, same)
    assert (before.astype(int) - marked).sum() > 2.5 * (before.astype(int) - faint).sum() > 0


def test_a_bright_lesion_is_brighter(pictures):
    with_lesion, without = pictures(dark=False).pair(12.0, 40.0, 5)

    assert with_lesion.mean() > without.mean()


def test_without_contrast_there_is_no_lesion(pictures):
    a, b = pictures().pair(6.0, 0.0, 5)

    assert np.array_equal(a, b)


def test_the_window_follows_the_organ_unless_it_is_given(pictures):
    _, without = pictures().pair(6.0, -20.0, 5)
    _, dark = pictures(level=400.0).pair(6.0, -20.0, 5)

    middle = slice(20, 31)
    assert 130 < np.median(without[middle, middle]) < 180
    assert dark.max() == 0


def test_a_size_without_room_is_told(pictures):
    with pytest.raises(SiteError, match="no place for lesions of 60 mm"):
        pictures(sizes=(6.0, 60.0))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"pictures": PictureSettings(depth="middle")}, "no depth 'middle': rim or deep"),
        ({"pictures": PictureSettings(method="magic")}, "no synthesis method"),
        ({"simulated": SimulatedReader(limits_hu=(1.0, 2.0, 3.0))}, "3 simulated limits for 2"),
        ({"asked": VisibilitySettings(diameters_mm=(8.0,))}, "at least 2 items"),
    ],
)
def test_what_contradicts_itself_is_refused(change, why):
    usual = {"out": Path("x"), "asked": VisibilitySettings(diameters_mm=SIZES)}
    with pytest.raises(ValueError, match=why):
        ReaderJob(**{**usual, **change})
