from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.detection.worth import worth


def test_without_a_lesion_every_pixel_counts_once():
    assert (worth(np.zeros((8, 8), bool)) == 1).all()


@pytest.mark.parametrize("shape", [(32, 32), (8, 32, 32)])
def test_a_small_lesion_counts_more_a_pixel_and_a_large_one_less(shape):
    target = np.zeros(shape, bool)
    target[..., 1:3, 1:3] = True
    target[..., 8:30, 8:30] = True
    weights = worth(target)
    small, large = weights[..., 1, 1], weights[..., 20, 20]
    assert (weights[~target] == 1).all()
    assert (small > 1).all()
    assert (large < 1).all()


def test_lesions_of_usual_sizes_count_alike_as_a_whole():
    totals = []
    for side in (5, 8, 10, 13):
        target = np.zeros((40, 40), bool)
        target[4 : 4 + side, 4 : 4 + side] = True
        totals.append(float(worth(target)[target].sum()))
    assert max(totals) / min(totals) < 1.3
