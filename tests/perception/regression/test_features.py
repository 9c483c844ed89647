from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d
from skimage.color import rgb2hsv, rgb2lab
from skimage.feature import graycomatrix, graycoprops
from skimage.filters import threshold_otsu

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.features.cache import FeatureCache, Named
from napari_lesion_synth.perception.regression.features.colour import colour, colourfulness
from napari_lesion_synth.perception.regression.features.composition import composition, ellipse
from napari_lesion_synth.perception.regression.features.contrast import contrast
from napari_lesion_synth.perception.regression.features.families import (
    FAMILIES,
    feature_table,
    photo_features,
)
from napari_lesion_synth.perception.regression.features.foreground import otsu
from napari_lesion_synth.perception.regression.features.prepared import Prepared
from napari_lesion_synth.perception.regression.features.saliency import saliency, saliency_map
from napari_lesion_synth.perception.regression.features.texture import fourier_slope, texture
from napari_lesion_synth.perception.stimuli.areas import Areas, write_areas

pictures = st.builds(
    lambda seed, h, w: np.random.default_rng(seed).integers(0, 256, (h, w, 3), dtype=np.uint8),
    st.integers(0, 10_000),
    st.integers(20, 90),
    st.integers(20, 90),
)


def plain(colour: tuple[int, int, int], shape: tuple[int, int] = (256, 256)) -> np.ndarray:
    return np.full((*shape, 3), colour, np.uint8)


@settings(deadline=None, max_examples=15)
@given(pictures)
def test_colour_spaces_are_those_of_scikit_image(picture):
    photo = Prepared.of(picture)

    np.testing.assert_allclose(photo.lab, rgb2lab(photo.small), atol=0.05)
    np.testing.assert_allclose(photo.hsv, rgb2hsv(photo.small), atol=1e-5)


@settings(deadline=None, max_examples=15)
@given(pictures)
def test_every_feature_of_any_picture_is_finite_and_named_by_its_family(picture):
    main = np.zeros(picture.shape[:2], bool)
    main[5:12, 5:12] = True

    found = photo_features(picture, main)

    assert np.isfinite(list(found.values())).all()
    assert {name.split(": ")[0] for name in found} == set(FAMILIES)


@pytest.mark.parametrize("value", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 30, 30)])
def test_a_picture_without_anything_in_it_has_features_too(value):
    found = photo_features(plain(value))

    assert np.isfinite(list(found.values())).all()
    assert found["contrast: rms"] == pytest.approx(0, abs=1e-5)


def test_colourfulness_is_the_published_formula():
    # Half red, half blue: red - green is 255 and 0, yellow - blue 127.5 and -255.
    rgb = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)
    spread = np.hypot(127.5, (127.5 + 255) / 2)
    level = np.hypot(127.5, (127.5 - 255) / 2)

    assert colourfulness(rgb) == pytest.approx(spread + 0.3 * level, rel=1e-5)
    assert colourfulness(plain((90, 90, 90))) == 0


def test_warm_dishes_are_warm_and_cold_ones_are_not():
    warm = colour(Prepared.of(plain((220, 120, 40))))
    cold = colour(Prepared.of(plain((40, 120, 220))))
    grey = colour(Prepared.of(plain((128, 128, 128))))

    assert (warm["warm_share"], cold["warm_share"], grey["warm_share"]) == (1, 0, 0)
    assert warm["hue_cos"] > 0 > cold["hue_cos"]
    assert warm["b_mean"] > 0 > cold["b_mean"]


def test_hues_of_all_kinds_have_more_entropy_than_one():
    rainbow = np.zeros((100, 360, 3), np.uint8)
    hues = np.arange(360) / 60
    rainbow[..., 0] = 255 * np.clip(np.abs(hues - 3) - 1, 0, 1)
    rainbow[..., 1] = 255 * np.clip(2 - np.abs(hues - 2), 0, 1)
    rainbow[..., 2] = 255 * np.clip(2 - np.abs(hues - 4), 0, 1)

    assert colour(Prepared.of(rainbow))["hue_entropy"] == pytest.approx(np.log2(36), abs=0.05)
    assert colour(Prepared.of(plain((200, 30, 30))))["hue_entropy"] == 0


