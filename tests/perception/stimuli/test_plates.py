from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from napari_lesion_synth.perception.stimuli.areas import GARNISH, MAIN, read_areas
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.perception.stimuli.plates import (
    DISHES,
    PlateLook,
    PlateSettings,
    attractiveness,
    make_dish,
    render_plate,
    views_of,
    write_plates,
)
from napari_lesion_synth.perception.stimuli.plates.folder import read_truth
from napari_lesion_synth.perception.stimuli.survey import ScanRules
from napari_lesion_synth.perception.stimuli.views import View

SIZE, COARSE = 96, 360


@pytest.fixture(scope="module")
def dish():
    return make_dish("eel", 1, COARSE)


@pytest.mark.parametrize("name", DISHES)
def test_every_dish_shows_its_main_ingredient_and_garnish_on_a_dish(name):
    dish = make_dish(name, 0, COARSE)
    plate = render_plate(dish, View(dish.front_deg, 45), size=SIZE)
    assert plate.image.shape == (SIZE, SIZE, 3)
    assert plate.image.dtype == np.uint8
    shares = {area: plate.areas.share(area) for area in (MAIN, GARNISH, "other food", "dish")}
    assert 0.03 < shares[MAIN] < 0.4
    assert all(share > 0.002 for share in shares.values())
    assert 0.2 < sum(shares.values()) < 0.8
    # The middle of the picture is food; its corners are the table.
    assert plate.areas.labels[SIZE // 2, SIZE // 2] in (1, 2, 3)
    assert not plate.areas.labels[[0, 0, -1, -1], [0, -1, 0, -1]].any()


def test_pictures_are_neither_dark_nor_blown_out(dish):
    image = render_plate(dish, View(30, 45), size=SIZE).image
    assert 60 < image.mean() < 200
    assert (image == 255).all(axis=2).mean() < 0.1
    assert image.std() > 25


def test_the_same_seed_makes_the_same_picture_and_another_one_another():
    view = View(60, 45)
    first, again, other = (
        render_plate(make_dish("curry", k, COARSE), view, size=64) for k in (3, 3, 4)
    )
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.areas.labels, again.areas.labels)
    assert not np.array_equal(first.image, other.image)


def test_the_camera_goes_around_the_dish(dish):
    """Seen from the other side, the picture is another; seen from above, the dish is round."""
    front, back = (render_plate(dish, View(az, 45), size=SIZE).image for az in (0, 180))
    assert np.abs(front.astype(int) - back).mean() > 5

    def flatness(elevation):
        rows, columns = np.nonzero(render_plate(dish, View(0, elevation), size=SIZE).areas.labels)
        return np.ptp(rows) / np.ptp(columns)

    flat = [flatness(elevation) for elevation in (20, 45, 80)]
    assert flat == sorted(flat)
    assert flat[2] > 0.9 > 0.75 > flat[0]


def test_the_look_changes_the_picture_as_it_says(dish):
    view = View(0, 45)

    def mean(**look):
        return render_plate(dish, view, PlateLook(**look), SIZE).image.reshape(-1, 3).mean(axis=0)

    plain = mean()
    assert mean(exposure_ev=0.5).mean() > plain.mean() + 10
    warm, cold = mean(warmth=0.8), mean(warmth=-0.8)
    assert warm[0] - warm[2] > plain[0] - plain[2] > cold[0] - cold[2]
    assert np.ptp(mean(saturation=0.0)) < 2
    shiny, dull = (render_plate(dish, view, PlateLook(gloss=g), SIZE).image for g in (1.0, 0.0))
    assert shiny.mean() > dull.mean()


looks = st.builds(
    PlateLook,
    exposure_ev=st.floats(-1, 1),
    warmth=st.floats(-1, 1),
    saturation=st.floats(0, 2),
    gloss=st.floats(0, 1),
)
views = st.builds(View, st.floats(0, 360), st.floats(15, 85))


@settings(deadline=None)
@given(views, looks, st.floats(0, 360), st.floats(-0.3, 0.3))
def test_attractiveness_lies_between_0_and_1_and_is_smooth(view, look, front, level):
    value = attractiveness(view, look, front, level)
    assert 0 < value < 1
    near = View(view.azimuth_deg + 0.1, view.elevation_deg + 0.1)
    assert abs(attractiveness(near, look, front, level) - value) < 0.01
    # The same after a whole turn.
    turned = View(view.azimuth_deg + 360, view.elevation_deg)
    assert attractiveness(turned, look, front, level) == pytest.approx(value)


def test_the_best_view_is_the_stated_one():
    look = PlateLook()
    values = {
        (a, e): attractiveness(View(a, e), look, 120.0)
        for a in range(0, 360, 10)
        for e in range(16, 86, 4)
    }
    assert max(values, key=values.get) == (120, 48)
    assert max(values.values()) - min(values.values()) > 0.5


def test_a_view_without_elevation_has_no_attractiveness():
    with pytest.raises(ValueError, match="elevation"):
        attractiveness(View(0), PlateLook(), 0.0)


def test_a_folder_of_plates_is_a_folder_of_photos_with_areas_and_truth(tmp_path):
    settings = PlateSettings(
        dishes=("salad",), azimuths=2, elevations=(30, 60), size=64, varied=True
    )
    written = write_plates(tmp_path, settings)
    scanned = StimulusSet.scan(tmp_path, ScanRules(min_side=64))
    assert scanned == written
    assert set(scanned.categories) == {"salad"}
    assert {s.view for s in scanned} == {"az000_el30", "az180_el30", "az000_el60", "az180_el60"}
    for stimulus in scanned:
        assert MAIN in read_areas(stimulus).present
    truth = read_truth(tmp_path)
    assert set(truth) == set(scanned.ids)
    assert len(set(truth.values())) == 4


def test_by_default_a_dish_has_36_views():
    views = views_of(PlateSettings())
    assert len(set(views)) == 36
    with pytest.raises(ValidationError):
        PlateSettings(elevations=(5,))
