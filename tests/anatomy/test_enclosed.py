"""What lies in an organ and is not called organ."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.enclosed import enclosed

SHAPE = (12, 24, 24)


@pytest.fixture
def organ() -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[2:10, 4:18, 4:18] = True
    return mask


def part(*box: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[tuple(slice(*side) for side in box)] = True
    return mask


def test_a_hole_in_the_organ_is_one(organ):
    hole = part((4, 7), (8, 11), (8, 11))
    assert enclosed(hole, organ & ~hole) == 1


def test_a_notch_in_its_face_is_one(organ):
    notch = part((4, 7), (8, 11), (15, 18))
    assert enclosed(notch, organ & ~notch) == 1


def test_an_organ_beside_it_is_none(organ):
    assert enclosed(part((2, 10), (4, 18), (18, 24)), organ) == 0


def test_a_slip_of_the_pen_is_none(organ):
    dot = part((5, 6), (8, 10), (8, 10))
    assert enclosed(dot, organ & ~dot) == 0


def test_each_hole_counts(organ):
    holes = part((4, 7), (6, 9), (6, 9)) | part((4, 7), (12, 15), (12, 15))
    assert enclosed(holes, organ & ~holes) == 2