def test_textures_of_neighbours_are_those_of_scikit_image():
    grey = np.random.default_rng(0).integers(0, 256, (256, 256), dtype=np.uint8)
    photo = Prepared.of(np.stack([grey] * 3, axis=-1))
    levels = np.minimum((photo.grey * 16).astype(int), 15).astype(np.uint8)
    counts = graycomatrix(levels, [1], [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4], 16)
    table = counts.sum(axis=3, keepdims=True).astype(float)
    table = table + table.transpose(1, 0, 2, 3)
    table /= table.sum()

    found = texture(photo)

    for name in ("contrast", "homogeneity", "energy", "correlation"):
        assert found[f"glcm_{name}_1"] == pytest.approx(graycoprops(table, name)[0, 0], rel=1e-6)


def test_otsus_threshold_is_that_of_scikit_image():
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(0, 1, 900), rng.normal(6, 1, 400)]).astype(np.float32)

    assert otsu(values, 256) == pytest.approx(threshold_otsu(values, 256), abs=0.1)


@pytest.mark.parametrize("exponent", [0.0, -1.0, -2.0, -3.0])
def test_the_slope_of_the_spectrum_is_the_one_that_the_picture_was_made_with(exponent):
    rng = np.random.default_rng(2)
    y, x = np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None, :]
    radius = np.hypot(y, x)
    radius[0, 0] = 1
    white = np.fft.fft2(rng.standard_normal((128, 128)))
    plane = np.fft.ifft2(white * radius ** (exponent / 2)).real

    slope, _ = fourier_slope(plane.astype(np.float32))

    assert slope == pytest.approx(exponent, abs=0.25)


def test_what_is_drawn_out_one_way_has_a_direction_and_noise_has_none():
    noise = np.random.default_rng(0).standard_normal((128, 128)).astype(np.float32)
    drawn_out = uniform_filter1d(noise, 5, axis=0)

    assert fourier_slope(drawn_out)[1] > 5 * fourier_slope(noise)[1]


def test_noise_is_complex_and_a_plain_picture_is_not():
    rng = np.random.default_rng(0)
    noise = texture(Prepared.of(rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)))
    flat = texture(Prepared.of(plain((120, 120, 120))))

    for name in ("entropy", "png_bytes", "jpeg_bytes", "glcm_contrast_1"):
        assert noise[name] > flat[name]
    assert flat["lbp_8"] == 1


def test_patterns_do_not_change_when_the_picture_is_turned_by_a_quarter():
    grey = np.random.default_rng(3).integers(0, 256, (256, 256), dtype=np.uint8)
    picture = np.stack([grey] * 3, axis=-1)

    one, other = texture(Prepared.of(picture)), texture(Prepared.of(np.rot90(picture).copy()))

    for k in range(10):
        assert one[f"lbp_{k}"] == pytest.approx(other[f"lbp_{k}"], abs=2e-3)


def test_the_dish_is_found_by_its_colour(disc):
    photo = Prepared.of(disc)
    y, x = np.mgrid[: photo.small.shape[0], : photo.small.shape[1]]
    scale = photo.small.shape[1] / 320
    truth = (x - 190 * scale) ** 2 + (y - 120 * scale) ** 2 < (70 * scale) ** 2

    both, either = (photo.foreground & truth).sum(), (photo.foreground | truth).sum()
    found = composition(photo)

    assert both / either > 0.9
    assert found["offset_x"] == pytest.approx(30 / 320, abs=0.01)
    assert found["offset_y"] == pytest.approx(0, abs=0.01)
    assert found["ellipse_aspect"] > 0.95
    assert found["dish_cut_off"] == 0


@pytest.mark.parametrize("degrees", [0, 30, 90, 150])
def test_an_ellipse_is_measured_by_its_axes_and_its_angle(degrees):
    y, x = np.mgrid[-100:100, -100:100]
    turn = np.deg2rad(degrees)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)

    minor, major, angle = ellipse((along / 80) ** 2 + (across / 40) ** 2 < 1)

    assert (minor, major) == (pytest.approx(40, abs=0.5), pytest.approx(80, abs=0.5))
    assert np.cos(2 * (angle - turn)) == pytest.approx(1, abs=1e-4)


def test_mirrored_pictures_are_symmetric(disc):
    half = disc[:, :160]
    mirrored = composition(Prepared.of(np.concatenate([half, half[:, ::-1]], axis=1)))
    asked = composition(Prepared.of(disc))

    assert mirrored["symmetry_left_right"] > 0.99 > asked["symmetry_left_right"]


