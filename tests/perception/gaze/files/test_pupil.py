import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.pupil import read_pupil

SCENE = (
    "gaze_timestamp,world_index,confidence,norm_pos_x,norm_pos_y,base_data",
    "100.00,0,0.98,0.50,0.25,99.99-0 99.99-1",
    "100.01,0,0.97,0.25,1.00,99.99-0",
    "100.02,1,0.30,0.50,0.50,100.01-1",
    "100.03,1,0.91,0.50,0.50,100.02-0",
)
SURFACE = (
    "world_timestamp,world_index,gaze_timestamp,x_norm,y_norm,x_scaled,y_scaled,on_surf,confidence",
    "100.0,0,100.00,0.50,0.25,50,20,True,0.98",
    "100.0,0,100.02,1.50,0.25,150,20,False,0.98",
    "100.0,1,100.01,0.75,0.75,75,60,True,0.95",
)


def test_y_counts_from_below_and_confidence_decides(write):
    found = read_pupil(write("gaze_positions.csv", *SCENE), (1000, 800))
    samples = found.samples
    assert samples.t.tolist() == [100, 100.01, 100.02, 100.03]
    assert samples.x.tolist() == [500, 250, 500, 500]
    assert samples.y.tolist() == [600, 0, 400, 400]
    assert samples.valid.tolist() == [True, True, False, True]
    assert samples.rate_hz == pytest.approx(100)


def test_gaze_in_the_scene_is_said_not_to_be_gaze_on_the_screen(write):
    assert "scene camera" in read_pupil(write("a.csv", *SCENE), (10, 10)).notes[0]
    surface = read_pupil(write("b.csv", *SURFACE), (10, 10))
    assert not any("scene camera" in note for note in surface.notes)


def test_gaze_on_a_surface_is_sorted_and_lost_beside_it(write):
    found = read_pupil(write("gaze_positions_on_surface_Screen.csv", *SURFACE), (1000, 800))
    assert found.samples.t.tolist() == [100, 100.01, 100.02]
    assert found.samples.x.tolist() == [500, 750, 1500]
    assert found.samples.y.tolist() == [600, 200, 600]
    assert found.samples.valid.tolist() == [True, True, False]
    assert found.notes == ("the rows were not in order of time, and have been sorted",)


def test_the_least_confidence_can_be_chosen(write):
    found = read_pupil(write("a.csv", *SCENE), (10, 10), least_confidence=0.975)
    assert found.samples.valid.tolist() == [True, False, False, False]
    assert found.facts["least_confidence"] == 0.975


@pytest.mark.parametrize(
    ("change", "words", "line"),
    [
        (("norm_pos_x", "x"), "no column 'norm_pos_x'", 1),
        (("confidence", "sure"), "no column 'confidence'", 1),
        (("0.97", "high"), "'high' in the column 'confidence'", 3),
    ],
)
def test_damage_is_told_with_its_line(write, change, words, line):
    lines = [text.replace(*change) for text in SCENE]
    with pytest.raises(InputError, match=words) as caught:
        read_pupil(write("a.csv", *lines), (10, 10))
    assert caught.value.where.endswith(f"line {line}")
