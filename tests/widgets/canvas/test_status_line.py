"""Where a voxel lies, in words."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.widgets.canvas.status_line import depth_text, without_capsule

pytestmark = pytest.mark.gui


@pytest.fixture
def disc() -> Organ:
    y, x = np.mgrid[:64, :64]
    mask = (y - 32) ** 2 + (x - 32) ** 2 < 20**2
    return Organ(mask[None], (5.0, 1.0, 1.0))


@pytest.fixture
def picture() -> Organ:
    """A slice that is liver everywhere."""
    return Organ(np.ones((1, 64, 64), bool), (5.0, 1.0, 1.0))


def test_the_depth_and_the_zone_of_a_lesion_there(disc: Organ):
    middle = depth_text(disc, (0, 32, 32), 10.0, 5.0)
    assert middle == "19.5 mm below the capsule: interior for 10 mm"
    assert depth_text(disc, (0, 32, 48), 10.0, 5.0).endswith("rim for 10 mm")


def test_outside_the_organ_and_outside_the_ct(disc: Organ):
    assert depth_text(disc, (0, 32, 55), 10.0, 5.0).startswith("outside the organ, ")
    assert depth_text(disc, (0, 32, 99), 10.0, 5.0) == ""


def test_an_organ_that_fills_the_picture_has_no_capsule_to_be_deep_below(picture: Organ):
    text = depth_text(picture, (0, 32, 32), 10.0, 5.0)
    assert text == "in the organ, which fills the picture: interior for 10 mm"
    assert text == depth_text(picture, (0, 0, 0), 10.0, 5.0)


def test_the_deepest_voxel_of_any_other_organ_has_one(disc: Organ):
    nearly = np.ones((1, 64, 64), bool)
    nearly[0, 0, 0] = False
    for organ in (disc, Organ(nearly, (5.0, 1.0, 1.0))):
        assert not without_capsule(organ, organ.max_depth_mm)
