from __future__ import annotations

import shutil
import unicodedata

import pytest

from napari_lesion_synth.errors import InputError, LesionSynthWarning
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.perception.stimuli.survey import ScanRules, survey

RULES = ScanRules(min_side=10)


@pytest.fixture
def folder(tmp_path, write_photo):
    root = tmp_path / "photos"
    for number, name in enumerate(
        ("curry/az030_el45.png", "curry/az060_el45.jpg", "eel/eel_angle90.webp", "plain.tif")
    ):
        write_photo(root / name, number)
    return root


def test_categories_are_subfolders_and_views_are_told_by_names(folder):
    stimuli = StimulusSet.scan(folder, RULES)
    assert [(s.id, s.category, s.view) for s in stimuli] == [
        ("curry/az030_el45.png", "curry", "az030_el45"),
        ("curry/az060_el45.jpg", "curry", "az060_el45"),
        ("eel/eel_angle90.webp", "eel", "az090"),
        ("plain.tif", "", ""),
    ]
    assert stimuli.categories == {
        "": ("plain.tif",),
        "curry": ("curry/az030_el45.png", "curry/az060_el45.jpg"),
        "eel": ("eel/eel_angle90.webp",),
    }
    assert {(s.width, s.height) for s in stimuli} == {(24, 18)}
    assert stimuli.by_id("plain.tif").picture().shape == (18, 24, 3)


def test_what_is_no_photo_is_passed_over(folder):
    (folder / "notes.txt").write_text("lunch", encoding="utf-8")
    (folder / ".hidden.png").write_bytes(b"x")
    (folder / "curry" / "az030_el45.png.areas.png").write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git" / "a.png").write_bytes(b"x")
    assert len(StimulusSet.scan(folder, RULES)) == 4


def test_a_photo_that_is_there_twice_is_taken_once_and_told(folder):
    shutil.copy(folder / "plain.tif", folder / "curry" / "zz.tif")
    with pytest.warns(LesionSynthWarning, match=r"plain\.tif \(as curry/zz\.tif\)"):
        stimuli = StimulusSet.scan(folder, RULES)
    assert len(stimuli) == 4
    assert survey(folder, RULES).duplicates == {"plain.tif": "curry/zz.tif"}


def test_all_broken_and_small_photos_are_named_at_once(folder, write_photo):
    (folder / "broken1.jpg").write_bytes(b"no photo")
    (folder / "broken2.png").write_bytes(b"")
    write_photo(folder / "tiny.png", 9, (9, 40))
    with pytest.raises(InputError) as caught:
        StimulusSet.scan(folder, RULES)
    text = str(caught.value)
    for part in ("2 photos cannot be read: broken1.jpg, broken2.png", "tiny.png (9 x 40)"):
        assert part in text
    found = survey(folder, RULES)
    assert len(found.stimuli) == 4
    assert set(found.broken) == {"broken1.jpg", "broken2.png"}


def test_a_table_says_categories_and_views_and_which_photos_are_taken(folder, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(
        "File,Category,View\ncurry/az030_el45.png,stew,from the left\n./plain.tif,soup,\n",
        encoding="utf-8",
    )
    rules = ScanRules(min_side=10, table=str(table))
    found = survey(folder, rules)
    assert [(s.id, s.category, s.view) for s in found.stimuli] == [
        ("curry/az030_el45.png", "stew", "from the left"),
        ("plain.tif", "soup", ""),
    ]
    assert found.unlisted == ("curry/az060_el45.jpg", "eel/eel_angle90.webp")
    assert len(found.accepted()) == 2


def test_a_table_from_a_japanese_spreadsheet_is_read(folder, tmp_path):
    table = tmp_path / "table.csv"
    table.write_bytes("file,category,view\r\nplain.tif,うな丼,\r\n".encode("cp932"))
    (stimulus,) = StimulusSet.scan(folder, ScanRules(min_side=10, table=str(table)))
    assert stimulus.category == "うな丼"


def test_photos_that_a_table_names_and_the_folder_lacks_are_named(folder, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("file\nplain.tif\ncurry/gone.png\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"named in the table and not there: curry/gone\.png"):
        StimulusSet.scan(folder, ScanRules(min_side=10, table=str(table)))


@pytest.mark.parametrize("content", ["", "name,view\na,b\n", "file\n"])
def test_a_table_without_files_is_refused(folder, tmp_path, content):
    table = tmp_path / "table.csv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="no column named file"):
        survey(folder, ScanRules(table=str(table)))


def test_names_that_are_written_in_two_ways_have_one_id(tmp_path, write_photo):
    decomposed = unicodedata.normalize("NFD", "カレーが.png")
    write_photo(tmp_path / decomposed, 1)
    assert StimulusSet.scan(tmp_path, RULES).ids == (unicodedata.normalize("NFC", decomposed),)


def test_folders_without_photos_are_refused(tmp_path):
    with pytest.raises(InputError, match="no photos"):
        StimulusSet.scan(tmp_path, RULES)
    with pytest.raises(InputError, match="no such folder"):
        StimulusSet.scan(tmp_path / "gone", RULES)
