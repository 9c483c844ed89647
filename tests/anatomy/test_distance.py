"""Distances agree with a search over all faces, and with scipy's transform."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial import cKDTree

from napari_lesion_synth.anatomy.distance import distance_to_faces, distance_to_voxels

SPACINGS = [(1.0, 1.0, 1.0), (5.0, 0.8, 0.8), (1.6, 0.57, 0.57), (0.6, 2.0, 1.5)]
shapes = st.tuples(st.integers(1, 30), st.integers(1, 14), st.integers(1, 14))


def blobs(shape: tuple[int, int, int], seed: int, smooth: float) -> np.ndarray:
    """Random parts with holes and touching borders."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    return ndimage.gaussian_filter(noise, smooth) > 0


def nearest_face(mask: np.ndarray, spacing: tuple[float, float, float]) -> np.ndarray | None:
    """By brute force: from each voxel of the mask to the nearest face centre."""
    faces = []
    for axis in range(3):
        points = np.argwhere(np.diff(mask.astype(np.int8), axis=axis) != 0).astype(float)
        points[:, axis] += 0.5
        faces.append(points)
    centres = np.concatenate(faces)
    if not len(centres):
        return None
    return cKDTree(centres * spacing).query(np.argwhere(mask) * spacing)[0]


@settings(deadline=None, max_examples=60)
@given(
    shape=shapes,
    seed=st.integers(0, 999),
    smooth=st.floats(0, 3),
    spacing=st.sampled_from(SPACINGS),
)
def test_distance_is_that_to_the_nearest_face(shape, seed, smooth, spacing):
    mask = blobs(shape, seed, smooth)
    found = distance_to_faces(mask, spacing, 1000)
    expected = nearest_face(mask, spacing)
    assert found.dtype == np.float32
    assert not found[~mask].any()
    if expected is None:
        assert (found[mask] == 1000).all()
    else:
        excess = found[mask] - expected
        assert excess.min(initial=0) > -1e-4
        # The nearest voxel outside need not have the very nearest face.
        assert excess.max(initial=0) < 0.25 * max(spacing)
        assert np.mean(excess < 1e-4) > 0.8 or mask.sum() < 20


@settings(deadline=None, max_examples=60)
@given(shape=shapes, seed=st.integers(0, 999), spacing=st.sampled_from(SPACINGS))
def test_distance_to_voxels_is_the_euclidean_one(shape, seed, spacing):
    targets = np.random.default_rng(seed).random(shape) < 0.02
    found = distance_to_voxels(targets, spacing, 9.0)
    if targets.any():
        expected = ndimage.distance_transform_edt(~targets, sampling=spacing)
        np.testing.assert_allclose(found, np.minimum(expected, 9), rtol=1e-5, atol=1e-5)
    else:
        assert (found == 9).all()


@pytest.mark.parametrize("limit", [0.5, 3.0, 20.0])
def test_a_limit_changes_nothing_below_it(limit):
    mask = np.pad(np.ones((9, 20, 20), bool), 2)
    whole = distance_to_faces(mask, (2.0, 1.0, 1.0), 1000)
    np.testing.assert_allclose(
        distance_to_faces(mask, (2.0, 1.0, 1.0), limit), np.minimum(whole, limit), rtol=1e-6
    )


def test_a_mask_without_any_boundary_is_as_deep_as_the_limit():
    assert (distance_to_faces(np.ones((3, 4, 5), bool), (1, 1, 1), 77) == 77).all()
    assert not distance_to_faces(np.zeros((3, 4, 5), bool), (1, 1, 1), 77).any()
