from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.synthesis.coverage import evaluate, refinement
from napari_lesion_synth.synthesis.rotations import rotation_matrix
from napari_lesion_synth.synthesis.shapes import (
    RadialShape,
    equivalent_diameter,
    flat_axis,
    random_coefficients,
)

quick = settings(deadline=None, max_examples=25)
forms = st.tuples(st.floats(0.0, 0.25), st.floats(1.0, 2.5), st.tuples(*[st.floats(-180, 180)] * 3))


def axes_around(shape, spacing=(1.0, 1.0, 1.0), offset=(0.0, 0.0, 0.0), beyond=1.0):
    """Voxel centres that hold the shape, as offsets from its centre."""
    return tuple(
        (np.arange(np.floor(-low / s) - 1, np.ceil(high / s) + 2) * s - o).astype(np.float32)
        for (low, high), s, o in zip(shape.reach(beyond), spacing, offset, strict=True)
    )


def make(diameter, form, seed, flat=None):
    irregularity, elongation, angles = form
    planar = flat is not None
    coefficients = random_coefficients(irregularity, planar, np.random.default_rng(seed))
    return RadialShape(diameter, coefficients, elongation, rotation_matrix(angles, flat), flat)


def fraction(shape, spacing, offset=(0.0, 0.0, 0.0), flat=None):
    axes = axes_around(shape, spacing, offset)
    if flat is not None:
        axes = tuple(np.zeros(1, np.float32) if axis == flat else a for axis, a in enumerate(axes))
    parts = refinement(shape, spacing, flat)
    return evaluate(shape, axes, spacing, parts, flat)


def test_a_sphere_has_the_distance_to_its_surface_as_level():
    axes = tuple(np.linspace(-12, 12, 9, dtype=np.float32) + 0.3 for _ in range(3))
    r = np.linalg.norm(np.stack(np.meshgrid(*axes, indexing="ij")), axis=0)
    assert RadialShape(14.0).level(axes) == pytest.approx(7.0 - r, abs=1e-4)
    assert RadialShape(14.0).level(axes).dtype == np.float32


@quick
@given(forms, st.integers(0, 99))
def test_the_level_is_the_radius_in_that_direction_less_the_distance(form, seed):
    shape = make(17.0, form, seed)
    axes = axes_around(shape)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(float)
    r = np.linalg.norm(points, axis=1)
    away = r > 0.5
    expected = shape.radius(points[away] / r[away, None]) - r[away]
    assert shape.level(axes).ravel()[away] == pytest.approx(expected, abs=5e-3)


def test_a_large_lesion_is_interpolated_to_within_a_fraction_of_a_voxel():
    shape = make(60.0, (0.1, 1.5, (10.0, 20.0, 30.0)), 3)
    axes = tuple(np.arange(-40, 41, dtype=np.float32) for _ in range(3))
    points = np.stack(np.meshgrid(*[a[::5] for a in axes], indexing="ij"), axis=-1).reshape(-1, 3)
    r = np.linalg.norm(points, axis=1)
    near = np.abs(r - 30) < 12
    expected = shape.radius(points[near].astype(float) / r[near, None]) - r[near]
    assert shape.level(axes)[::5, ::5, ::5].ravel()[near] == pytest.approx(expected, abs=0.1)


@quick
@given(
    forms,
    st.integers(0, 99),
    st.sampled_from([(1.0, 1.0, 1.0), (2.5, 0.8, 0.8), (0.7, 1.4, 1.0), (5.0, 0.7, 0.7)]),
    st.tuples(*[st.floats(-0.5, 0.5)] * 3),
)
def test_whatever_the_form_and_the_voxels_the_volume_is_that_of_the_diameter(
    form, seed, spacing, offset
):
    diameter = 18.0
    shape = make(diameter, form, seed)
    filled = fraction(shape, spacing, tuple(o * s for o, s in zip(offset, spacing, strict=True)))
    volume = filled.fraction().sum() * np.prod(spacing)
    assert volume == pytest.approx(np.pi * diameter**3 / 6, rel=0.03)


@quick
@given(forms, st.integers(0, 99), st.sampled_from([0, 1, 2]))
def test_in_a_single_slice_the_area_is_that_of_the_diameter(form, seed, flat):
    spacing = tuple(4.0 if axis == flat else 0.8 for axis in range(3))
    shape = make(18.0, form, seed, flat)
    area = fraction(shape, spacing, flat=flat).fraction().sum() * 0.8**2
    assert area == pytest.approx(np.pi * 18.0**2 / 4, rel=0.02)


