"""Rotations of lesions, in degrees about the axes of the array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple

__all__ = ["random_rotation", "rotation_angles", "rotation_matrix"]


def rotation_matrix(degrees_zyx: Triple, flat: int | None = None) -> NDArray[np.float64]:
    """Rotation about z, then y, then x, acting on (z, y, x) vectors.

    Parameters
    ----------
    degrees_zyx : tuple of float
        Angles in degrees. In a single slice only that about the slice's normal counts.
    flat : int, optional
        The axis of length 1.

    Returns
    -------
    ndarray of float64, shape (3, 3)
    """
    total = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(degrees_zyx)):
        if flat is not None and axis != flat:
            continue
        i, j = (k for k in range(3) if k != axis)
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        total = turn @ total
    return total


def rotation_angles(rotation: NDArray[np.float64]) -> Triple:
    """Inverse of `rotation_matrix`: degrees about z, y and x."""
    z = np.arctan2(rotation[2, 1], rotation[2, 2])
    y = np.arcsin(np.clip(rotation[2, 0], -1, 1))
    x = np.arctan2(rotation[1, 0], rotation[0, 0])
    return float(np.rad2deg(z)), float(np.rad2deg(y)), float(np.rad2deg(x))


def random_rotation(rng: np.random.Generator, flat: int | None = None) -> Triple:
    """Angles of a rotation drawn evenly from all rotations (about the normal of a slice)."""
    turns = rng.uniform(-180, 180, 2)
    tilt = np.rad2deg(np.arcsin(rng.uniform(-1, 1)))
    if flat is None:
        return float(turns[0]), float(tilt), float(turns[1])
    z, y, x = (float(turns[0]) if axis == flat else 0.0 for axis in range(3))
    return z, y, x
