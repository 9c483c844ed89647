"""The correction solves the stated equation exactly, on any region and with any spacing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.solver import solve_correction

SPACINGS = [(1.0, 1.0, 1.0), (2.5, 0.7, 0.7), (0.8, 3.0, 1.1), (1.6, 0.57, 0.57)]
STEPS = [(axis, sign) for axis in range(3) for sign in (-1, 1)]


def neighbour(index, axis, sign, shape):
    other = list(index)
    other[axis] += sign
    return tuple(other) if 0 <= other[axis] < shape[axis] else None


def direct_solution(region, organ, difference, spacing, source=None):
    """The definition, face by face, handed to a direct sparse solver."""
    voxels = [tuple(v) for v in np.argwhere(region)]
    number = {v: i for i, v in enumerate(voxels)}
    rows, cols, entries, right = [], [], [], np.zeros(len(voxels))
    for v, i in number.items():
        right[i] = 0.0 if source is None else source[v]
        for axis, sign in STEPS:
            w = neighbour(v, axis, sign, region.shape)
            if w is None or not organ[w]:
                continue
            weight = 1 / spacing[axis] ** 2
            rows.append(i), cols.append(i), entries.append(weight)
            if w in number:
                rows.append(i), cols.append(number[w]), entries.append(-weight)
            else:
                right[i] += weight * difference[w]
    matrix = sparse.csc_matrix((entries, (rows, cols)), (len(voxels), len(voxels)))
    field = np.zeros(region.shape)
    field[region] = np.atleast_1d(spsolve(matrix, right))
    return field


def without_isolated(region, organ):
    """Drop the parts of the region that no other organ voxel borders on."""
    labels, _ = ndimage.label(region)
    border = ndimage.binary_dilation(organ & ~region) & region
    return region & np.isin(labels, np.unique(labels[border]))


def blob(rng, shape, level):
    return ndimage.gaussian_filter(rng.standard_normal(shape), 1.3, mode="nearest") > level


problems = st.tuples(
    st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from(SPACINGS),
    st.integers(0, 2**32 - 1),
)


@settings(deadline=None, max_examples=60)
@given(problem=problems)
def test_random_regions_match_a_direct_solver(problem):
    shape, spacing, seed = problem
    rng = np.random.default_rng(seed)
    organ = blob(rng, shape, -0.1)
    region = without_isolated(organ & blob(rng, shape, -0.15), organ)
    if not region.any():
        return
    difference = rng.normal(0, 30, shape).astype(np.float32)
    source = rng.normal(0, 5, shape).astype(np.float32) if seed % 2 else None
    found = solve_correction(region, organ, difference, spacing, source=source, tolerance=1e-3)
    expected = direct_solution(region, organ, difference, spacing, source)
    scale = max(np.abs(expected).max(), 1.0)
    np.testing.assert_allclose(found.field, expected, atol=2e-3 * scale)
    assert found.isolated == ()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_regions_like_rubble_match_a_direct_solver(seed):
    rng = np.random.default_rng(seed)
    shape = (7, 8, 9)
    organ = rng.random(shape) < 0.8
    region = without_isolated(organ & (rng.random(shape) < 0.6), organ)
    difference = rng.normal(0, 30, shape).astype(np.float32)
    found = solve_correction(region, organ, difference, (1.0, 0.8, 1.3), tolerance=1e-3)
    expected = direct_solution(region, organ, difference, (1.0, 0.8, 1.3))
    np.testing.assert_allclose(found.field, expected, atol=0.1)


@pytest.mark.parametrize("few", [1, 4, 30])
def test_a_few_given_values_are_enough(few):
    """A ball in which all but a spot of the surface is capsule."""
    shape = (18, 19, 20)
    region = ball(shape, 8)
    around = np.argwhere(ndimage.binary_dilation(region) & ~region)
    spot = around[np.argsort(((around - around[0]) ** 2).sum(axis=1))[:few]]
    organ = region.copy()
    organ[tuple(spot.T)] = True
    difference = np.random.default_rng(1).normal(20, 20, shape).astype(np.float32)
    found = solve_correction(region, organ, difference, (1.0, 1.0, 1.0), tolerance=1e-2)
    expected = direct_solution(region, organ, difference, (1.0, 1.0, 1.0))
    np.testing.assert_allclose(found.field, expected, atol=0.1)
    assert found.cycles < 20


def ball(shape, radius):
    grid = np.indices(shape) - np.reshape((np.array(shape) - 1) / 2, (3, 1, 1, 1))
    return np.sqrt((grid**2).sum(axis=0)) < radius


def in_mm(shape, spacing):
    return [c * s for c, s in zip(np.indices(shape).astype(float), spacing, strict=True)]


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("radius", [2, 6, 11])
def test_harmonic_polynomials_pass_through_unchanged(spacing, radius):
    shape = (27, 26, 25)
    z, y, x = in_mm(shape, spacing)
    harmonic = 3 + x - 2 * z + 0.2 * (x**2 - y**2) + 0.01 * x * y * z
    region, organ = ball(shape, radius), np.ones(shape, bool)
    found = solve_correction(region, organ, harmonic.astype(np.float32), spacing, tolerance=1e-3)
    spread = np.ptp(harmonic[region])
    np.testing.assert_allclose(found.field[region], harmonic[region], atol=1e-3 * spread)


@pytest.mark.parametrize("capsule", [10, 13, 16])
def test_nothing_flows_through_the_capsule(capsule):
    """x^2 - y^2 has no flux across a plane z = const, whatever lies beyond it."""
    shape, spacing = (27, 26, 25), (1.5, 1.0, 1.0)
    _, y, x = in_mm(shape, spacing)
    harmonic = x**2 - y**2
    organ = np.ones(shape, bool)
    organ[capsule:] = False
    region = ball(shape, 9) & organ
    difference = np.where(organ, harmonic, -1e4).astype(np.float32)
    found = solve_correction(region, organ, difference, spacing, tolerance=1e-3)
    np.testing.assert_allclose(found.field[region], harmonic[region], atol=0.2)


def test_values_outside_the_organ_make_no_difference():
    rng = np.random.default_rng(5)
    organ = blob(rng, (14, 15, 16), -0.2)
    region = without_isolated(organ & ball(organ.shape, 5), organ)
    difference = rng.normal(0, 20, organ.shape).astype(np.float32)
    other = np.where(organ, difference, 500).astype(np.float32)
    first, second = (solve_correction(region, organ, d, (1, 1, 1)) for d in (difference, other))
    assert np.array_equal(first.field, second.field)


def test_the_end_of_the_array_is_no_boundary():
    """A region cut by the volume's end behaves as one cut by the capsule there."""
    rng = np.random.default_rng(6)
    difference = rng.normal(0, 20, (12, 14, 14)).astype(np.float32)
    organ = np.ones(difference.shape, bool)
    organ[:4] = False
    region = ball(difference.shape, 5) & organ
    whole = solve_correction(region, organ, difference, (2.0, 1.0, 1.0))
    cut = solve_correction(region[4:], organ[4:], difference[4:], (2.0, 1.0, 1.0))
    assert np.array_equal(whole.field[4:], cut.field)


