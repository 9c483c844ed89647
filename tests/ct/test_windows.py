"""Display windows."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.ct.windows import (
    BONE,
    LIVER,
    LUNG,
    SOFT_TISSUE,
    WINDOWS,
    Window,
    liver_window,
)


def test_black_at_the_lower_limit_white_at_the_upper():
    window = Window("test", level=50, width=400)
    grey = window.apply(np.array([-2000, -150, 50, 250, 3000], np.int16))
    assert grey.dtype == np.uint8
    assert grey.tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: w.name)
def test_grey_rises_with_hu_and_keeps_the_shape(window):
    hu = np.arange(-1024, 3071, dtype=np.int16).reshape(1, 63, 65)
    grey = window.apply(hu)
    assert grey.shape == hu.shape
    assert (np.diff(grey.ravel().astype(int)) >= 0).all()
    assert window.apply(np.array([window.level]))[0] in (127, 128)
    assert grey.max() == 255


def test_each_window_shows_what_it_is_for():
    assert LIVER.limits[0] < 40 < 130 < LIVER.limits[1]
    assert SOFT_TISSUE.limits[0] < -100
    assert SOFT_TISSUE.limits[1] > 200
    assert LUNG.limits[0] < -950
    assert LUNG.limits[1] > 0
    assert BONE.limits[1] > 1000
    assert len({w.name for w in WINDOWS}) == len(WINDOWS) == 4


@pytest.mark.parametrize("liver_hu", [46, 113, 141])
def test_the_liver_window_follows_the_liver(liver_hu):
    window = liver_window(liver_hu)
    assert 128 < window.apply(np.array([liver_hu]))[0] < 192
    assert window.width == LIVER.width
