from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.selection.profile import DEPTHS_MM, BoundaryProfile
from napari_lesion_synth.selection.regions import Regions, noise_of

LOGISTIC_10_90 = 2 * np.log(9)


def profile_of(view):
    return BoundaryProfile.of(Regions.of(view))


def soft_edged(view, width_mm, contrast_hu=-60.0):
    """The same lesion without noise, its edge a logistic curve."""
    center = [(n - 1) / 2 for n in view.mask.shape]
    sides = zip(view.mask.shape, center, view.spacing, strict=True)
    axes = [(np.arange(n) - c) * s for n, c, s in sides]
    radius = np.sqrt(sum(a**2 for a in np.meshgrid(*axes, indexing="ij")))
    hu = 110 + contrast_hu / (1 + np.exp((radius - view.diameter_mm / 2) / width_mm))
    return replace(view, hu=np.round(hu).astype(np.int16))


@pytest.mark.parametrize("slices", [1, 27])
@pytest.mark.parametrize("width_mm", [0.8, 1.4])
def test_the_width_of_a_soft_edge_is_measured_in_mm(disc_view, slices, width_mm):
    view = disc_view(radius_mm=12.0, spacing=(1.0, 1.0, 1.0), slices=slices, margin_mm=12.0)

    found = profile_of(soft_edged(view, width_mm)).edge_mm

    # Averaging over bins of 1 mm widens a sharp edge a little.
    assert found == pytest.approx(LOGISTIC_10_90 * width_mm, rel=0.15, abs=0.4)


def test_a_softer_edge_is_wider_and_less_steep(disc_view):
    view = disc_view(radius_mm=12.0, margin_mm=12.0)
    sharp, soft = (profile_of(soft_edged(view, width)) for width in (0.6, 2.0))

    assert soft.edge_mm > sharp.edge_mm + 2
    assert soft.slope < sharp.slope


def test_the_profile_of_a_step_is_the_contrast_inside_and_nothing_outside(disc_view):
    profile = profile_of(disc_view(radius_mm=12.0, contrast_hu=-50.0, noise_hu=0.0))

    assert profile.relative[DEPTHS_MM >= 2] == pytest.approx(-50.0)
    assert profile.relative[DEPTHS_MM <= -2] == pytest.approx(0.0)


def test_depths_that_a_small_lesion_does_not_have_are_unknown(disc_view):
    profile = profile_of(disc_view(radius_mm=3.0))

    assert np.isnan(profile.relative[DEPTHS_MM > 4]).all()
    assert np.isfinite(profile.filled).all()


def test_a_lesion_that_is_not_there_has_the_widest_edge(disc_view):
    assert profile_of(disc_view(contrast_hu=0.0, noise_hu=0.0)).edge_mm == 12.0


def test_context_beyond_the_neighbourhood_changes_nothing(disc_view):
    near, far = (
        Regions.of(replace(soft_edged(disc_view(margin_mm=margin), 1.0))) for margin in (12.0, 30.0)
    )

    assert np.array_equal(near.relative, far.relative)
    assert near.level == far.level


@pytest.mark.parametrize("sd", [5.0, 20.0])
def test_noise_is_the_deviation_of_white_noise(sd):
    field = np.random.default_rng(0).normal(0, sd, (3, 60, 60)).astype(np.float32)

    assert noise_of(field, np.ones(field.shape, bool)) == pytest.approx(sd, rel=0.04)


def test_slow_gradients_are_no_noise():
    field = np.broadcast_to(np.linspace(0, 30, 60, dtype=np.float32), (1, 60, 60))

    assert noise_of(field, np.ones(field.shape, bool)) < 1.0


def test_parenchyma_is_what_lies_around_not_the_fat_beside(disc_view):
    from napari_lesion_synth.anatomy.zones import Zone

    assert Regions.of(disc_view(zone=Zone.RIM)).level == pytest.approx(110, abs=3)
