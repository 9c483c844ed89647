"""Resampling stacks that are no grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from napari_lesion_synth.ct.geometry import Grid
from napari_lesion_synth.ct.stack import Stack, regular_grid, regularise

PIXEL = (0.7, 0.8)


def blob(world: np.ndarray) -> np.ndarray:
    """HU of a smooth body, at positions (..., 3) in mm."""
    offset = (world - np.array([12.0, 14.0, 16.0])) / np.array([7.0, 6.0, 8.0])
    return -1024 + 1200 * np.exp(-(offset**2).sum(axis=-1))


def stack_of(positions, direction, shape=(44, 48)) -> Stack:
    names = tuple(f"IM{k}" for k in range(len(positions)))
    return Stack(names, shape, PIXEL, np.asarray(positions, float), direction)


def slices_of(stack: Stack) -> np.ndarray:
    """What a scanner sees of the blob."""
    y, x = np.meshgrid(*[np.arange(n) for n in stack.shape], indexing="ij")
    plane = (
        stack.direction[:, 1] * (y * PIXEL[0])[..., None]
        + stack.direction[:, 2] * (x * PIXEL[1])[..., None]
    )
    return np.stack([np.rint(blob(p + plane)) for p in stack.positions]).astype(np.int16)


def truth_on(grid: Grid) -> np.ndarray:
    index = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), -1)
    return blob(grid.to_world(index.reshape(-1, 3))).reshape(grid.shape)


@given(degrees=st.floats(1, 25) | st.floats(-25, -1), step=st.floats(0.8, 2.0))
@settings(deadline=None, max_examples=15)
def test_a_sheared_stack_is_put_straight(degrees, step):
    turn = Rotation.from_euler("z", degrees, degrees=True).as_matrix()  # about the x axis
    n = int(24 / step)
    stack = stack_of([(k * step, 0.0, 0.0) for k in range(n)], turn)

    hu, grid = regularise(stack, slices_of(stack))

    assert np.allclose(grid.direction.T @ grid.direction, np.eye(3))
    inner = hu > -1000
    assert inner.sum() > 1000
    assert np.abs(hu - truth_on(grid))[inner].max() < 10  # of a contrast of 1200 HU


def test_the_fault_of_a_sheared_stack_is_its_angle():
    turn = Rotation.from_euler("z", 20, degrees=True).as_matrix()
    stack = stack_of([(k * 2.0, 0.0, 0.0) for k in range(5)], turn)
    assert "tilted by 20.0 degrees" in (stack.fault() or "")


@given(gaps=st.lists(st.floats(0.5, 1.6), min_size=16, max_size=16))
@settings(deadline=None, max_examples=15)
def test_uneven_slices_are_put_on_even_planes(gaps):
    heights = np.concatenate([[0.0], np.cumsum(gaps)])
    stack = stack_of([(h, 0.0, 0.0) for h in heights], np.eye(3))

    hu, grid = regularise(stack, slices_of(stack))

    assert grid.spacing == pytest.approx((np.median(gaps), *PIXEL))
    last = (grid.shape[0] - 1) * grid.spacing[0]
    assert heights[-1] - grid.spacing[0] < last <= heights[-1] + 0.1 * grid.spacing[0] + 1e-9
    below = truth_on(grid)[: grid.shape[0] - 1]
    assert np.abs(hu[: len(below)] - below).max() < 30


def test_slices_that_lie_on_the_grid_are_not_touched():
    heights = [0.0, 2.0, 4.0, 10.0, 12.0]
    stack = stack_of([(h, 0.0, 0.0) for h in heights], np.eye(3))
    slices = slices_of(stack)
    slices += np.random.default_rng(0).integers(0, 50, slices.shape).astype(np.int16)

    hu, grid = regularise(stack, slices)

    assert grid.shape[0] == 7
    assert np.array_equal(hu[[0, 1, 2, 5, 6]], slices)


def test_noise_keeps_its_strength_when_slices_are_moved():
    turn = Rotation.from_euler("z", 15, degrees=True).as_matrix()
    stack = stack_of([(k * 2.0, 0.0, 0.0) for k in range(9)], turn)
    noise = np.random.default_rng(0).normal(0, 20, (9, *stack.shape))
    smooth = np.stack([np.fft.ifft2(np.fft.fft2(n) * low_pass(n.shape)).real for n in noise])

    hu, _ = regularise(stack, np.rint(smooth).astype(np.int16))

    middle = hu[4][hu[4] > -500].std()
    assert middle == pytest.approx(smooth.std(), rel=0.1)


def low_pass(shape) -> np.ndarray:
    """Noise of a CT has little power near the highest frequencies."""
    f = np.hypot(*np.meshgrid(*[np.fft.fftfreq(n) for n in shape], indexing="ij"))
    return np.exp(-((f / 0.25) ** 2))


def test_a_regular_stack_has_no_fault():
    stack = stack_of([(k * 2.0, 5.0, -3.0) for k in range(5)], np.eye(3))
    assert stack.fault() is None
    grid = regular_grid(stack)
    assert grid.shape == (5, 44, 48)
    assert grid.spacing == (2.0, *PIXEL)
    assert grid.origin == (0.0, 5.0, -3.0)


def test_many_faults_are_counted_not_listed():
    heights = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16]
    stack = stack_of([(float(h), 0.0, 0.0) for h in heights], np.eye(3))
    fault = stack.fault() or ""
    assert "5 slices are missing" in fault
    assert fault.endswith("and 2 more")
