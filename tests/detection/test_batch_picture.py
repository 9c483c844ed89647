"""The picture of a batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from napari_lesion_synth.detection.batch_picture import save_picture
from napari_lesion_synth.detection.slice_batch import SliceBatch
from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.training.device import Compute

CPU = Compute(torch.device("cpu"), None, False, 1)
YELLOW, BLUE = (255, 209, 71), (94, 200, 245)


class Dark(nn.Module):
    """Sees what is darker than the organ."""

    def forward(self, batch):
        return -1 - 2 * batch[:, 1:2] if batch.ndim == 4 else -1 - 2 * batch[:, :1]


def batch_of(count=3, depth=0):
    """A lesion in the upper left of the first example, dark tissue in the lower right of all."""
    size = (depth, 32, 32) if depth else (32, 32)
    image = torch.zeros(count, 2 if depth else 4, *size)
    target = torch.zeros(count, 1, *size)
    seen = image[:, 0] if depth else image[:, 1]
    seen[..., 20:26, 20:26] = -2
    if depth:
        target[0, 0, depth - 1, 4:10, 4:10] = 1
        seen[0, : depth - 1] = 1.5
    else:
        target[0, 0, 4:10, 4:10] = 1
    return SliceBatch(image, target, torch.ones_like(target))


def drawn(tmp_path, batch):
    save_picture(tmp_path / "batch.png", batch, Dark(), CPU)
    return np.asarray(Image.open(tmp_path / "batch.png"))


def where(picture, colour):
    return np.argwhere((picture == colour).all(axis=2))


def test_lesions_are_outlined_in_yellow_and_what_the_net_sees_in_blue(tmp_path):
    picture = drawn(tmp_path, batch_of())
    assert picture.shape == (2 * 32 + 4, 3 * 32 + 2 * 4, 3)
    low, high = where(picture, YELLOW).min(axis=0), where(picture, YELLOW).max(axis=0)
    assert (low - (36, 0)).tolist() == [3, 3]
    assert (high - (36, 0)).tolist() == [10, 10]
    assert {int(column) // 36 for _, column in where(picture, BLUE)} == {0, 1, 2}


def test_above_it_is_the_same_without_outlines(tmp_path):
    picture = drawn(tmp_path, batch_of())
    assert (picture[:32, :32, :1] == picture[:32, :32]).all()
    plain, marked = picture[:32, :32], picture[36:, :32]
    untouched = ~((marked == YELLOW).all(axis=2) | (marked == BLUE).all(axis=2))
    assert (plain[untouched] == marked[untouched]).all()


def test_of_a_volume_the_slice_with_most_of_the_lesion_is_shown(tmp_path):
    picture = drawn(tmp_path, batch_of(1, depth=8))
    assert len(where(picture, YELLOW))
    assert picture[2, 2, 0] == pytest.approx(127, abs=1)  # not one of the brighter slices


def test_of_a_large_batch_eight_are_shown(tmp_path):
    assert drawn(tmp_path, batch_of(20)).shape[1] == 8 * 32 + 7 * 4


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(StorageError):
        save_picture(tmp_path / "gone" / "batch.png", batch_of(), Dark(), CPU)
