from __future__ import annotations

import pytest

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.widgets.parts.free_folder import next_free
from napari_lesion_synth.widgets.synthesize.set_state import lesions_in, what_run_does


def asked_of(settings):
    return settings.model_dump(mode="json")


@pytest.fixture
def finished(small_set):
    asked = small_set()
    list(generate(asked, StopToken()))
    return asked


def test_an_absent_and_an_empty_folder_get_a_new_set(small_set):
    asked = small_set()
    assert what_run_does(asked.out, asked_of(asked)) == "A new set is made here."
    asked.out.mkdir()
    assert what_run_does(asked.out, asked_of(asked)) == "A new set is made here."
    assert lesions_in(asked.out) == 0


def test_a_finished_set_is_only_checked(finished):
    text = what_run_does(finished.out, asked_of(finished))
    assert text == "All 6 lesions are there; Run only checks them."
    assert lesions_in(finished.out) == 6


def test_an_unfinished_set_is_continued(finished):
    table = finished.out / "samples.csv"
    lines = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join(lines[:5]) + lines[5][:20])
    text = what_run_does(finished.out, asked_of(finished))
    assert text == "4 of 6 are there; Run goes on."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 3}, "seed is 0 there and 3 here"),
        ({"n": 9}, "n is 6 there and 9 here"),
        ({"fixed": {"sigmoid": {"edge_mm": 2.0}}}, "fixed.sigmoid"),
        ({"methods": {"sigmoid": 1.0, "poisson": 1.0}}, "methods.poisson"),
    ],
)
def test_another_set_is_refused_with_what_differs(finished, change, words):
    with pytest.raises(DatasetError, match=words):
        what_run_does(finished.out, {**asked_of(finished), **change})


def test_how_it_is_run_makes_no_difference(finished):
    asked = {**asked_of(finished), "workers": 7, "scheduler": "tcp://there:1"}
    assert what_run_does(finished.out, asked).startswith("All 6")


def test_settings_that_are_not_given_are_not_compared(finished):
    assert what_run_does(finished.out, {"n": 6, "diameter_mm": (6.0, 9.0)}).startswith("All 6")


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"notes\.txt"):
        what_run_does(tmp_path, {"n": 6})


def test_the_next_free_folder(tmp_path):
    folder = tmp_path / "set-1"
    assert next_free(folder) == folder
    folder.mkdir()
    assert next_free(folder) == folder
    (folder / "x").touch()
    (tmp_path / "set-2").touch()
    assert next_free(folder) == tmp_path / "set-3"
    (tmp_path / "my set").mkdir()
    (tmp_path / "my set" / "x").touch()
    assert next_free(tmp_path / "my set") == tmp_path / "my set-2"
