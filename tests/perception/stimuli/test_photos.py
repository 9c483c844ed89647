from __future__ import annotations

import pytest

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.stimuli.listing import read_listing, write_listing
from napari_lesion_synth.perception.stimuli.photos import StimulusSet, named
from napari_lesion_synth.perception.stimuli.survey import ScanRules
from napari_lesion_synth.perception.stimuli.views import View, view_in_name


@pytest.fixture
def stimuli(tmp_path, write_photo):
    for k in range(4):
        write_photo(tmp_path / "photos" / "soup" / f"{k}.png", k)
    return StimulusSet.scan(tmp_path / "photos", ScanRules(min_side=1))


def test_changed_and_missing_photos_are_named(stimuli, write_photo):
    stimuli.verify()
    write_photo(stimuli.stimuli[1].path, 77)
    stimuli.stimuli[3].path.unlink()
    changes = stimuli.changes()
    assert (changes.changed, changes.missing) == (("soup/1.png",), ("soup/3.png",))
    with pytest.raises(InputError, match=r"soup/1\.png changed, and soup/3\.png cannot be found"):
        stimuli.verify()


def test_the_place_of_changed_photos_is_the_folder_of_them_all(tmp_path, write_photo):
    for dish in ("soup", "stew"):
        write_photo(tmp_path / "photos" / dish / "1.png", len(dish + dish[-1]) + ord(dish[1]))
    stimuli = StimulusSet.scan(tmp_path / "photos", ScanRules(min_side=1))
    write_photo(stimuli.by_id("stew/1.png").path, 77)
    with pytest.raises(InputError) as error:
        stimuli.verify()
    assert error.value.where == str(tmp_path / "photos")


def test_an_unknown_id_is_named(stimuli):
    with pytest.raises(ParameterError, match="soup/9"):
        stimuli.by_id("soup/9")


def test_two_photos_cannot_have_the_same_id(stimuli):
    with pytest.raises(ParameterError, match="same name"):
        StimulusSet((stimuli.stimuli[0], stimuli.stimuli[0]))


def test_a_list_of_photos_comes_back_as_it_was_also_when_the_folder_moves(stimuli, tmp_path):
    file, folder = tmp_path / "stimuli.json", tmp_path / "photos"
    write_listing(file, stimuli, folder)
    assert read_listing(file, folder) == stimuli
    moved = folder.rename(tmp_path / "elsewhere")
    again = read_listing(file, moved)
    again.verify()
    assert again.ids == stimuli.ids


@pytest.mark.parametrize("text", ["", "{}", '{"photos": [{"id": "a"}]}', '{"photos": [1]}'])
def test_a_damaged_list_is_refused(tmp_path, text):
    file = tmp_path / "stimuli.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="list of photos"):
        read_listing(file, tmp_path)


@pytest.mark.parametrize(
    ("stem", "view"),
    [
        ("curry_az030_el45", "az030_el45"),
        ("AZ-30EL70", "az330_el70"),
        ("soup_angle30", "az030"),
        ("soup-390deg", "az030"),
        ("view 270", "az270"),
        ("Candy01", ""),
        ("IMG_1234", ""),
    ],
)
def test_only_marked_numbers_are_angles(stem, view):
    assert view_in_name(stem) == view


def test_a_view_is_read_back_from_its_name():
    for view in (View(0, 25), View(330, 70), View(90)):
        assert View.of(view.name) == view
    assert View.of("from the left") is None


def test_of_many_names_a_few_are_told():
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdefg")) == "a, b, c, d, e and 2 more"
