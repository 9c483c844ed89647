from __future__ import annotations

import json

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.stimuli.areas import (
    AREAS_JSON,
    Areas,
    read_areas,
    write_areas,
)
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.perception.stimuli.survey import ScanRules


@pytest.fixture
def stimulus(tmp_path, write_photo):
    write_photo(tmp_path / "soup.jpg", 1)
    return StimulusSet.scan(tmp_path, ScanRules(min_side=1)).stimuli[0]


@pytest.fixture
def labels():
    labels = np.zeros((18, 24), np.int64)
    labels[2:8, 3:9], labels[10:12, 10:12] = 1, 2
    return labels


def test_areas_come_back_as_they_were_drawn(stimulus, labels):
    assert read_areas(stimulus) is None
    path = write_areas(stimulus, Areas(labels))
    assert path.name == "soup.jpg.areas.png"
    areas = read_areas(stimulus)
    assert np.array_equal(areas.labels, labels)
    assert areas.present == ("main ingredient", "garnish")
    assert areas.share("main ingredient") == 36 / labels.size
    assert np.array_equal(areas.mask("garnish"), labels == 2)


def test_more_areas_than_a_byte_can_count_are_kept_too(stimulus, labels):
    write_areas(stimulus, Areas(labels))
    labels[0, 0] = 70_000
    assert write_areas(stimulus, Areas(labels)).suffix == ".npz"
    areas = read_areas(stimulus)
    assert np.array_equal(areas.labels, labels)
    assert "area 70000" in areas.present
    labels[0, 0] = 0
    write_areas(stimulus, Areas(labels))
    assert np.array_equal(read_areas(stimulus).labels, labels)


def test_names_belong_to_the_folder(stimulus, labels, tmp_path):
    write_areas(stimulus, Areas(labels, {1: "main ingredient", 2: "garnish"}))
    write_areas(stimulus, Areas(labels, {3: "rim"}))
    names = json.loads((tmp_path / AREAS_JSON).read_text(encoding="utf-8"))
    assert names == {"1": "main ingredient", "2": "garnish", "3": "rim"}
    with pytest.raises(ParameterError, match="area 2 is 'garnish'"):
        write_areas(stimulus, Areas(labels, {2: "rice"}))


def test_an_area_without_a_name_is_called_by_its_number(labels):
    labels[0, 0] = 9
    areas = Areas(labels)
    assert areas.mask("area 9").sum() == 1
    with pytest.raises(ParameterError, match="no area is named 'soup'"):
        areas.mask("soup")


def test_areas_of_another_size_are_refused(stimulus, labels):
    with pytest.raises(ParameterError, match="do not fit"):
        write_areas(stimulus, Areas(labels[:-1]))
    with pytest.raises(ParameterError, match="0 is no area"):
        write_areas(stimulus, Areas(-labels))


@pytest.mark.parametrize("name", ["soup.jpg.areas.png", "soup.jpg.areas.npz", AREAS_JSON])
def test_damaged_files_are_named(stimulus, labels, tmp_path, name):
    write_areas(stimulus, Areas(labels))
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        read_areas(stimulus)


def test_areas_of_a_photo_that_was_replaced_are_refused(stimulus, labels, tmp_path, write_photo):
    write_areas(stimulus, Areas(labels))
    write_photo(tmp_path / "soup.jpg", 2, (30, 30))
    stimulus = StimulusSet.scan(tmp_path, ScanRules(min_side=1)).stimuli[0]
    with pytest.raises(InputError, match="24 x 18"):
        read_areas(stimulus)