def test_a_single_slice_is_a_problem_of_the_plane():
    rng = np.random.default_rng(7)
    disc = ball((1, 30, 30), 9)
    difference = rng.normal(0, 20, disc.shape).astype(np.float32)
    organ = np.ones(disc.shape, bool)
    thin, thick = (
        solve_correction(disc, organ, difference, (step, 0.8, 1.0), tolerance=1e-3).field
        for step in (0.3, 5.0)
    )
    np.testing.assert_allclose(thin, thick, atol=1e-2)
    np.testing.assert_allclose(
        thin, direct_solution(disc, organ, difference, (1.0, 0.8, 1.0)), atol=1e-2
    )


def test_a_constant_difference_is_passed_on_exactly():
    region, organ = ball((16, 16, 16), 5), np.ones((16, 16, 16), bool)
    found = solve_correction(region, organ, np.full(region.shape, 37.0, np.float32), (3, 1, 1))
    assert np.array_equal(found.field, np.where(region, np.float32(37), np.float32(0)))


def two_parts():
    """A ball in the organ, and an island that is all region."""
    organ = np.zeros((12, 12, 30), bool)
    organ[:, :, :18] = True
    organ[3:6, 3:6, 22:25] = True
    region = np.zeros_like(organ)
    region[4:8, 4:8, 4:8] = True
    region[3:6, 3:6, 22:25] = True
    return region, organ


