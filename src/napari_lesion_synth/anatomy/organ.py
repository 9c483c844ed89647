"""The organ and its capsule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.distance import distance_to_faces
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.errors import GeometryError, InputError

__all__ = ["OUTSIDE_MM", "Organ"]

OUTSIDE_MM = 10.0
"""Distances outside the organ are known up to this far (mm), and clamped beyond."""

_NORMAL_MM = 3.0
"""Radius of the neighbourhood from which a normal is estimated: a few in-plane voxels."""


@dataclass(frozen=True, eq=False)
class Organ:
    """An organ's mask, and distances to its capsule.

    The capsule runs between the voxels of the mask and those outside it: an outermost voxel
    lies half a voxel deep. Where the picture ends within the organ there is no capsule, so a
    single slice has the distances of a plane. Several parts have one capsule each. Distances
    are computed when first asked for, once, in the organ's bounding box only; `distance` says
    how exact they are.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        The organ with the lesions in it, on the CT's grid. Kept as a read-only view: whoever
        owns the array must not change it. Other types are read as "not zero".
    spacing : tuple of float
        Voxel size in mm, (z, y, x).

    Raises
    ------
    InputError
        If the mask is empty or has not three axes.
    GeometryError
        If the spacing is not three positive sizes.
    """

    mask: NDArray[np.bool_]
    spacing: Triple

    def __post_init__(self) -> None:
        mask = np.asarray(self.mask)
        if mask.ndim != 3:
            raise InputError(
                f"an organ mask needs three axes (z, y, x); got shape {mask.shape}",
                remedy="Give a single slice the shape (1, y, x)",
            )
        mask = mask.view() if mask.dtype == np.bool_ else mask != 0
        mask.flags.writeable = False
        spacing = tuple(float(size) for size in self.spacing)
        if len(spacing) != 3 or not all(np.isfinite(s) and s > 0 for s in spacing):
            raise GeometryError(f"spacing must be three positive sizes in mm; got {self.spacing}")
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "spacing", spacing)
        _ = self.bbox

    def __getstate__(self) -> dict[str, Any]:
        """Pickle a bit per voxel of the bounding box; a worker computes its own distances."""
        crop = self.mask[self.bbox]
        bounds = [(s.start, s.stop) for s in self.bbox]
        bits = np.packbits(crop).tobytes()
        return {"shape": self.shape, "bounds": bounds, "bits": bits, "spacing": self.spacing}

    def __setstate__(self, state: dict[str, Any]) -> None:
        box = _box(state["bounds"])
        size = tuple(s.stop - s.start for s in box)
        bits = np.frombuffer(state["bits"], np.uint8)
        mask = np.zeros(state["shape"], bool)
        mask[box] = np.unpackbits(bits, count=int(np.prod(size))).reshape(size)
        object.__setattr__(self, "mask", mask)
        object.__setattr__(self, "spacing", state["spacing"])
        self.__post_init__()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels of the mask along (z, y, x)."""
        z, y, x = self.mask.shape
        return z, y, x

    @cached_property
    def bbox(self) -> Box:
        """The smallest box that holds the organ."""
        bounds = []
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            filled = np.flatnonzero(self.mask.any(axis=others))
            if not filled.size:
                raise InputError(
                    "the organ's mask is empty",
                    remedy="Give the mask of the organ, or the right label of a label file",
                )
            bounds.append((int(filled[0]), int(filled[-1]) + 1))
        return _box(bounds)

    @cached_property
    def voxels(self) -> int:
        """Number of voxels in the organ."""
        return int(np.count_nonzero(self.mask[self.bbox]))

    @property
    def volume_ml(self) -> float:
        """Volume in millilitres (of a single slice: its area times the slice's thickness)."""
        return self.voxels * float(np.prod(self.spacing)) / 1000

    @property
    def max_depth_mm(self) -> float:
        """Depth of the voxel that lies farthest from the capsule."""
        return float(self.depth_map.max())

    @cached_property
    def depth_map(self) -> NDArray[np.float32]:
        """Distance to the capsule in mm over `bbox`, 0 outside the organ; read-only.

        In an organ without any capsule (it fills the picture) every depth is the length of the
        picture's diagonal.
        """
        box = _grown(self.bbox, (1, 1, 1), self.shape)
        limit = float(np.linalg.norm(np.multiply(self.shape, self.spacing)))
        depth = distance_to_faces(self.mask[box], self.spacing, limit)
        depth = np.ascontiguousarray(depth[_relative(self.bbox, box)])
        depth.flags.writeable = False
        return depth

    @cached_property
    def _outside(self) -> tuple[Box, NDArray[np.float32]]:
        """A box around the organ, and the distance of each voxel outside the organ in it."""
        margin = [int(np.ceil(OUTSIDE_MM / size)) for size in self.spacing]
        box = _grown(self.bbox, margin, self.shape)
        return box, distance_to_faces(~self.mask[box], self.spacing, OUTSIDE_MM)

    def distance_in(self, box: Box) -> NDArray[np.float32]:
        """Signed distance to the capsule.

        Parameters
        ----------
        box : tuple of slice
            Explicit start and stop, (z, y, x), inside the volume.

        Returns
        -------
        ndarray of float32
            mm, positive inside the organ, negative outside; not below ``-OUTSIDE_MM``.

        Raises
        ------
        GeometryError
            If the box is empty or leaves the volume.
        """
        if not all(
            0 <= side.start < side.stop <= n for side, n in zip(box, self.shape, strict=True)
        ):
            raise GeometryError(
                f"the box {box} does not fit a volume of shape {self.shape}",
                remedy="Clip the box to the volume",
            )
        depth = _read(self.depth_map, self.bbox, box, fill=0.0)
        if depth.all():
            return depth
        around, outside = self._outside
        depth -= _read(outside, around, box, fill=OUTSIDE_MM)
        return depth

    def equals(self, other: Organ) -> bool:
        """Whether two organs have the same mask on the same grid."""
        return (
            self.spacing == other.spacing
            and self.shape == other.shape
            and self.bbox == other.bbox
            and np.array_equal(self.mask[self.bbox], other.mask[other.bbox])
        )

    def contains(self, index: tuple[int, int, int]) -> bool:
        """Whether the voxel lies in the organ; False outside the volume."""
        inside = all(0 <= i < n for i, n in zip(index, self.shape, strict=True))
        return inside and bool(self.mask[index])

    def depth_at(self, index: tuple[int, int, int]) -> float:
        """Distance (mm) of a voxel's centre from the capsule, negative outside the organ.

        Outside, and outside the volume as well, the distance is computed anew and not clamped.
        """
        if self.contains(index):
            offset = tuple(i - side.start for i, side in zip(index, self.bbox, strict=True))
            return float(self.depth_map[offset])
        return -self._distance_to_mask(index)

    def _distance_to_mask(self, index: tuple[int, int, int]) -> float:
        """Distance of a voxel outside the organ to the nearest face of one inside."""
        crop = self.mask[self.bbox]
        steps = np.argwhere(crop & ~ndimage.binary_erosion(crop)).astype(np.float32)
        steps += np.subtract([side.start for side in self.bbox], index)
        steps = np.abs(steps, out=steps)
        squares = (steps * np.asarray(self.spacing, np.float32)) ** 2
        nearest = int(squares.sum(axis=1).argmin())
        gain = (steps[nearest] - 0.25) * np.square(self.spacing)
        return float(np.sqrt(squares[nearest].sum() - gain[steps[nearest] > 0].max()))

    def normal_at(self, index: tuple[int, int, int]) -> NDArray[np.float64]:
        """Direction from a voxel towards the capsule, outward.

        The gradient of the signed distance, fitted to a neighbourhood of 3 mm (two voxels at
        least), so that the stairs of the voxel grid do not show. Deep in the organ, where
        opposite walls are equally near, the direction is that of the nearest wall on average,
        and arbitrary (but always the same) where there is none.

        Parameters
        ----------
        index : tuple of int
            A voxel of the volume within `OUTSIDE_MM` of the organ.

        Returns
        -------
        ndarray of float64, shape (3,)
            Unit vector (z, y, x) in mm-space; its component along an axis of length 1 is 0.

        Raises
        ------
        GeometryError
            If the voxel lies outside the volume.
        """
        if not all(0 <= i < n for i, n in zip(index, self.shape, strict=True)):
            raise GeometryError(f"the voxel {index} lies outside a volume of shape {self.shape}")
        reach = [max(2, round(_NORMAL_MM / size)) for size in self.spacing]
        voxel = _box([(int(i), int(i) + 1) for i in index])
        box = _grown(voxel, reach, self.shape)
        distance = self.distance_in(box).astype(np.float64)
        gradient = np.zeros(3)
        for axis, (side, i, size) in enumerate(zip(box, index, self.spacing, strict=True)):
            offset = (np.arange(side.start, side.stop) - i) * size
            offset = offset - offset.mean()
            others = tuple(a for a in range(3) if a != axis)
            if offset.size > 1:
                gradient[axis] = distance.mean(axis=others) @ offset / (offset @ offset)
        length = float(np.linalg.norm(gradient))
        if length < 1e-6:
            return np.array([0.0, 0.0, 1.0])
        outward: NDArray[np.float64] = gradient / -length
        return outward


def _box(bounds: ArrayLike) -> Box:
    z, y, x = (slice(int(low), int(high)) for low, high in np.asarray(bounds))
    return z, y, x


def _grown(box: Box, margin: tuple[int, ...] | list[int], shape: tuple[int, int, int]) -> Box:
    """The box with a margin of voxels, clipped to the volume."""
    sides = zip(box, margin, shape, strict=True)
    return _box([(max(s.start - m, 0), min(s.stop + m, n)) for s, m, n in sides])


def _relative(box: Box, frame: Box) -> Box:
    """The box counted from the first voxel of `frame`."""
    pairs = zip(box, frame, strict=True)
    return _box([(s.start - f.start, s.stop - f.start) for s, f in pairs])


def _read(values: NDArray[np.float32], frame: Box, box: Box, *, fill: float) -> NDArray[np.float32]:
    """Copy of `box` out of values known in `frame`, and `fill` elsewhere."""
    result = np.full([s.stop - s.start for s in box], fill, np.float32)
    pairs = list(zip(box, frame, strict=True))
    common = [(max(s.start, f.start), min(s.stop, f.stop)) for s, f in pairs]
    if all(low < high for low, high in common):
        result[_relative(_box(common), box)] = values[_relative(_box(common), frame)]
    return result
