"""A copy of the CT with its lesions, and what they measure."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.evaluation.limits.design import design
from napari_lesion_synth.evaluation.limits.insertion import render_copy
from napari_lesion_synth.evaluation.limits.making import LimitMaterials
from napari_lesion_synth.evaluation.limits.settings import LimitSettings

GRID = LimitSettings(
    diameters_mm=(6, 10), contrasts_hu=(-20, -50), repeats=2, per_copy=3, gap_mm=6, filled=0.3
)


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0))


@pytest.fixture
def copies(liver):
    plans = design(liver, GRID).copies
    return [render_copy(liver, plan, LimitMaterials(), GRID) for plan in plans]


def test_only_the_lesions_differ_from_the_ct(liver, copies):
    before = liver.volume.hu.copy()

    for copy in copies:
        changed = copy.volume.hu != liver.volume.hu
        allowed = np.zeros_like(changed)
        for each in copy.inserted:
            allowed[each.sample.bbox] |= each.sample.support
        assert changed.any()
        assert not (changed & ~allowed).any()
    assert np.array_equal(liver.volume.hu, before)


def test_what_was_asked_for_is_kept_beside_what_came_out(copies):
    for copy in copies:
        for each in copy.inserted:
            spot, seen = each.planned.spot, each.appearance
            assert each.contrast_hu == pytest.approx(each.planned.contrast_hu, abs=0.5)
            assert seen.contrast_hu == pytest.approx(each.planned.contrast_hu, abs=12)
            assert 0.6 * spot.diameter_mm < seen.diameter_mm < 1.2 * spot.diameter_mm
            assert GRID.band(spot.band).holds(each.surface_mm)


def test_the_truth_of_a_copy_is_the_labels_of_its_lesions(liver, copies):
    copy = copies[0]
    truth = copy.truth(liver, (), "p")

    labels = np.zeros(liver.volume.shape, bool)
    for lesion in truth.lesions:
        labels[lesion.component.box][lesion.component.mask] = True
        assert lesion.component.mask.any(axis=(1, 2))[[0, -1]].all()  # the box is tight
        assert labels[lesion.component.center]
    expected = np.zeros_like(labels)
    for each in copy.inserted:
        expected[each.sample.bbox] |= each.sample.mask
    assert np.array_equal(labels, expected)
    assert truth.patient == "p"
    assert {lesion.zone for lesion in truth.lesions} <= {*Zone}


def test_the_same_plan_gives_the_same_copy(liver, copies):
    plan = copies[0].plan

    again = render_copy(liver, plan, LimitMaterials(), GRID)

    assert np.array_equal(again.volume.hu, copies[0].volume.hu)


def test_a_lesion_that_cannot_be_made_is_refused_and_the_others_are_there(liver):
    grid = GRID.model_copy(update={"methods": ("poisson",)})
    plan = design(liver, grid).copies[0]

    copy = render_copy(liver, plan, LimitMaterials(), grid)

    assert copy.inserted == ()
    assert len(copy.refused) == len(plan.lesions)
    assert "no donor can be scaled" in copy.refused[0].problem
    assert np.array_equal(copy.volume.hu, liver.volume.hu)
