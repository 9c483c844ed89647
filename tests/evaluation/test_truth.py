from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.truth import Truth


def test_a_lesion_is_measured_where_it_lies(ball_case):
    case = ball_case(lesion_mm=14)
    truth = Truth.of(case)

    (lesion,) = truth.lesions
    assert lesion.component.diameter_mm == pytest.approx(14, abs=1)
    assert lesion.contrast_hu == pytest.approx(-50, abs=4)
    assert lesion.zone is Zone.INTERIOR
    assert lesion.depth_mm == case.organ.depth_at(lesion.component.center)
    assert lesion.conspicuity == pytest.approx(lesion.component.diameter_mm * 50, rel=0.1)
    assert (truth.patient, truth.case, truth.healthy) == ("ball", "ball", False)


def test_a_neighbouring_lesion_is_no_surroundings(ball_case):
    case = ball_case(lesion_mm=14, noise_hu=0)
    near = case.lesions.copy()
    near[12, 30:34, 43:47] = True
    hu = case.volume.hu.copy()
    hu[near] = 60

    both = Truth.of(replace(case, lesions=near, volume=replace(case.volume, hu=hu)))

    assert len(both.lesions) == 2
    assert [lesion.contrast_hu for lesion in both.lesions] == [-50, -50]


def test_a_lesion_that_pokes_out_lies_at_the_rim(ball_case):
    case = ball_case()
    lesions = np.zeros(case.volume.shape, bool)
    lesions[12, 30:34, 2:12] = True

    (lesion,) = Truth.of(replace(case, lesions=lesions)).lesions

    assert lesion.zone is Zone.RIM
    assert 0 < lesion.share_inside < 1


def test_a_disc_in_a_single_slice_has_the_diameter_of_a_disc(ball_case):
    case = ball_case((1, 64, 64), lesion_mm=12)

    (lesion,) = Truth.of(case, "slice 7").lesions

    assert lesion.component.diameter_mm == pytest.approx(12, abs=0.5)


def test_without_an_organ_place_and_contrast_are_not_known(ball_case):
    (lesion,) = Truth.of(replace(ball_case(lesion_mm=14), organ=None)).lesions

    assert lesion.zone is None
    assert np.isnan([lesion.depth_mm, lesion.contrast_hu]).all()


def test_an_empty_mask_is_a_healthy_ct_and_no_mask_an_error(ball_case):
    case = ball_case()

    assert Truth.of(replace(case, lesions=np.zeros(case.volume.shape, bool))).healthy
    with pytest.raises(InputError, match="not known what there is to find"):
        Truth.of(case)
