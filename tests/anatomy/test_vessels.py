"""Contrast-filled trunks are found; noise, twigs, lesions and bright neighbours are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.vessels import vessel_mask

SHAPE, SPACING = (30, 72, 72), (2.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def grid(millimetres):
    return millimetres(SHAPE, SPACING)


@pytest.fixture(scope="module")
def organ(grid):
    return Organ((grid[0] / 27) ** 2 + (grid[1] / 32) ** 2 + (grid[2] / 32) ** 2 < 1, SPACING)


@pytest.fixture
def hu(organ):
    """Liver in fat with correlated noise of 15 HU."""
    noise = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(SHAPE), 0.7)
    noise *= 15 / noise.std()
    return np.where(organ.mask, 110, -100) + noise


def found(hu, organ, lesions=None):
    mask = np.zeros(organ.shape, bool)
    mask[organ.bbox] = vessel_mask(np.round(hu).astype(np.int16), organ, lesions)
    return mask


def tube(grid, radius):
    return np.hypot(grid[0] - 4, grid[1] + 3) < radius


@pytest.mark.parametrize("spacing", [(2.0, 1.0, 1.0), (1.0, 0.6, 0.6), (5.0, 0.8, 0.8)])
def test_a_trunk_is_found_and_little_else(spacing, millimetres):
    shape = tuple(int(60 / s) for s in spacing)
    grid = millimetres(shape, spacing)
    organ = Organ(np.linalg.norm(grid, axis=0) < 27, spacing)
    trunk = tube(grid, 5.0) & organ.mask
    hu = np.where(organ.mask, 110.0, -100.0) + np.random.default_rng(1).normal(0, 20, shape)
    hu[trunk] += 60
    vessels = found(hu, organ)
    deep = np.zeros(shape, bool)
    deep[organ.bbox] = organ.depth_map > 4
    core = tube(grid, 3.0) & deep
    assert vessels[core].mean() > 0.9
    assert (vessels & ~tube(grid, 5 + max(2.0, *spacing))).mean() < 1e-3
    assert not (vessels & ~organ.mask).any()


def test_noise_alone_gives_nothing(hu, organ):
    assert not found(hu, organ).any()


def test_twigs_are_not_worth_avoiding(hu, organ, grid):
    hu[tube(grid, 1.0) & organ.mask] += 60
    assert not found(hu, organ).any()


def test_without_contrast_there_is_nothing_to_avoid(hu, organ, grid):
    hu[tube(grid, 5.0) & organ.mask] -= 20  # blood is darker than unenhanced liver
    assert not found(hu, organ).any()


def test_a_bright_neighbour_under_the_mask_is_not_a_vessel(hu, organ):
    rim = np.zeros(SHAPE, bool)
    rim[organ.bbox] = organ.mask[organ.bbox] & (organ.depth_map < 1.2)
    hu[rim] += 120
    assert not found(hu, organ).any()


def test_dark_lesions_do_not_move_the_threshold(hu, organ, grid):
    trunk = tube(grid, 5.0) & organ.mask
    lesions = (grid[1] > 2) & organ.mask
    hu[trunk] += 60
    hu[lesions] -= 60
    vessels = found(hu, organ, lesions)
    assert vessels[trunk].mean() > 0.5
    assert (vessels & lesions).sum() == 0


def test_half_an_organ_that_is_bright_is_not_vessels(hu, organ, grid):
    hu[(grid[2] > 4) & organ.mask] += 60
    assert not found(hu, organ).any()


def test_in_a_single_slice_round_sections_are_found(millimetres):
    grid = millimetres((1, 120, 120), (5.0, 0.8, 0.8))
    organ = Organ(np.hypot(grid[1], grid[2]) < 40, (5.0, 0.8, 0.8))
    hu = np.where(organ.mask, 100.0, -100.0) + np.random.default_rng(2).normal(0, 12, grid[0].shape)
    assert not found(hu, organ).any()
    section = np.hypot(grid[1] - 10, grid[2]) < 5
    hu[section] += 60
    vessels = found(hu, organ)
    assert vessels[section].mean() > 0.8
    assert not (vessels & (np.hypot(grid[1] - 10, grid[2]) > 5 + 3)).any()


def test_an_organ_that_is_all_lesion_has_no_vessels(hu, organ):
    assert not found(hu, organ, organ.mask).any()