def test_a_dish_in_focus_is_sharper_than_its_background():
    rng = np.random.default_rng(0)
    picture = plain((120, 120, 120), (256, 256))
    picture[80:180, 80:180] = rng.integers(60, 255, (100, 100, 3))
    picture[80:180, 80:180, 2] //= 4

    found = contrast(Prepared.of(picture))

    assert found["focus_laplacian"] > 1
    assert found["focus_tenengrad"] > 1


def test_highlights_are_bright_and_without_colour():
    picture = plain((60, 60, 60), (256, 256))
    picture[:64] = 250
    picture[64:128] = (255, 200, 60)

    found = contrast(Prepared.of(picture))

    assert found["highlight_share"] == pytest.approx(0.25, abs=0.01)
    assert 0 < found["michelson"] <= 1


def test_what_stands_out_is_salient():
    rng = np.random.default_rng(0)
    picture = plain((128, 128, 128), (256, 256)) + rng.integers(0, 8, (256, 256, 3), dtype=np.uint8)
    picture[40:64, 180:204] = (230, 30, 30)

    found = saliency_map(Prepared.of(picture), centred=False)

    row, column = np.unravel_index(found.argmax(), found.shape)
    assert 8 <= row <= 17
    assert 43 <= column <= 53
    assert found.sum() == pytest.approx(1, rel=1e-4)


def test_saliency_on_the_dish_is_a_share(disc):
    found = saliency(Prepared.of(disc))

    assert 0.3 < found["on_dish"] <= 1


def test_the_main_ingredient_has_features_of_its_own(disc):
    main = np.zeros(disc.shape[:2], bool)
    main[100:140, 170:210] = True

    found = photo_features(disc, main)

    assert found["main ingredient: share"] == pytest.approx(main.mean(), rel=0.05)
    assert found["main ingredient: a_mean"] > found["colour: a_mean"] + 20
    assert found["main ingredient: apart_ab"] > 20
    assert not any(name.startswith("main ingredient") for name in photo_features(disc))
    with pytest.raises(ParameterError, match="another size"):
        photo_features(disc, main[:10])


def test_the_size_of_a_photo_hardly_matters(disc):
    large = disc.repeat(4, axis=0).repeat(4, axis=1)

    small, big = photo_features(disc), photo_features(large)

    for name in ("colour: colourfulness", "composition: share", "saliency: offset_x"):
        assert big[name] == pytest.approx(small[name], rel=0.05, abs=0.01)


def test_the_table_has_the_main_ingredient_only_where_it_was_drawn_in_every_photo(save_photo, disc):
    photos = [save_photo("a.png", disc), save_photo("b.png", disc[:, ::-1])]
    labels = np.zeros(disc.shape[:2], np.uint8)
    labels[100:140, 170:210] = 1
    write_areas(photos[0], Areas(labels))

    one = feature_table(photos)
    write_areas(photos[1], Areas(labels))
    both = feature_table(photos)

    assert len(both.columns) > len(one.columns)
    assert both.of(["main ingredient"]).values.shape[1] == len(both.columns) - len(one.columns)
    assert one.of(["colour", "texture"]).columns[0].startswith("colour: ")


def test_features_are_kept_by_the_photos_content(save_photo, disc, tmp_path):
    photo = save_photo("a.png", disc)
    cache = FeatureCache(tmp_path / "features")
    first = feature_table([photo], cache)
    files = sorted((tmp_path / "features").iterdir())
    photo.path.unlink()

    again = feature_table([photo], cache)

    assert len(files) == 1
    np.testing.assert_array_equal(first.values, again.values)
    assert first.columns == again.columns


def test_a_damaged_cache_is_made_again_and_another_version_is_another_file(tmp_path):
    cache = FeatureCache(tmp_path)
    calls = []

    def make() -> Named:
        calls.append(1)
        return Named.of({"one": 1.0, "two": 2.0})

    cache.get("ab" * 32, "v1", make)
    next(tmp_path.glob("*.npz")).write_bytes(b"PK\x03\x04 torn")
    again = cache.get("ab" * 32, "v1", make)
    cache.get("ab" * 32, "v2", make)
    cache.get("ab" * 32, "v2", make, np.ones((3, 3), bool))

    assert len(calls) == 4
    assert again.names == ("one", "two")
    assert json.dumps(again.values.tolist()) == "[1.0, 2.0]"
