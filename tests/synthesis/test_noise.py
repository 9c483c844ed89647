"""Noise of known level and reach is found again, whatever lies beneath it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.synthesis.noise import (
    host_noise,
    measure_noise,
    noise_correlation,
    noise_level,
)
from napari_lesion_synth.synthesis.texture import gaussian_field

Triple = tuple[float, float, float]


def anatomy(
    shape: tuple[int, int, int], spacing: Triple, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """An ellipsoid of textured parenchyma with a gradient, vessels and one lesion, in fat."""
    rng = np.random.default_rng(seed)
    axes = [(np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    half = [max(a[-1] * 0.9, 0.1) for a in axes]
    organ = (z / half[0]) ** 2 + (y / half[1]) ** 2 + (x / half[2]) ** 2 <= 1
    hu = np.where(organ, 110.0 + 8 * gaussian_field(shape, spacing, 6.0, rng) + 0.1 * x, -100.0)
    for _ in range(8):  # vessels cover some 5 % of the organ
        across = [rng.uniform(-0.6, 0.6) * half[1], rng.uniform(-0.6, 0.6) * half[2]]
        tube = (y - across[0]) ** 2 + (x - across[1]) ** 2 < 2.5**2
        hu[tube & organ] += 70
    hu[(z**2 + (y - half[1] / 3) ** 2 + x**2 < 8**2) & organ] -= 50
    return hu, organ


def noisy(
    shape: tuple[int, int, int],
    spacing: Triple,
    level: float,
    correlation: Triple,
    seed: int = 0,
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    hu, organ = anatomy(shape, spacing, seed)
    noise = host_noise(shape, spacing, level, correlation, np.random.default_rng(seed + 1))
    return np.rint(hu + noise).astype(np.int16), organ


@pytest.mark.parametrize(
    ("shape", "spacing", "correlation"),
    [
        ((16, 96, 96), (2.5, 0.7, 0.7), (0.0, 0.0, 0.0)),
        ((16, 96, 96), (2.5, 0.7, 0.7), (0.0, 0.4, 0.4)),
        ((24, 72, 72), (1.0, 1.0, 1.0), (0.8, 0.6, 0.9)),
        ((10, 80, 80), (5.0, 0.8, 0.8), (2.5, 0.5, 0.7)),
    ],
)
@pytest.mark.parametrize("level", [5.0, 15.0, 40.0])
def test_a_known_level_is_recovered_within_ten_per_cent(shape, spacing, correlation, level):
    hu, organ = noisy(shape, spacing, level, correlation)
    assert noise_level(hu, organ, spacing) == pytest.approx(level, rel=0.1)


@settings(max_examples=12, deadline=None)
@given(
    level=st.floats(4.0, 50.0),
    in_plane=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**16),
)
def test_any_level_and_reach_is_recovered(level, in_plane, seed):
    spacing = (2.0, 0.8, 0.8)
    hu, organ = noisy((12, 80, 80), spacing, level, (0.0, in_plane, in_plane), seed)
    assert noise_level(hu, organ, spacing) == pytest.approx(level, rel=0.12)


def test_the_reach_of_the_noise_is_recovered_along_each_axis():
    spacing, true = (1.0, 0.8, 0.8), (0.9, 0.5, 0.8)
    hu, organ = noisy((24, 80, 80), spacing, 20.0, true)
    assert noise_correlation(hu, organ, spacing) == pytest.approx(true, rel=0.1)


def test_independent_voxels_have_next_to_no_reach():
    spacing = (2.0, 0.8, 0.8)
    hu, organ = noisy((12, 80, 80), spacing, 20.0, (0.0, 0.0, 0.0))
    # Below 0.4 voxels the discrete kernel is as good as an impulse.
    assert all(
        c < 0.4 * s for c, s in zip(noise_correlation(hu, organ, spacing), spacing, strict=True)
    )


def test_a_single_slice_is_enough():
    spacing = (1.0, 0.8, 0.8)
    hu, organ = noisy((1, 110, 110), spacing, 12.0, (0.0, 0.5, 0.5))
    found = measure_noise(hu, organ, spacing)
    assert found.level == pytest.approx(12.0, rel=0.1)
    assert found.correlation == pytest.approx((0.0, 0.5, 0.5), rel=0.2)


def test_a_small_mask_is_enough():
    spacing = (1.0, 1.0, 1.0)
    rng = np.random.default_rng(3)
    hu = np.rint(100 + host_noise((1, 40, 40), spacing, 10.0, (0, 0, 0), rng)).astype(np.int16)
    mask = np.zeros(hu.shape, bool)
    mask[0, 12:24, 14:26] = True
    assert noise_level(hu, mask, spacing) == pytest.approx(10.0, rel=0.3)


def test_a_handful_of_voxels_gets_its_own_spread_and_no_reach():
    hu = np.array([[[90, 100, 110], [95, 100, 105]]], np.int16)
    found = measure_noise(hu, np.ones(hu.shape, bool), (1.0, 1.0, 1.0))
    assert 0 < found.level < 20
    assert found.correlation == (0.0, 0.0, 0.0)


def test_what_lies_outside_the_mask_does_not_matter():
    spacing = (2.0, 0.8, 0.8)
    hu, organ = noisy((8, 64, 64), spacing, 15.0, (0.0, 0.4, 0.4))
    changed = np.where(organ, hu, np.int16(-1000))
    assert measure_noise(hu, organ, spacing) == measure_noise(changed, organ, spacing)


def test_weak_noise_does_not_move_in_steps_of_whole_hu():
    spacing = (2.0, 0.8, 0.8)
    found = []
    for level in (2.0, 2.4, 2.8, 3.2):
        rng = np.random.default_rng(0)
        noise = host_noise((8, 64, 64), spacing, level, (0.0, 0.4, 0.4), rng)
        hu = np.rint(100 + noise).astype(np.int16)
        found.append(noise_level(hu, np.ones(hu.shape, bool), spacing))
    assert found == pytest.approx([2.0, 2.4, 2.8, 3.2], rel=0.06)


def test_a_large_organ_is_sampled_and_gives_the_same_figures():
    spacing = (1.0, 0.8, 0.8)
    true = (0.8, 0.5, 0.5)
    rng = np.random.default_rng(0)
    noise = host_noise((40, 160, 160), spacing, 18.0, true, rng)
    hu = np.rint(100 + noise).astype(np.int16)
    assert hu.size > 1_000_000
    found = measure_noise(hu, np.ones(hu.shape, bool), spacing)
    assert found.level == pytest.approx(18.0, rel=0.05)
    assert found.correlation == pytest.approx(true, rel=0.05)


def test_a_volume_without_noise_has_none():
    hu = np.full((3, 20, 20), 100, np.int16)
    assert noise_level(hu, np.ones(hu.shape, bool), (1.0, 1.0, 1.0)) == 0


def test_synthesised_noise_measures_as_asked_for():
    spacing, true = (2.0, 0.8, 0.8), (1.2, 0.4, 0.5)
    noise = host_noise((20, 90, 90), spacing, 25.0, true, np.random.default_rng(5))
    hu = np.rint(noise).astype(np.int16)
    found = measure_noise(hu, np.ones(hu.shape, bool), spacing)
    assert found.level == pytest.approx(25.0, rel=0.05)
    assert found.correlation == pytest.approx(true, rel=0.08)


def test_the_same_generator_gives_the_same_noise():
    draws = [
        host_noise((2, 9, 9), (2.0, 1.0, 1.0), 10.0, (0.0, 0.5, 0.5), np.random.default_rng(1))
        for _ in range(2)
    ]
    assert draws[0].dtype == np.float32
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize("bad", [(-1.0, 0.5), (1.0, -0.5), (float("nan"), 0.5)])
def test_impossible_noise_is_refused(bad):
    level, reach = bad
    with pytest.raises(ParameterError, match="0 or more"):
        host_noise((1, 4, 4), (1, 1, 1), level, (0, reach, reach), np.random.default_rng(0))


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="empty"):
        measure_noise(np.zeros((1, 5, 5), np.int16), np.zeros((1, 5, 5), bool), (1, 1, 1))


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"\(1, 5, 6\)"):
        measure_noise(np.zeros((1, 5, 5), np.int16), np.ones((1, 5, 6), bool), (1, 1, 1))


@pytest.mark.realdata
def test_real_noise_is_that_of_homogeneous_patches(real_data: Path):
    """Independent look: the median of small patches of liver, detrended."""
    sitk = pytest.importorskip("SimpleITK")
    ct = sitk.ReadImage(str(real_data / "ct" / "ircadb01_ct.nii.gz"))
    label = sitk.GetArrayFromImage(sitk.ReadImage(str(real_data / "ct" / "ircadb01_label.nii.gz")))
    hu = sitk.GetArrayFromImage(ct).astype(np.int16)
    n = 10
    patches = [
        hu[z, y : y + n, x : x + n].astype(float)
        for z in range(0, hu.shape[0], 3)
        for y in range(0, 512 - n, n)
        for x in range(0, 512 - n, n)
        if (label[z, y : y + n, x : x + n] == 1).all()
    ]
    yy, xx = np.mgrid[:n, :n]
    terms = [yy**0, yy, xx, yy * yy, xx * yy, xx * xx]
    basis = np.linalg.qr(np.stack([t.ravel() for t in terms], axis=1).astype(float))[0]
    flat = np.stack([p.ravel() for p in patches])
    flat -= flat @ basis @ basis.T
    patch_sd = np.median(np.sqrt((flat**2).sum(1) / (n * n - len(terms))))
    assert noise_level(hu, label == 1, ct.GetSpacing()[::-1]) == pytest.approx(patch_sd, rel=0.1)
