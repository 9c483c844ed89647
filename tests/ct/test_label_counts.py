"""Voxels of each label of a file."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.ct import label_counts
from napari_lesion_synth.ct.label_counts import count_labels, voxels_by_label
from napari_lesion_synth.ct.masks import labels_in
from napari_lesion_synth.errors import InputError


@pytest.fixture
def labels():
    values = np.zeros((4, 10, 12), np.uint8)
    values[0, :3] = 2
    values[1:3, 5] = 7
    return values


@pytest.mark.parametrize("name", ["labels.nii.gz", "labels.nrrd"])
def test_labels_of_a_file_with_their_voxels(write_image, labels, name):
    path = write_image(labels, name)
    assert count_labels(path) == {2: 36, 7: 24}
    assert tuple(count_labels(path)) == labels_in(path)


@pytest.mark.parametrize("dtype", [bool, np.uint16, np.int64, np.float32])
def test_types_that_hold_labels(labels, dtype):
    values = labels.astype(dtype)
    expected = {1: 60} if dtype is bool else {2: 36, 7: 24}
    assert voxels_by_label(values) == expected


def test_pieces_add_up(labels, monkeypatch):
    monkeypatch.setattr(label_counts, "_PIECE", 17)
    assert voxels_by_label(labels) == {2: 36, 7: 24}


def test_large_numbers_are_labels_too(labels):
    values = labels.astype(np.int32) * 1_000_000
    assert voxels_by_label(values) == {2_000_000: 36, 7_000_000: 24}


def test_an_empty_mask_has_no_labels(write_image, labels):
    assert count_labels(write_image(labels * 0)) == {}
    assert voxels_by_label(np.zeros((0, 3), np.uint8)) == {}


@pytest.mark.parametrize(("value", "word"), [(-1, "negative"), (0.5, "fractions")])
def test_what_cannot_be_labels_is_refused(write_image, labels, value, word):
    values = labels.astype(np.float32)
    values[0, 0, 0] = value
    path = write_image(values)
    with pytest.raises(InputError, match=word) as caught:
        count_labels(path)
    assert caught.value.where == str(path)


@pytest.mark.realdata
def test_of_a_real_label_file(real_data):
    assert count_labels(real_data / "ct" / "ircadb01_label.nii.gz") == {1: 2650755, 2: 214376}
