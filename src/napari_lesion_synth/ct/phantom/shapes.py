"""Implicit shapes: fields that are negative inside, positive outside, in mm near the surface."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from napari_lesion_synth.ct.phantom.frame import Array
from napari_lesion_synth.ct.volume import Triple

__all__ = ["FAR", "ellipsoid", "join", "meet", "segment", "sharpness", "tube"]

FAR = 60.0
"""Value (mm) of a field where nobody needs to know how far the shape is."""

Points = tuple[Array, Array, Array]


def join(first: Array, second: Array, round_mm: float) -> Array:
    """Union whose crease is filled to about a radius of `round_mm`."""
    h = np.maximum(np.float32(round_mm) - np.abs(first - second), 0)
    result: Array = np.minimum(first, second) - h * h * np.float32(0.25 / round_mm)
    return result


def meet(first: Array, second: Array, round_mm: float) -> Array:
    """Intersection whose edge is rounded to about a radius of `round_mm`."""
    h = np.maximum(np.float32(round_mm) - np.abs(first - second), 0)
    result: Array = np.maximum(first, second) + h * h * np.float32(0.25 / round_mm)
    return result


def ellipsoid(at: Points, center: Triple, radii: Triple) -> Array:
    """An ellipsoid along the axes; close to the true distance near its surface."""
    scaled = [
        (p - np.float32(c)) * np.float32(1 / r) for p, c, r in zip(at, center, radii, strict=True)
    ]
    k0 = np.sqrt(scaled[0] ** 2 + scaled[1] ** 2 + scaled[2] ** 2) + np.float32(1e-4)
    slope = [s * np.float32(1 / r) for s, r in zip(scaled, radii, strict=True)]
    k1 = np.sqrt(slope[0] ** 2 + slope[1] ** 2 + slope[2] ** 2) + np.float32(1e-5)
    result: Array = k0 * (k0 - 1) / k1
    return result


def segment(
    at: Points, start: ArrayLike, stop: ArrayLike, radius: tuple[float, float]
) -> tuple[Array, Array]:
    """A straight piece of tube with round ends.

    Returns
    -------
    field, along : ndarray of float32
        The implicit field, and the position along the axis, 0 at `start` and 1 at `stop`.
    """
    a, b = np.asarray(start, np.float32), np.asarray(stop, np.float32)
    axis = b - a
    length2 = np.float32(max(float(axis @ axis), 1e-6))
    offset = [p - c for p, c in zip(at, a, strict=True)]
    along = sum(o * (d / length2) for o, d in zip(offset, axis, strict=True))
    t = np.clip(along, 0, 1)
    distance2 = sum((o - t * d) ** 2 for o, d in zip(offset, axis, strict=True))
    field: Array = np.sqrt(distance2) - (
        np.float32(radius[0]) + t * np.float32(radius[1] - radius[0])
    )
    return field, t


def tube(at: Points, path: Sequence[Triple], radii: Sequence[float], round_mm: float) -> Array:
    """A bent tube through the points of `path`."""
    result: Array | None = None
    for (a, b), r in zip(pairwise(path), pairwise(radii), strict=True):
        piece, _ = segment(at, a, b, r)
        result = piece if result is None else join(result, piece, round_mm)
    assert result is not None
    return result


def sharpness(field: Array, step: Triple, voxel: Triple) -> Array:
    """Rescale a field to units of the width over which a voxel averages its surface.

    The share of a voxel inside the shape is then ``clip(0.5 - sharpness, 0, 1)``: thick slices
    blur surfaces that lie flat, as they do in a scanner.

    Parameters
    ----------
    field : ndarray of float32
        Implicit field on a grid.
    step, voxel : tuple of float
        Spacing of that grid, and of the image, in mm.
    """
    gradient = [
        np.abs(np.gradient(field, s, axis=i)) if field.shape[i] > 1 else np.zeros_like(field)
        for i, s in enumerate(step)
    ]
    width = sum(g * np.float32(v) for g, v in zip(gradient, voxel, strict=True)) + np.float32(1e-2)
    result: Array = np.clip(field / width, -12, 12).astype(np.float32, copy=False)
    return result
