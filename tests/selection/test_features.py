from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.selection.features import FEATURES, feature_table, features
from napari_lesion_synth.selection.glcm import glcm_properties
from napari_lesion_synth.selection.regions import Regions
from napari_lesion_synth.selection.view import LesionView

NAMES = [spec.name for spec in FEATURES]


def named(view):
    return dict(zip(NAMES, features(view), strict=True))


def test_every_feature_is_described_once():
    assert len(set(NAMES)) == len(NAMES)
    assert all(spec.description.endswith(".") for spec in FEATURES)


def test_a_table_has_a_row_for_each_lesion(real_discs):
    table = feature_table(real_discs)

    assert table.shape == (len(real_discs), len(FEATURES))
    assert np.array_equal(table[3], features(real_discs[3]))


def test_a_table_of_nothing_is_empty():
    assert feature_table([]).shape == (0, len(FEATURES))


def test_first_order_features_agree_with_scipy(disc_view):
    view = disc_view(radius_mm=9.0)
    inside = view.hu[view.mask] - Regions.of(view).level

    found = named(view)

    assert found["contrast"] == pytest.approx(inside.mean())
    assert found["skewness"] == pytest.approx(stats.skew(inside))
    assert found["p90"] == pytest.approx(np.percentile(inside, 90))


def test_co_occurrence_agrees_with_scikit_image_where_the_label_is_a_square(disc_view):
    from skimage.feature import graycomatrix, graycoprops

    view = disc_view(radius_mm=9.0)
    mask = np.zeros_like(view.mask)
    mask[:, 10:26, 12:25] = True
    regions = Regions.of(replace(view, mask=mask, organ=np.ones_like(mask)))
    levels = np.clip((regions.relative + 120) / 200 * 16, 0, 15).astype(np.uint8)
    window = levels[regions.mask].reshape(16, 13)
    angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    pairs = graycomatrix(window, [1], angles, 16, symmetric=True).sum(axis=3, keepdims=True)

    contrast, homogeneity, correlation = glcm_properties(regions)

    normed = pairs / pairs.sum()
    assert contrast == pytest.approx(np.log1p(graycoprops(normed, "contrast").item()))
    assert homogeneity == pytest.approx(graycoprops(normed, "homogeneity").item())
    assert correlation == pytest.approx(graycoprops(normed, "correlation").item())


def test_a_smoothed_lesion_has_less_noise_than_its_surroundings(disc_view):
    from scipy import ndimage

    view = disc_view(radius_mm=10.0)
    smooth = ndimage.gaussian_filter(view.hu.astype(float), (0, 1.5, 1.5))
    blurred = replace(view, hu=np.where(view.mask, smooth, view.hu).astype(np.int16))

    assert named(view)["noise_ratio"] == pytest.approx(0, abs=0.15)
    assert named(blurred)["noise_ratio"] < -0.7
    assert named(blurred)["texture_ratio"] < named(view)["texture_ratio"] - 0.5


def test_a_round_lesion_is_compact_and_a_bar_is_long(disc_view):
    view = disc_view(radius_mm=10.0, margin_mm=14.0)
    bar = np.zeros_like(view.mask)
    bar[:, 22:27, 9:40] = True

    assert named(view)["compactness"] == pytest.approx(1, abs=0.1)
    assert named(view)["elongation"] == pytest.approx(1, abs=0.05)
    stretched = named(replace(view, mask=bar))
    assert stretched["compactness"] < 0.6
    assert stretched["elongation"] == 6.0  # 31 by 5, cut at 6


def test_only_a_lesion_at_the_capsule_has_a_share_of_it(disc_view):
    assert named(disc_view())["capsule_share"] == 0
    view = disc_view(zone=Zone.RIM)
    touching = replace(view, organ=view.organ & (np.arange(view.mask.shape[2]) >= 12) | view.mask)
    assert 0.1 < named(touching)["capsule_share"] < 0.7


def test_the_level_of_the_parenchyma_does_not_matter(disc_view):
    view = disc_view()
    brighter = replace(view, hu=view.hu + np.int16(37))

    assert features(view) == pytest.approx(features(brighter))


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12)),
    seed=st.integers(0, 10_000),
    share=st.floats(0, 1),
    within=st.floats(0, 1),
)
def test_no_lesion_is_too_small_or_too_odd(shape, seed, share, within):
    rng = np.random.default_rng(seed)
    mask = rng.random(shape) < share
    view = LesionView(
        id="odd",
        patient="p",
        zone=Zone.RIM,
        diameter_mm=3.0,
        hu=rng.integers(-1024, 3071, shape).astype(np.int16),
        mask=mask,
        organ=(rng.random(shape) < within) | mask,
        spacing=(2.5, 0.7, 0.9),
    )

    assert np.isfinite(features(view)).all()
