from __future__ import annotations

import json

import numpy as np
import pytest

from napari_lesion_synth.dataset.decisions import append_decision
from napari_lesion_synth.dataset.layout import BLOCK, COLUMNS, DATASET_JSON, SAMPLES_CSV, SCHEMA
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.writer import SetWriter
from napari_lesion_synth.errors import DatasetError


@pytest.fixture
def folder(tmp_path, header, scenes, made):
    path = tmp_path / "set"
    with SetWriter(path, header, scenes) as writer:
        for number, lesions in made.items():
            writer.add(number, lesions)
    return path


def test_the_table_has_a_row_a_lesion_and_typed_columns(folder):
    table = GeneratedSet.open(folder).table
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 8
    assert table["z"].dtype.kind == "i"
    assert table["diameter_mm"].dtype.kind == "f"
    assert list(table["donor"]) == [""] * 8


@pytest.mark.parametrize("patient", ["NA", "007", "1e5", "a,b", 'say "x"', "true", "ü"])
def test_a_patient_keeps_any_name(tmp_path, header, scenes, made, patient):
    place = COLUMNS.index("patient")
    with SetWriter(tmp_path / "set", header, scenes) as writer:
        for number, lesions in made.items():
            named = [
                type(k)(k.id, (*k.cells[:place], patient, *k.cells[place + 1 :]), k.patch, k.thumb)
                for k in lesions
            ]
            writer.add(number, named)
    assert set(GeneratedSet.open(tmp_path / "set").table["patient"]) == {patient}


def test_recipes_and_patches_are_found_by_id(folder, scenes):
    opened = GeneratedSet.open(folder)
    assert list(opened.recipes) == opened.ids == [name for scene in scenes for name in scene]
    recipe = opened.recipes[scenes[1][0]]
    patch = opened.patch(scenes[1][0])
    assert isinstance(patch, Patch)
    inside = [b.start <= c < b.stop for b, c in zip(patch.bbox, recipe.site.center, strict=True)]
    assert all(inside)
    assert opened.thumb(scenes[1][0]).exists()


def test_the_block_says_how_the_set_was_made(folder):
    opened = GeneratedSet.open(folder)
    assert opened.info["seed"] == 0
    assert opened.header["labels"] == {"background": 0, "liver": 1, "lesion": 2}


@pytest.mark.parametrize("cut", [1, 30, 300])
def test_a_torn_last_line_is_not_read(folder, cut):
    path = folder / SAMPLES_CSV
    path.write_bytes(path.read_bytes()[:-cut])
    opened = GeneratedSet.open(folder)
    assert len(opened.table) == 7
    assert not opened.complete


def test_a_set_is_complete_when_all_its_lesions_are_there(folder):
    assert GeneratedSet.open(folder).complete


def test_decisions_are_read_by_id(folder, scenes):
    append_decision(folder, scenes[0][0], "reject")
    assert GeneratedSet.open(folder).decisions[scenes[0][0]]["decision"] == "reject"


def test_scores_are_numbers_and_may_be_missing(folder):
    path = folder / SAMPLES_CSV
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = ["0.25", "", "1", "", "2", "3", "4", "5"]
    rows = [f"{line},{cell}" for line, cell in zip(lines[1:], cells, strict=True)]
    path.write_text("\n".join([lines[0] + ",error", *rows]) + "\n", encoding="utf-8")
    errors = GeneratedSet.open(folder).table["error"].to_numpy()
    assert np.array_equal(errors, [0.25, np.nan, 1, np.nan, 2, 3, 4, 5], equal_nan=True)


def test_a_folder_that_is_no_set_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="not a generated set"):
        GeneratedSet.open(tmp_path)


def test_a_set_of_a_newer_version_is_refused(folder):
    path = folder / DATASET_JSON
    header = json.loads(path.read_text(encoding="utf-8"))
    header[BLOCK]["schema"] = SCHEMA + 1
    path.write_text(json.dumps(header), encoding="utf-8")
    with pytest.raises(DatasetError, match="Update"):
        GeneratedSet.open(folder)


def test_a_header_that_is_not_json_is_refused(folder):
    (folder / DATASET_JSON).write_text("{", encoding="utf-8")
    with pytest.raises(DatasetError, match="cannot be read"):
        GeneratedSet.open(folder)


def test_a_table_without_a_column_is_refused(folder):
    path = folder / SAMPLES_CSV
    path.write_text("id,case\nlesion_000000,a\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="lacks the columns patient"):
        _ = GeneratedSet.open(folder).table


def test_a_set_without_a_lesion_has_an_empty_table(tmp_path, header, scenes):
    with SetWriter(tmp_path / "set", header, scenes):
        pass
    opened = GeneratedSet.open(tmp_path / "set")
    assert len(opened.table) == 0
    assert opened.ids == []
    assert not opened.complete
