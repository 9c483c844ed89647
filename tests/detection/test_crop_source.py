from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_lesion_synth.detection.crop_source import CropSource
from napari_lesion_synth.detection.mining import Mined
from napari_lesion_synth.errors import TrainingError


def mined(lesions=3, others=20, shape=(6, 16, 32, 32)):
    n = lesions + others
    crops = np.zeros((n, *shape), np.float16)
    crops[:lesions, [0, 3]] = -1
    crops[:, [1, 4]] = 0.5
    return Mined(
        crops=crops,
        lesion=np.arange(n) < lesions,
        score=np.full(n, 0.5, np.float32),
        number=np.zeros(n, np.int32),
        lesions=lesions,
    )


def test_half_of_a_batch_are_lesions_however_few_there_are():
    batch = CropSource(mined(), seed=0, batch=16).batch(1)
    assert batch.crops.shape == (16, 6, 16, 32, 32)
    assert batch.labels.sum() == 8
    assert batch.crops[:8, 0].mean() < -0.7
    assert batch.crops[8:, 0].mean() > -0.3


def test_the_same_step_gives_the_same_batch_and_another_another():
    source, again = CropSource(mined(), seed=4), CropSource(mined(), seed=4)
    assert torch.equal(source.batch(7).crops, again.batch(7).crops)
    assert not torch.equal(source.batch(7).crops, source.batch(8).crops)


def test_some_crops_come_without_heat_and_the_depth_is_left_alone():
    pool = mined()
    pool.crops[:, [2, 5]] = 0.25
    crops = CropSource(pool, seed=0, batch=64).batch(1).crops
    without = (crops[:, [1, 4]] == 0).flatten(1).all(1).float().mean()
    assert 0.1 < without < 0.45
    assert (crops[:, [2, 5]] == 0.25).all()


def test_single_slices_have_crops_of_two_axes():
    assert CropSource(mined(shape=(6, 48, 48)), seed=0).batch(1).crops.shape == (32, 6, 48, 48)


@pytest.mark.parametrize(("lesions", "others", "what"), [(0, 5, "lesions"), (5, 0, "healthy")])
def test_a_pool_of_one_kind_is_refused(lesions, others, what):
    with pytest.raises(TrainingError, match=f"no {what}"):
        CropSource(mined(lesions, others), seed=0)
