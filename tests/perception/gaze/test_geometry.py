import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.geometry import (
    Screen,
    Shown,
    Viewing,
    letterbox,
    napari_points,
)

size = st.integers(100, 8000)
length = st.floats(50, 3000)
screens = st.builds(Screen, size, size, length, length, st.floats(200, 3000))
shares = st.floats(-0.5, 1.5)


@given(screens, shares, shares)
def test_degrees_lead_back_to_the_same_pixel(screen, across, down):
    x, y = np.array([across * screen.width_px]), np.array([down * screen.height_px])
    again = screen.to_px(*screen.to_degrees(x, y))
    assert np.allclose(again, (x, y), rtol=0, atol=1e-6 * screen.width_px)


@given(size, size, size, size, st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]), shares, shares)
def test_a_place_on_the_photo_leads_to_the_screen_and_back(w, h, wide, high, ratio, across, down):
    shown = letterbox((w, h), (wide / ratio, high / ratio), ratio)
    again = shown.to_image(*shown.to_screen(across * w, down * h))
    assert again == pytest.approx((across * w, down * h), abs=1e-7 * max(w, h))


@given(size, size, size, size, st.sampled_from([1.0, 1.5, 2.0]))
def test_a_photo_fills_its_window_in_one_direction_and_keeps_its_shape(w, h, wide, high, ratio):
    shown = letterbox((w, h), (wide, high), ratio)
    assert shown.scale[0] == pytest.approx(shown.scale[1])
    assert max(shown.width / wide, shown.height / high) == pytest.approx(1)
    assert (shown.left, shown.top) == pytest.approx(
        ((wide - shown.width) / 2, (high - shown.height) / 2)
    )


def test_the_photos_corners_are_where_it_was_drawn(shown):
    # 800 x 600 on a screen of 1920 x 1080: 1440 px wide, bars of 240 px at its sides.
    assert shown.to_image(240.0, 0.0) == (0, 0)
    assert shown.to_image(1680.0, 1080.0) == (800, 600)


def test_a_scaled_display_has_more_device_pixels():
    # 150 %: the window's 1280 x 720 logical pixels are the tracker's 1920 x 1080.
    shown = letterbox((800, 600), (1280, 720), 1.5)
    assert shown.to_image(960.0, 540.0) == (400, 300)
    assert shown.to_image(240.0, 0.0) == pytest.approx((0, 0))


def test_a_degree_is_what_trigonometry_says():
    screen = Screen(1000, 1000, 1000.0, 1000.0, 573.0)
    assert screen.px_per_degree == pytest.approx((10.0, 10.0), abs=0.01)
    azimuth, elevation = screen.to_degrees(np.array([500 + 573.0]), np.array([500.0]))
    assert (azimuth[0], elevation[0]) == pytest.approx((45, 0))
    one, other = (np.array([500.0]), np.array([500.0])), (np.array([500.0]), np.array([1073.0]))
    assert screen.angle(one, other)[0] == pytest.approx(45)


@given(screens, shares, shares)
def test_the_angle_to_the_middle_is_that_of_both_directions(screen, across, down):
    x, y = np.array([across * screen.width_px]), np.array([down * screen.height_px])
    azimuth, elevation = (np.deg2rad(a[0]) for a in screen.to_degrees(x, y))
    middle = (np.array([screen.width_px / 2]), np.array([screen.height_px / 2]))
    # Spherical triangle with a right angle.
    expected = np.rad2deg(np.arccos(np.cos(azimuth) * np.cos(elevation)))
    assert screen.angle((x, y), middle)[0] == pytest.approx(expected, abs=2e-5)


def test_small_angles_do_not_drown(screen):
    one = (np.array([960.0]), np.array([540.0]))
    other = (np.array([960.0 + 1e-4]), np.array([540.0]))
    assert screen.angle(one, other)[0] == pytest.approx(1e-4 / screen.px_per_degree[0], rel=1e-3)


def test_samples_move_to_the_photo_and_keep_their_source(shown, make_samples):
    samples = shown.samples_in_image(make_samples([240, 960, 0], [0, 540, 0]))
    assert samples.frame == "image"
    assert samples.x.tolist() == pytest.approx([0, 400, -400 / 3])
    assert samples.valid.all(), "beside the photo is a place too"
    with pytest.raises(ParameterError, match="already"):
        shown.samples_in_image(samples)


def test_degrees_of_the_photo_need_to_know_where_it_was(screen, shown):
    inside = np.array([400.0]), np.array([300.0])
    assert Viewing(screen, shown).degrees(*inside, "image")[0][0] == pytest.approx(0)
    with pytest.raises(ParameterError, match="not known"):
        Viewing(screen).degrees(*inside, "image")


def test_a_degree_of_the_photo_has_the_photos_own_pixels(screen, shown):
    across, down = Viewing(screen, shown).px_per_degree("image")
    assert across == pytest.approx(screen.px_per_degree[0] / 1.8)
    assert down == pytest.approx(screen.px_per_degree[1] / 1.8)


def test_napari_counts_rows_first_and_from_the_pixels_middle():
    points = napari_points(np.array([0.5, 10.0]), np.array([0.5, 20.0]))
    assert points.tolist() == [[0, 0], [19.5, 9.5]]


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_screen_without_a_size_is_refused(bad):
    with pytest.raises(ParameterError, match="size"):
        Screen(1920, 1080, bad, 299, 600)
    with pytest.raises(ParameterError, match="size"):
        Shown(0, 0, bad, 100, 800, 600)
