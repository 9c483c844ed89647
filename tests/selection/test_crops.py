from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.selection.crops import CropGrid, crop_of, parenchyma_hu

FLAT = CropGrid(2, 64, 1.0)
SOLID = CropGrid(3, 32, 1.5)


def test_a_crop_has_the_grids_shape_and_a_weight_of_one(disc_view):
    crop = crop_of(disc_view(), FLAT)
    assert crop.channels.shape == (3, 64, 64)
    assert crop.weight.shape == (64, 64)
    assert crop.channels.dtype == crop.weight.dtype == np.float32
    assert crop.weight.sum() == pytest.approx(1, abs=1e-5)
    assert (crop.weight >= 0).all()


def test_four_fifths_of_the_weight_lie_in_the_lesion_whatever_its_size(disc_view):
    for radius in (3, 6, 15):
        crop = crop_of(disc_view(radius_mm=radius), FLAT)
        assert crop.weight[crop.channels[1] >= 0.5].sum() == pytest.approx(0.8, abs=0.06)


def test_hu_are_relative_to_the_parenchyma_so_that_contrast_medium_does_not_count(disc_view):
    plain = disc_view(liver_hu=60, noise_hu=0)
    enhanced = disc_view(liver_hu=140, noise_hu=0)
    np.testing.assert_allclose(
        crop_of(plain, FLAT).channels, crop_of(enhanced, FLAT).channels, atol=1e-6
    )
    middle = crop_of(plain, FLAT).channels[0, 31:33, 31:33]
    assert middle == pytest.approx(np.full((2, 2), -0.5), abs=1e-5)


def test_the_margin_with_which_a_lesion_was_cut_out_does_not_show(disc_view):
    view = disc_view(margin_mm=16)
    tight = replace(
        view,
        **{name: getattr(view, name)[:, 6:-6, 6:-6] for name in ("hu", "mask", "organ")},
    )
    # The parenchyma's level is measured in either box.
    level = parenchyma_hu(view) - parenchyma_hu(tight)
    wide, narrow = crop_of(view, FLAT), crop_of(tight, FLAT)
    np.testing.assert_allclose(wide.weight, narrow.weight, atol=1e-6)
    assert np.abs(wide.channels[0] - narrow.channels[0]).max() <= abs(level) / 100 + 1e-5


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(radius=st.floats(2, 60), step=st.floats(0.6, 2.5), rim=st.booleans())
def test_a_lesion_of_any_size_fits_with_its_context(disc_view, radius, step, rim):
    zone = Zone.RIM if rim else Zone.INTERIOR
    view = disc_view(radius_mm=radius, spacing=(5, step, step), zone=zone)
    crop = crop_of(view, FLAT)
    border = np.ones((64, 64), bool)
    border[1:-1, 1:-1] = False
    assert not (crop.channels[1][border] > 0.01).any()
    assert crop.step_mm >= 1
    covered = crop.step_mm * 64
    assert covered >= 2 * radius + 2 * FLAT.context_mm - 2 * step
    assert np.isfinite(crop.channels).all()


def test_the_slice_with_the_largest_section_stands_for_a_volume(disc_view):
    volume = disc_view(slices=5, noise_hu=0)
    single = disc_view(slices=1, noise_hu=0)
    np.testing.assert_allclose(
        crop_of(volume, FLAT).channels[1], crop_of(single, FLAT).channels[1], atol=1e-6
    )


def test_a_volume_of_thick_slices_becomes_isotropic(disc_view):
    crop = crop_of(disc_view(slices=9, spacing=(2.5, 0.8, 0.8), radius_mm=8), SOLID)
    assert crop.channels.shape == (3, 32, 32, 32)
    inside = crop.channels[1] >= 0.5
    extents = [np.ptp(np.flatnonzero(inside.any(axis=a))) + 1 for a in ((1, 2), (0, 2), (0, 1))]
    assert max(extents) - min(extents) <= 2


def test_fine_voxels_are_averaged_so_that_their_noise_shrinks(disc_view):
    fine = disc_view(spacing=(5, 0.5, 0.5), noise_hu=30, contrast_hu=0)
    coarse = disc_view(spacing=(5, 1.0, 1.0), noise_hu=30, contrast_hu=0)
    spread = [crop_of(view, FLAT).channels[0][26:38, 26:38].std() for view in (fine, coarse)]
    assert spread[0] < 0.7 * spread[1]


def test_what_cannot_be_cropped_is_refused(disc_view):
    view = disc_view()
    with pytest.raises(InputError, match="single slice"):
        crop_of(view, SOLID)
    with pytest.raises(InputError, match="empty"):
        crop_of(replace(view, mask=np.zeros_like(view.mask)), FLAT)


def test_without_parenchyma_the_tissue_around_sets_the_level(disc_view):
    view = disc_view(noise_hu=0)
    assert parenchyma_hu(replace(view, organ=view.mask)) == 110
    assert np.isfinite(crop_of(replace(view, organ=view.mask), FLAT).channels).all()
