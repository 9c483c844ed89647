"""Where shams come to lie."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.evaluation.shams.sites import shams_for

SHAPE = (28, 110, 110)


@pytest.fixture
def donors(ball_donor):
    return (replace(ball_donor(), patient="trained on"),)


@pytest.fixture
def case(ball_case):
    """An organ with a lesion in its middle."""
    return ball_case(SHAPE, lesion_mm=16.0, patient="tested")


def reach_of(shams, shape):
    """What each sham changes or covers, full size."""
    found = []
    for sham in shams:
        reach = np.zeros(shape, bool)
        reach[sham.bbox] = sham.support | sham.mask
        found.append(reach)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_shams_touch_neither_a_lesion_nor_one_another(case, donors, seed):
    shams = shams_for(case, methods=("poisson", "sigmoid"), donors=donors, n=10, seed=seed)
    assert len(shams) > 5
    reaches = reach_of(shams, SHAPE)
    for number, reach in enumerate(reaches):
        wide = ndimage.binary_dilation(reach, np.ones((3, 3, 3)))
        assert not (wide & case.lesions).any()
        assert not any((wide & other).any() for other in reaches[number + 1 :])
        assert not (reach & ~case.organ.mask).any()


def test_methods_take_turns_and_each_lies_at_the_rim_and_in_the_interior(case, donors):
    shams = shams_for(case, methods=("poisson", "sigmoid"), donors=donors, n=4, seed=2)
    count = Counter((sham.recipe.method, sham.recipe.site.zone.value) for sham in shams)
    expected = {(m, z): 1 for m in ("poisson", "sigmoid") for z in ("rim", "interior")}
    assert count == expected


def test_each_sham_changes_the_ct_it_lies_in(case, donors):
    for sham in shams_for(case, methods=("poisson", "sigmoid"), donors=donors, n=8):
        assert (sham.hu != case.volume.hu[sham.bbox])[sham.mask].any()


def test_the_same_seed_gives_the_same_shams_and_another_one_others(case, donors):
    one, again, other = (
        [s.sha256 for s in shams_for(case, methods=("poisson",), donors=donors, n=3, seed=seed)]
        for seed in (5, 5, 6)
    )
    assert one == again
    assert one != other


def test_the_ct_itself_is_left_as_it_was(case, donors):
    before = case.volume.hu.copy(), case.lesions.copy()
    shams_for(case, methods=("poisson", "sigmoid"), donors=donors, n=4)
    np.testing.assert_array_equal(case.volume.hu, before[0])
    np.testing.assert_array_equal(case.lesions, before[1])


def test_an_organ_that_is_full_gets_fewer(ball_case, donors):
    small = ball_case((14, 44, 44), patient="tested")
    assert len(shams_for(small, methods=("poisson",), donors=donors, n=20)) < 20


def test_single_slices_get_shams_too(ball_case, ball_donor):
    flat = ball_case((1, 120, 120), (1.0, 1.0, 1.0), patient="tested")
    donor = replace(ball_donor(single_slice=True), patient="trained on")
    assert len(shams_for(flat, methods=("poisson", "sigmoid"), donors=[donor], n=4)) == 4


def test_a_donor_of_the_tested_patient_is_refused(case, donors):
    own = replace(donors[0], patient="tested", id="own-1")
    with pytest.raises(ParameterError, match=r"own-1 is a lesion of tested, who is tested"):
        shams_for(case, methods=("poisson",), donors=(*donors, own))


def test_what_a_method_lacks_is_named(case):
    with pytest.raises(ParameterError, match="'poisson' has the shape of a real lesion"):
        shams_for(case, methods=("sigmoid", "poisson"))
    with pytest.raises(ParameterError, match="'cgan' needs a trained generator"):
        shams_for(case, methods=("cgan",))
    with pytest.raises(ParameterError, match="'magic'"):
        shams_for(case, methods=("magic",))
    with pytest.raises(ParameterError, match="none is named"):
        shams_for(case, methods=())


def test_without_an_organ_there_is_no_place(case):
    with pytest.raises(InputError, match="needs the organ"):
        shams_for(replace(case, organ=None), methods=("sigmoid",))