def test_a_lesion_thinner_than_a_slice_fills_the_right_part_of_it():
    for shift in (0.0, 1.5, 2.5):
        filled = fraction(RadialShape(4.0), (5.0, 1.0, 1.0), (shift, 0.2, 0.4)).fraction()
        assert filled.sum() * 5.0 == pytest.approx(np.pi * 4.0**3 / 6, rel=0.05)
        assert filled.max() <= 1


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 1.0, 0.8)])
@pytest.mark.parametrize("edge", [0.3, 1.0, 2.5])
def test_a_voxel_shows_the_mean_of_the_sigmoid_over_its_volume(spacing, edge):
    shape = make(11.0, (0.08, 1.3, (20.0, 40.0, 60.0)), 1)
    axes = axes_around(shape, spacing, beyond=2.0)
    levels = evaluate(shape, axes, spacing, refinement(shape, spacing))
    fine = 7
    inside = ((np.arange(fine) + 0.5) / fine - 0.5)[None, :]
    dense = tuple(
        (a[:, None] + inside * s).ravel().astype(np.float32)
        for a, s in zip(axes, spacing, strict=True)
    )
    exact = 1 / (1 + np.exp(-np.clip(shape.level(dense) / edge, -60, 60)))
    blocks = exact.reshape([side for a in axes for side in (len(a), fine)])
    error = levels.step(edge) - blocks.mean(axis=(1, 3, 5))
    assert np.sqrt((error**2).mean()) < 0.01
    assert np.abs(error).max() < 0.08


@quick
@given(st.floats(1.0, 3.0), st.sampled_from([0, 1, 2]))
def test_mirroring_the_grid_mirrors_the_lesion(elongation, axis):
    shape = RadialShape(15.0, None, elongation)
    axes = tuple(np.arange(-12, 13, dtype=np.float32) - 0.3 for _ in range(3))
    mirrored = tuple(-a[::-1] if k == axis else a for k, a in enumerate(axes))
    assert shape.level(mirrored) == pytest.approx(np.flip(shape.level(axes), axis), abs=1e-4)


def test_a_quarter_turn_of_the_shape_is_a_quarter_turn_of_the_grid():
    form = (0.15, 1.6, (0.0, 0.0, 0.0))
    axes = tuple(np.arange(-14, 15, dtype=np.float32) for _ in range(3))
    still = make(16.0, form, 5).level(axes)
    turned = make(16.0, (0.15, 1.6, (90.0, 0.0, 0.0)), 5).level(axes)
    # y goes to x, and x to -y.
    expected = np.flip(still.transpose(0, 2, 1), axis=1)
    middle = np.abs(expected) < 10
    assert turned[middle] == pytest.approx(expected[middle], abs=1e-2)


@pytest.mark.parametrize("planar", [False, True])
def test_irregularity_is_the_rms_of_the_relative_radius(planar):
    flat = 0 if planar else None
    coefficients = random_coefficients(0.05, planar, np.random.default_rng(0))
    shape = RadialShape(20.0, coefficients, flat=flat)
    rng = np.random.default_rng(1)
    units = rng.standard_normal((20_000, 3))
    if planar:
        units[:, 0] = 0
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    logs = np.log(shape.radius(units))
    assert logs.std() == pytest.approx(0.05, rel=0.03)


def test_the_reach_holds_the_whole_lesion_and_little_more():
    shape = make(20.0, (0.15, 2.0, (30.0, 40.0, 50.0)), 2)
    axes = tuple(np.arange(-25, 25.1, 0.5, dtype=np.float32) for _ in range(3))
    inside = np.argwhere(shape.level(axes) > -3.0) * 0.5 - 25
    reach = shape.reach(3.0)
    assert (-inside.min(axis=0) <= reach[:, 0] + 0.01).all()
    assert (inside.max(axis=0) <= reach[:, 1] + 0.01).all()
    assert (reach.sum(axis=1) < 1.1 * (inside.max(axis=0) - inside.min(axis=0))).all()


def test_equivalent_diameters_are_of_spheres_and_in_slices_of_discs():
    assert flat_axis((1, 5, 5)) == 0
    assert flat_axis((3, 5, 5)) is None
    ball = np.ones((4, 10, 10), bool)
    assert equivalent_diameter(ball, (2.0, 1.0, 1.0)) == pytest.approx((6 * 800 / np.pi) ** (1 / 3))
    disc = np.ones((1, 10, 10), bool)
    assert equivalent_diameter(disc, (9.0, 2.0, 1.0)) == pytest.approx((4 * 200 / np.pi) ** 0.5)