def test_an_isolated_part_gets_the_mean_offset_and_is_named():
    region, organ = two_parts()
    difference = np.random.default_rng(8).normal(5, 20, organ.shape).astype(np.float32)
    found = solve_correction(region, organ, difference, (1, 1, 1), tolerance=1e-3)
    (island,) = found.isolated
    assert np.array_equal(island, region & (np.indices(organ.shape)[2] > 18))
    np.testing.assert_allclose(found.field[island], difference[island].mean(), rtol=1e-4)
    rest = region & ~island
    expected = direct_solution(rest, organ, difference, (1, 1, 1))
    np.testing.assert_allclose(found.field[rest], expected[rest], atol=0.02)


def test_an_isolated_part_gets_the_offset_given():
    region, organ = two_parts()
    difference = np.zeros(organ.shape, np.float32)
    found = solve_correction(region, organ, difference, (1, 1, 1), offset=12.5)
    (island,) = found.isolated
    assert (found.field[island] == 12.5).all()
    assert (found.field[~island] == 0).all()


def test_a_region_that_is_the_whole_organ_gets_one_offset():
    organ = ball((10, 10, 10), 4)
    found = solve_correction(organ, organ, np.full(organ.shape, 9.0, np.float32), (1, 1, 1))
    assert len(found.isolated) == 1
    assert found.cycles == 0
    assert (found.field[organ] == 9).all()


@pytest.mark.parametrize("radius", [5, 10, 20])
def test_the_number_of_cycles_does_not_grow_with_the_region(radius):
    shape = (2 * radius + 3,) * 3
    difference = np.random.default_rng(9).normal(0, 20, shape).astype(np.float32)
    organ = np.indices(shape)[0] < radius + 4
    found = solve_correction(ball(shape, radius) & organ, organ, difference, (1, 1, 1))
    assert found.cycles <= 4


def test_the_default_tolerance_is_below_the_rounding_to_whole_hu():
    shape = (25, 25, 25)
    difference = np.random.default_rng(10).normal(0, 25, shape).astype(np.float32)
    region, organ = ball(shape, 10), np.indices(shape)[1] < 17
    region &= organ
    usual, exact = (
        solve_correction(region, organ, difference, (2.0, 1.0, 1.0), **how).field
        for how in ({}, {"tolerance": 1e-4})
    )
    assert np.abs(usual - exact).max() < 0.5


def test_inputs_are_left_alone_and_the_field_is_zero_outside_the_region():
    rng = np.random.default_rng(11)
    region, organ = two_parts()
    difference = rng.normal(0, 20, organ.shape).astype(np.float32)
    copies = region.copy(), organ.copy(), difference.copy()
    found = solve_correction(region, organ, difference, (1, 1, 1))
    for before, after in zip(copies, (region, organ, difference), strict=True):
        assert np.array_equal(before, after)
    assert not found.field[~region].any()


def test_an_empty_region_is_refused():
    organ = np.ones((4, 4, 4), bool)
    with pytest.raises(ParameterError, match="empty"):
        solve_correction(~organ, organ, np.zeros(organ.shape, np.float32), (1, 1, 1))


def test_a_region_outside_the_organ_is_refused():
    region = ball((8, 8, 8), 3)
    with pytest.raises(ParameterError, match="out of the organ"):
        solve_correction(region, ~region, np.zeros(region.shape, np.float32), (1, 1, 1))
