from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.synthesis.cgan.grid import GridSpec, positions, resampled
from napari_lesion_synth.synthesis.shapes import RadialShape


def test_slices_take_64_voxels_of_their_median_spacing():
    spec = GridSpec.of([(5, 0.7, 0.7), (5, 0.8, 0.8), (3, 1.2, 1.2)], 2)
    assert spec.shape == (1, 64, 64)
    assert spec.step == (5, 0.8, 0.8)
    assert (spec.flat, spec.dims) == (0, 2)


@pytest.mark.parametrize(
    ("spacing", "shape", "step"),
    [
        ((1.0, 0.7, 0.7), (32, 32, 32), (1.0, 1.0, 1.0)),
        ((2.5, 0.8, 0.8), (16, 32, 32), (2.5, 1.0, 1.0)),
        ((5.0, 0.8, 0.8), (8, 32, 32), (5.0, 1.0, 1.0)),
        ((1.5, 1.2, 1.2), (32, 32, 32), (1.2, 1.2, 1.2)),
    ],
)
def test_thick_slices_keep_their_step_and_the_box_its_size(spacing, shape, step):
    spec = GridSpec.of([spacing], 3)
    assert (spec.shape, spec.step) == (shape, step)
    assert GridSpec.from_json(spec.to_json()) == spec


@given(st.floats(3, 200), st.floats(1, 4))
def test_every_lesion_fits_the_grid(diameter, elongation):
    spec = GridSpec.of([(1.0, 1.0, 1.0)], 3)
    shape = RadialShape(diameter, None, elongation)
    grid = spec.around(shape)
    half = np.multiply(grid.shape, grid.step) / 2
    assert (shape.reach(0.0).max(axis=1) <= 0.71 * half).all()
    assert grid.coarsening >= 1
    if grid.coarsening > 1:
        assert (shape.reach(0.0).max(axis=1) / half).max() == pytest.approx(0.7, rel=1e-3)


def test_the_grid_lies_around_the_lesion():
    grid = GridSpec.of([(1.0, 1.0, 1.0)], 3).around(RadialShape(10.0), (0.25, 0.0, -0.5))
    z, y, x = grid.axes
    assert (z.mean(), y.mean(), x.mean()) == pytest.approx((-0.25, 0.0, 0.5))
    assert np.diff(x) == pytest.approx(1.0)


def test_resampling_keeps_planes_and_finds_the_places():
    source = [positions(n, 10.0, s) for n, s in zip((20, 30, 30), (2.0, 0.8, 0.8), strict=True)]
    target = [np.arange(-6, 7) * 1.0] * 3
    plane = sum(g * f for g, f in zip(np.meshgrid(*source, indexing="ij"), (1, 2, -3), strict=True))
    expected = sum(
        g * f for g, f in zip(np.meshgrid(*target, indexing="ij"), (1, 2, -3), strict=True)
    )
    assert resampled(plane, source, target) == pytest.approx(expected, abs=0.5)


def test_a_coarser_grid_averages():
    fine = [np.arange(40.0) - 20] * 3
    noise = np.random.default_rng(0).normal(0, 10, (40, 40, 40))
    coarse = resampled(noise, fine, [np.arange(-4, 5) * 4.0] * 3)
    assert coarse.std() < 3
    assert resampled(noise, fine, fine) == pytest.approx(noise, abs=1e-4)
