"""The noise-free image, painted from the back to the front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.phantom.frame import Array, Frame, Sampled, resample
from napari_lesion_synth.ct.phantom.shapes import sharpness
from napari_lesion_synth.ct.volume import Box, Triple

__all__ = ["SPARE", "Canvas", "Lattice", "Paint", "Shade", "share_of"]

SPARE = 1
"""Slices that a canvas has beyond each end of the image, so that the blur knows what is there."""

_POINT = Frame(*(np.zeros(1, np.float32) for _ in range(3)))

Shade: TypeAlias = Callable[[int], Array]
"""HU of slice i of a box."""

Paint: TypeAlias = float | Callable[[Frame], Shade]
"""A uniform HU, or what makes a `Shade` for the grid of a box."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """The coarse grid on which organs are shaped, with the patient's own warp of space.

    `at` are the warped coordinates of its points, in which shapes are defined.
    """

    frame: Frame
    at: tuple[Array, Array, Array]

    def near(self, low: Triple, high: Triple) -> tuple[Box, Lattice]:
        """The part of the lattice between two corners, widened for the warp."""
        margin = 12.0
        box = self.frame.box(
            (low[0] - margin, low[1] - margin, low[2] - margin),
            (high[0] + margin, high[1] + margin, high[2] + margin),
        )
        z, y, x = (a[box] for a in self.at)
        return box, Lattice(self.frame.sub(box), (z, y, x))


@dataclass(frozen=True, eq=False)
class Canvas:
    """Float HU on the image's grid.

    Parameters
    ----------
    frame : Frame
        The image's grid.
    voxel : tuple of float
        Voxel size in mm; z is the slice thickness.
    hu : ndarray of float32
        What has been painted so far.
    """

    frame: Frame
    voxel: Triple
    hu: Array

    @classmethod
    def blank(cls, shape: tuple[int, int, int], voxel: Triple, center_mm: float) -> Canvas:
        """Air, on the grid of an image whose middle slice is at a height of `center_mm`."""
        count = (shape[0] + 2 * SPARE, shape[1], shape[2])
        axes = [
            ((np.arange(n) - (n - 1) / 2) * v + c).astype(np.float32)
            for n, v, c in zip(count, voxel, (center_mm, 0.0, 0.0), strict=True)
        ]
        return cls(Frame(*axes), voxel, np.full(count, -1000, np.float32))

    def position(self, index: tuple[int, int, int]) -> Triple:
        """Place in mm of a voxel of the image."""
        z, y, x = index
        return float(self.frame.z[z + SPARE]), float(self.frame.y[y]), float(self.frame.x[x])

    def cover(self, field: Array, source: Frame) -> tuple[Box, Sampled]:
        """Where a shape lies, and its field in units of a voxel's width, slice by slice.

        Parameters
        ----------
        field : ndarray of float32
            Implicit field on the grid `source`.
        source : Frame
            A coarse grid.
        """
        if 0 in field.shape:
            nothing = (slice(0, 0), slice(0, 0), slice(0, 0))
            return nothing, resample(
                np.zeros((1, 1, 1), np.float32), _POINT, self.frame.sub(nothing)
            )
        sharp = sharpness(field, source.step, self.voxel)
        box = self._box(sharp < 0.9, source)
        return box, resample(sharp, source, self.frame.sub(box))

    def paint(self, field: Array, source: Frame, paint: Paint) -> None:
        """Fill a shape: arguments as for `cover`."""
        box, sharp = self.cover(field, source)
        self.blend(box, lambda i: share_of(sharp[i]), paint)

    def blend(self, box: Box, share: Shade, paint: Paint) -> None:
        """Mix a colour into a box, by the share of each voxel (0..1), slice by slice."""
        part = self.hu[box]
        if part.size == 0:
            return
        shade = paint(self.frame.sub(box)) if callable(paint) else None
        for i in range(part.shape[0]):
            weight = share(i)
            if not weight.any():
                continue
            value = np.float32(paint) if shade is None else shade(i)  # type: ignore[arg-type]
            part[i] += weight * (value - part[i])

    def _box(self, inside: NDArray[np.bool_], source: Frame) -> Box:
        """The part of the image that a region of a coarse grid can reach."""
        spans = []
        for axis, (coarse, fine) in enumerate(zip(source.axes, self.frame.axes, strict=True)):
            other = tuple(i for i in range(3) if i != axis)
            hit = np.flatnonzero(inside.any(axis=other))
            if len(hit) == 0:
                return slice(0, 0), slice(0, 0), slice(0, 0)
            low = coarse[max(hit[0] - 1, 0)]
            high = coarse[min(hit[-1] + 1, len(coarse) - 1)]
            spans.append(
                slice(
                    int(np.searchsorted(fine, low)),
                    int(np.searchsorted(fine, high, side="right")),
                )
            )
        return spans[0], spans[1], spans[2]


def share_of(sharp: Array) -> Array:
    """Share of each voxel inside a shape, from its field in units of a voxel's width."""
    result: Array = np.float32(0.5) - sharp
    np.maximum(result, 0, out=result)
    np.minimum(result, 1, out=result)
    return result
