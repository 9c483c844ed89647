"""What each transform does, on pictures of which the result is known."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from skimage import color, data

from napari_lesion_synth.perception.transforms.facts import Change, mirrored_facts
from napari_lesion_synth.perception.transforms.light import (
    DAYLIGHT_MIRED,
    LUMA,
    daylight,
    from_linear,
    to_linear,
)
from napari_lesion_synth.perception.transforms.registry import get_transform


def changed(name: str, image: np.ndarray, magnitude: float, seed: int = 0) -> np.ndarray:
    """The picture after a transform."""
    return get_transform(name)(image, magnitude, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def coffee() -> np.ndarray:
    """A photo of a cup, floats, 60 x 60."""
    return (data.coffee()[40:340:5, 150:450:5] / 255).astype(np.float64)


def spot(x: int, y: int, size: int = 61) -> np.ndarray:
    """A bright spot in the dark, so many px to the right of the centre and below it."""
    image = np.zeros((size, size, 3))
    image[size // 2 + y, size // 2 + x] = 1
    return np.asarray(ndimage.gaussian_filter(image, (1.5, 1.5, 0)) * 10)


def place(image: np.ndarray) -> tuple[float, float]:
    """Where the spot lies: to the right of the centre and below it."""
    y, x = ndimage.center_of_mass(image.sum(axis=-1))
    return x - image.shape[1] // 2, y - image.shape[0] // 2


@pytest.mark.parametrize("turns", [1, 2, -1])
def test_quarter_turns_are_those_of_numpy(coffee, turns):
    assert changed("rotate", coffee, 90.0 * turns) == pytest.approx(
        np.rot90(coffee, turns), abs=1e-6
    )


@pytest.mark.parametrize(
    ("name", "magnitude", "before", "after"),
    [
        ("rotate", 30, (20, 0), (20 * np.cos(np.pi / 6), -10)),
        ("zoom", 50, (10, 4), (15, 6)),
        ("zoom", -50, (20, 8), (10, 4)),
        ("shift-x", 100 * 6 / 61, (0, 0), (6, 0)),
        ("shift-y", 100 * 6 / 61, (0, 0), (0, -6)),
        ("shear", 30, (0, -10), (10 * np.tan(np.pi / 6), -10)),
        ("shear", 30, (8, 0), (8, 0)),
        ("perspective", 40, (0, 0), (0, 0)),
    ],
)
def test_points_go_where_geometry_says(name, magnitude, before, after):
    seen = changed(name, spot(*before), magnitude)
    # Reflected copies lie farther out.
    near = np.hypot(*np.meshgrid(np.arange(-30, 31) - after[0], np.arange(-30, 31) - after[1])) < 6

    assert place(seen * near[..., None]) == pytest.approx(after, abs=0.2)


def test_perspective_makes_the_upper_edge_shorter_by_the_magnitude():
    stripes = np.zeros((101, 101, 3))
    stripes[:, 30:71] = 1

    def lengths(magnitude: float) -> tuple[float, float]:
        seen = changed("perspective", stripes, magnitude)[..., 0]
        return float(seen[0].sum()), float(seen[-1].sum())

    up, down = lengths(20), lengths(-20)
    assert up[0] / up[1] == pytest.approx(0.8, abs=0.02)
    assert down[1] / down[0] == pytest.approx(0.8, abs=0.02)


def test_outside_there_is_the_picture_reflected(coffee):
    moved = changed("shift-x", coffee, 100 * 5 / 60)

    assert moved[:, 5:] == pytest.approx(coffee[:, :-5], abs=1e-6)
    assert moved[:, :5] == pytest.approx(coffee[:, 5:0:-1], abs=1e-6)


def test_a_crop_is_a_part_of_the_picture_enlarged():
    y, x = np.meshgrid(np.linspace(0, 1, 50), np.linspace(0, 1, 50), indexing="ij")
    ramp = np.stack([x, y, x], axis=-1)
    corners = []
    for seed in range(20):
        window = changed("crop", ramp, 40, seed)
        left, right = window[25, 0, 0], window[25, -1, 0]
        assert right - left == pytest.approx(0.6, abs=0.01)
        corners.append(left)
    assert min(corners) < 0.1 < 0.3 < max(corners) < 0.41


def test_a_stop_doubles_the_light(coffee):
    brighter = changed("brightness", 0.4 * coffee, 1)

    assert to_linear(brighter) == pytest.approx(2 * to_linear(0.4 * coffee), rel=1e-6)


def test_contrast_stretches_about_the_mean(coffee):
    flat = changed("contrast", coffee, -100)
    more = changed("contrast", 0.4 + 0.1 * coffee, 50)

    assert np.ptp(flat) < 1e-9
    assert flat.mean() == pytest.approx((coffee @ LUMA).mean())
    assert more.std() == pytest.approx(1.5 * (0.1 * coffee).std(), rel=1e-6)


def test_gamma_keeps_black_and_white():
    ends = np.stack([np.zeros((2, 3)), np.full((2, 3), 0.25), np.ones((2, 3))])

    assert changed("gamma", ends, 1)[:, 0, 0] == pytest.approx([0, 0.5, 1])
    assert changed("gamma", ends, -1)[:, 0, 0] == pytest.approx([0, 0.0625, 1])


def test_saturation_and_hue_keep_the_luma(coffee):
    muted = 0.3 + 0.4 * coffee  # far from the borders of what can be shown

    for name, magnitude in (("saturation", 40), ("saturation", -60), ("hue", 30), ("hue", -30)):
        assert changed(name, muted, magnitude) @ LUMA == pytest.approx(muted @ LUMA, abs=1e-6)
    grey = changed("saturation", coffee, -100)
    assert np.ptp(grey, axis=-1).max() < 1e-6


def test_hue_turns_red_towards_yellow_and_back():
    red = np.full((2, 2, 3), [0.6, 0.4, 0.4])

    turned = changed("hue", red, 40)

    assert turned[0, 0, 1] > red[0, 0, 1] > turned[0, 0, 2]
    assert changed("hue", turned, -40) == pytest.approx(red, abs=1e-6)


def test_daylight_of_srgbs_own_white_is_white():
    assert daylight(DAYLIGHT_MIRED) == pytest.approx([1, 1, 1], abs=0.005)
    assert daylight(1000 / 7 + 1e-9) == pytest.approx(daylight(1000 / 7 - 1e-9), abs=1e-3)


@pytest.mark.parametrize(
    ("kelvin", "x", "y"), [(5000, 0.3457, 0.3585), (5500, 0.3324, 0.3474), (7500, 0.2990, 0.3149)]
)
def test_daylight_is_that_of_the_standard_illuminants(kelvin, x, y):
    # D50, D55 and D75, whose temperatures are 1.4388 / 1.438 of their names.
    xyz = color.rgb2xyz(from_linear(daylight(1e6 / (kelvin * 1.4388 / 1.438))[None, None] / 4))

    assert xyz[0, 0, :2] / xyz.sum() == pytest.approx([x, y], abs=5e-4)


def test_warmer_light_makes_white_redder_at_the_same_luminance():
    grey = np.full((1, 1, 3), 0.5)

    warm, cool = changed("temperature", grey, 50)[0, 0], changed("temperature", grey, -50)[0, 0]

    assert warm[0] > 0.5 > warm[2]
    assert cool[0] < 0.5 < cool[2]
    for colour in (warm, cool):
        assert to_linear(colour) @ LUMA == pytest.approx(to_linear(np.array([0.5]))[0], rel=0.01)


def test_blur_means_the_same_at_any_size(coffee):
    large = coffee.repeat(4, axis=0).repeat(4, axis=1)
    soft = changed("blur", coffee, 5)

    assert soft == pytest.approx(ndimage.gaussian_filter(coffee, (3, 3, 0)), abs=1e-6)
    shrunk = changed("blur", large, 5).reshape(60, 4, 60, 4, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - soft).max() < 0.02


def test_sharpening_undoes_a_little_blur(coffee):
    soft = changed("blur", coffee, 1)

    sharper = changed("sharpen", soft, 100)

    assert np.abs(sharper - coffee).mean() < 0.8 * np.abs(soft - coffee).mean()


def test_jpeg_is_pillows(coffee):
    picture = np.rint(255 * coffee).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=30, subsampling="4:2:0")

    assert np.array_equal(changed("jpeg", picture, 70), np.asarray(Image.open(file)))


def test_noise_has_the_deviation_asked_for():
    grey = np.full((80, 80, 3), 0.5)

    noisy = changed("noise", grey, 8)

    assert noisy.mean() == pytest.approx(0.5, abs=0.003)
    assert noisy.std(axis=(0, 1)) == pytest.approx([0.08] * 3, rel=0.05)
    assert abs(np.corrcoef(noisy[..., 0].ravel(), noisy[..., 1].ravel())[0, 1]) < 0.05


def test_a_trial_says_how_its_photo_is_changed(coffee):
    change = Change("crop", 20.0, 1, seed=9)

    told = Change.of({"ties": False, **change.to_facts()})

    assert told == change
    assert Change.of({"ties": False}) is None
    assert np.array_equal(told.picture(coffee), changed("crop", coffee, 20.0, 9))


def test_swapping_sides_swaps_the_changed_photo_and_nothing_else():
    facts = {"ties": True, **Change("crop", 20.0, 1, seed=9).to_facts()}

    assert Change.of(mirrored_facts(facts)) == Change("crop", 20.0, 0, seed=9)
    assert mirrored_facts(mirrored_facts(facts)) == facts
    assert mirrored_facts({"ties": True}) == {"ties": True}
