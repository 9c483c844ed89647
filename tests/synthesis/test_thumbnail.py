"""A donor's picture shows three planes to scale, the outline and a bar of a stated length."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from napari_lesion_synth.ct.windows import LIVER
from napari_lesion_synth.synthesis.thumbnail import donor_picture, lesion_picture, png_bytes

OUTLINE = (255, 209, 71)


def where(image: Image.Image, color: tuple[int, int, int]) -> np.ndarray:
    return (np.asarray(image) == color).all(axis=2)


def test_a_volume_shows_three_planes_and_a_slice_one(ball_donor):
    assert donor_picture(ball_donor(), pixels=80).size == (3 * 80 + 2 * 2, 80)
    assert donor_picture(ball_donor(single_slice=True), pixels=80).size == (80, 80)


def test_the_outline_has_the_lesions_size_in_every_plane(ball_donor):
    donor = ball_donor(14.0, (2.5, 1.0, 1.0), margin_mm=8.0)
    picture = donor_picture(donor, pixels=150)
    fov = max(n * s for n, s in zip(donor.hu.shape, donor.spacing, strict=True))
    for number in range(3):
        panel = picture.crop((number * 152, 0, number * 152 + 150, 150))
        rows, columns = np.nonzero(where(panel, OUTLINE))
        for extent in (np.ptp(rows), np.ptp(columns)):
            # One pixel of outline on either side; a voxel of 2.5 mm blurs the coronal height.
            assert extent * fov / 150 == pytest.approx(14.0, abs=2.0)


def test_the_tissue_is_shown_in_the_window(ball_donor):
    donor = ball_donor(noise_hu=0.0)
    panel = np.asarray(donor_picture(donor, pixels=120))[:120, :120]
    assert panel[60, 60, 0] == LIVER.apply(np.array([60.0]))[0]
    assert panel[60, 110, 0] == LIVER.apply(np.array([110.0]))[0]


@pytest.mark.parametrize(("side_mm", "length"), [(36, 10), (75, 20), (12, 2), (700, 100)])
def test_the_bar_is_a_round_length_and_drawn_to_scale(side_mm, length):
    step = side_mm / 30
    mask = np.zeros((1, 30, 30), bool)
    mask[0, 5:9, 20:25] = True
    picture = lesion_picture(None, mask, (1.0, step, step), pixels=160)
    bar = where(picture, (235, 235, 235))[-6:].any(axis=0)
    drawn = np.ptp(np.flatnonzero(bar)) * side_mm / 160
    assert drawn == pytest.approx(length, abs=1.5 * side_mm / 160)


def test_beyond_the_box_is_not_shown_as_fat_or_air(ball_donor):
    donor = ball_donor(14.0, (2.5, 1.0, 1.0))
    long_box = np.zeros((donor.hu.shape[0], donor.hu.shape[1], 90), np.int16)
    mask = np.zeros(long_box.shape, bool)
    mask[6, 15, 40:50] = True
    picture = lesion_picture(long_box, mask, donor.spacing, pixels=120)
    assert tuple(np.asarray(picture)[2, 60]) == (38, 42, 50)


def test_a_lopsided_lesion_is_in_view_as_a_whole():
    mask = np.zeros((3, 40, 40), bool)
    mask[1, 1:12, 1:12] = True
    mask[1, 6, 1:39] = True  # a tongue across the box
    picture = lesion_picture(None, mask, (1.0, 1.0, 1.0), pixels=160)
    columns = np.flatnonzero(where(picture.crop((0, 0, 160, 160)), OUTLINE).any(axis=0))
    assert columns[0] > 0
    assert columns[-1] < 159
    assert np.ptp(columns) * 40 / 160 == pytest.approx(38, abs=1)


def test_equal_donors_give_equal_files(ball_donor):
    files = [png_bytes(donor_picture(ball_donor())) for _ in range(2)]
    assert files[0] == files[1]
    assert Image.open(io.BytesIO(files[0])).format == "PNG"
