from __future__ import annotations

import io

import numpy as np
from PIL import Image

from napari_lesion_synth.ct.windows import LIVER
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.thumbs import THUMB_PIXELS, thumb_bytes


def picture(patch: Patch) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(thumb_bytes(patch))))


def test_three_planes_stand_side_by_side(ball_case, dark_ball):
    case = ball_case()
    shown = picture(Patch.cut(dark_ball(case, (12, 30, 30)), case.volume))
    assert shown.shape == (THUMB_PIXELS, 3 * THUMB_PIXELS)


def test_a_single_slice_has_one_plane(ball_case, dark_ball):
    case = ball_case((1, 48, 48))
    shown = picture(Patch.cut(dark_ball(case, (0, 24, 24)), case.volume))
    assert shown.shape == (THUMB_PIXELS, THUMB_PIXELS)


def test_the_lesion_lies_in_the_middle_of_every_plane_in_the_liver_window(ball_case, dark_ball):
    case = ball_case(noise_hu=0.0)
    shown = picture(Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)).astype(int)
    dark, bright = (int(LIVER.apply(np.int16([hu]))[0]) for hu in (70, 110))
    middle = THUMB_PIXELS // 2
    for panel in np.split(shown, 3, axis=1):
        assert abs(panel[middle, middle] - dark) <= 1
        assert (abs(panel - bright) <= 1).mean() > 0.1


def test_equal_patches_have_equal_pictures(ball_case, dark_ball):
    case = ball_case()
    patch = Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)
    assert thumb_bytes(patch) == thumb_bytes(patch)
