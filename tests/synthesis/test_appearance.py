"""What a lesion's figures say is what was put into it."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.appearance import appearance, appearance_and_profile, radial_hu

SPACING = (2.5, 1.0, 1.0)


def ball(
    diameter_mm=16.0, *, half=(8, 18, 18), spacing=SPACING, edge_mm=0.0, noise=8.0, contrast=-50
):
    """Make a ball in liver of 110 HU that fills its box: before, after, mask, organ."""
    axes = [np.arange(-h, h + 1) * s for h, s in zip(half, spacing, strict=True)]
    radius = np.sqrt(sum(g**2 for g in np.meshgrid(*axes, indexing="ij")))
    depth = diameter_mm / 2 - radius
    mask = depth >= 0
    share = mask.astype(float) if edge_mm == 0 else 1 / (1 + np.exp(-depth / edge_mm))
    before = np.round(110 + np.random.default_rng(1).normal(0, noise, mask.shape)).astype(np.int16)
    after = np.round(before + contrast * share).astype(np.int16)
    return before, after, mask, np.ones_like(mask)


def test_the_figures_are_those_of_the_ball():
    before, after, mask, organ = ball()
    looks = appearance(before, after, mask, organ, SPACING)
    assert looks.lesion_hu == pytest.approx(after[mask].mean())
    assert looks.lesion_sd == pytest.approx(8, abs=0.7)
    assert looks.around_hu == pytest.approx(110, abs=0.5)
    assert looks.around_sd == pytest.approx(8, abs=0.3)
    assert looks.contrast_hu == pytest.approx(-50, abs=1)
    assert looks.cnr == pytest.approx(50 / 8, rel=0.07)
    assert looks.voxels == looks.changed_voxels == mask.sum()
    assert looks.diameter_mm == pytest.approx(16, abs=0.3)
    assert looks.volume_ml == pytest.approx(mask.sum() * 2.5 / 1000)
    assert (looks.min_hu, looks.max_hu) == (after[mask].min(), after[mask].max())
    assert looks.conspicuity == pytest.approx(looks.diameter_mm * -looks.contrast_hu)
    assert looks.note == ""


def test_a_soft_edge_is_no_surroundings():
    boxes = ball(edge_mm=1.2)
    looks = appearance(*boxes, SPACING)
    assert looks.changed_voxels > looks.voxels
    assert looks.around_hu == pytest.approx(110, abs=0.7)


def test_surroundings_changed_throughout_are_measured_as_they_are_seen():
    before, _, mask, organ = ball()
    after = (before + 20).astype(np.int16)
    after[mask] -= 50
    assert appearance(before, after, mask, organ, SPACING).contrast_hu == pytest.approx(-50, abs=1)


def test_fat_beyond_the_capsule_is_no_surroundings():
    before, after, mask, organ = ball()
    organ[:, :, 27:] = False
    for hu in (before, after):
        hu[:, :, 27:] = -100
        hu[:, :, 26] = 0  # half fat
    assert appearance(before, after, mask, organ, SPACING).around_hu == pytest.approx(110, abs=0.7)


def test_the_profile_shows_both_levels_and_where_they_meet():
    boxes = ball(24.0, half=(10, 24, 24), noise=0.0)
    profile = radial_hu(*boxes, SPACING)
    assert profile.distance_mm[0] == -7.5
    assert profile.distance_mm[-1] == pytest.approx(11.5, abs=1)
    assert (np.diff(profile.distance_mm) == 1).all()
    assert (profile.host_hu == 110).all()
    assert (profile.lesion_hu[profile.distance_mm > 0] == 60).all()
    assert (profile.lesion_hu[profile.distance_mm < 0] == 110).all()
    assert profile.voxels.min() > 0


def test_the_profile_of_a_soft_edge_is_half_at_the_surface():
    profile = radial_hu(*ball(24.0, half=(10, 24, 24), edge_mm=1.5, noise=0.0), SPACING)
    at_surface = np.interp(0.0, profile.distance_mm, profile.lesion_hu)
    assert at_surface == pytest.approx(85, abs=3)
    assert (np.diff(profile.lesion_hu) <= 0).all()


def test_only_the_organ_is_in_the_profile():
    before, after, mask, organ = ball()
    organ[:, :, 27:] = False
    before[:, :, 27:] = after[:, :, 27:] = -100
    profile = radial_hu(before, after, mask, organ, SPACING)
    assert profile.host_hu.min() > 100
    everything = radial_hu(before, after, mask, np.ones_like(organ), SPACING)
    assert everything.host_hu.min() < 60


@pytest.mark.parametrize("side", [slice(None, 9), slice(8, None)])
def test_the_edge_of_the_volume_is_no_surface(side):
    """Half a ball at the end of the volume has the profile of the whole one."""
    boxes = ball(noise=0.0, edge_mm=1.5)
    half = [box[side] for box in boxes]
    whole, cut = radial_hu(*boxes, SPACING), radial_hu(*half, SPACING)
    inside = slice(0, len(whole.distance_mm) - 1)
    np.testing.assert_array_equal(whole.distance_mm, cut.distance_mm)
    np.testing.assert_allclose(whole.lesion_hu[inside], cut.lesion_hu[inside], atol=2.5)


def test_a_single_slice_is_measured_as_a_disc():
    before, after, mask, organ = ball(half=(0, 18, 18))
    looks, profile = appearance_and_profile(before, after, mask, organ, SPACING)
    assert looks.diameter_mm == pytest.approx(16, abs=0.3)
    assert looks.contrast_hu == pytest.approx(-50, abs=2)
    assert profile.distance_mm[-1] == pytest.approx(7.5, abs=1)


def test_a_lesion_without_organ_around_it_says_so():
    before, after, mask, _ = ball()
    looks, profile = appearance_and_profile(before, after, mask, mask.copy(), SPACING)
    assert looks.lesion_hu == pytest.approx(60, abs=1)
    assert np.isnan([looks.around_hu, looks.contrast_hu, looks.cnr, looks.conspicuity]).all()
    assert "No organ lies around" in looks.note
    assert profile.distance_mm.min() > 0


def test_a_lesion_that_fills_its_box_has_no_surface():
    before, after, mask, organ = (box[6:10, 16:20, 16:20] for box in ball())
    looks, profile = appearance_and_profile(before, after, mask, organ, SPACING)
    assert "No organ" in looks.note
    assert profile.voxels.size == 0


def test_a_lesion_of_no_voxel_says_so():
    before, after, mask, organ = ball()
    looks, profile = appearance_and_profile(before, after, np.zeros_like(mask), organ, SPACING)
    assert looks.voxels == 0
    assert looks.changed_voxels > 0
    assert np.isnan(looks.lesion_hu)
    assert "fills no voxel" in looks.note
    assert profile.distance_mm.size == 0


def test_both_at_once_are_the_two_alone():
    boxes = ball(edge_mm=1.0)
    looks, profile = appearance_and_profile(*boxes, SPACING)
    assert looks == appearance(*boxes, SPACING)
    alone = radial_hu(*boxes, SPACING)
    np.testing.assert_array_equal(profile.lesion_hu, alone.lesion_hu)
    np.testing.assert_array_equal(profile.voxels, alone.voxels)


def test_a_larger_box_changes_nothing():
    boxes = ball(half=(12, 30, 30))
    cropped = [box[5:-5, 10:-10, 10:-10] for box in boxes]
    one, other = appearance(*boxes, SPACING), appearance(*cropped, SPACING)
    assert one == other


def test_boxes_of_different_shape_are_refused():
    before, after, mask, organ = ball()
    with pytest.raises(InputError, match="differ in shape"):
        appearance(before[1:], after, mask, organ, SPACING)


@pytest.mark.parametrize("contrast", [-60.0, 40.0])
def test_a_sigmoid_lesion_has_the_contrast_asked_for(ball_case, contrast):
    case = ball_case((24, 64, 64))
    site = site_at(case, (12, 32, 32), 18.0)
    sample = synthesize(case, site, method="sigmoid", seed=1, delta_hu=contrast, edge_mm=0.4)
    before = case.volume.hu
    after = before.copy()
    after[sample.bbox] = sample.hu
    mask = np.zeros(before.shape, bool)
    mask[sample.bbox] = sample.mask
    looks = appearance(before, after, mask, case.organ.mask, case.volume.spacing)
    assert looks.contrast_hu == pytest.approx(contrast, rel=0.15)
