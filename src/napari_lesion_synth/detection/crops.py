"""The surroundings of a candidate, as the net sees them that verifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.detection.inputs import depth_channel

if TYPE_CHECKING:
    from napari_lesion_synth.detection.frame import Frame

__all__ = ["CHANNELS", "SHAPES", "candidate_crop"]

CHANNELS = 6
"""CT, heat, depth; then the same at twice the step."""

SHAPES: dict[int, tuple[int, int, int]] = {2: (1, 48, 48), 3: (16, 32, 32)}
"""Voxels of a crop, (z, y, x), for single slices and for volumes."""

Field = NDArray[np.float32]


def candidate_crop(frame: Frame, heat: Field, center: Triple) -> Field:
    """Cut out what surrounds a place, at two scales with the same middle.

    Beyond the frame's ends the CT and the depth go on as they end, and there is no heat.

    Parameters
    ----------
    frame : Frame
        The CT on the nets' grid.
    heat : ndarray of float32, shape of the frame
        From `candidate_heat`.
    center : tuple of float
        Index in the frame, (z, y, x).

    Returns
    -------
    ndarray of float32
        Shape (6, 16, 32, 32), or (6, 48, 48) where the CT is a single slice: the CT in windows
        from the organ's median, the heat, and the depth, at the frame's step; then each at twice
        the step, as means of two voxels along each axis.
    """
    dims: Literal[2, 3] = 2 if frame.ct_shape[0] == 1 else 3
    shape = SHAPES[dims]
    scale = (1 if dims == 2 else 2, 2, 2)
    large = (shape[0] * scale[0], shape[1] * scale[1], shape[2] * scale[2])
    middle = [round(float(i)) for i in center]
    wide = _cut(frame, heat, middle, large)
    inner = tuple(
        slice((big - n) // 2, (big - n) // 2 + n) for big, n in zip(large, shape, strict=True)
    )
    crop = np.concatenate([wide[:, *inner], _means(wide, scale)])
    return crop[:, 0] if dims == 2 else crop


def _cut(frame: Frame, heat: Field, middle: list[int], shape: tuple[int, int, int]) -> Field:
    """CT, heat and depth of a box around a voxel, shape (3, z, y, x)."""
    wanted = [i - n // 2 + np.arange(n) for i, n in zip(middle, shape, strict=True)]
    there = [np.clip(w, 0, n - 1) for w, n in zip(wanted, frame.shape, strict=True)]
    z, y, x = (w == t for w, t in zip(wanted, there, strict=True))
    inside = z[:, None, None] & y[:, None] & x
    at = np.ix_(*there)
    return np.stack(
        [
            frame.windowed(frame.hu[at]),
            np.where(inside, heat[at], np.float32(0)),
            depth_channel(frame.depth_mm[at]),
        ]
    )


def _means(values: Field, scale: tuple[int, int, int]) -> Field:
    """Means of blocks, shape (c, z, y, x)."""
    c, *sides = values.shape
    blocks = [part for n, s in zip(sides, scale, strict=True) for part in (n // s, s)]
    means: Field = values.reshape(c, *blocks).mean(axis=(2, 4, 6), dtype=np.float32)
    return means
