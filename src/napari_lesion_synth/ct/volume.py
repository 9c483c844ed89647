"""The CT volume: Hounsfield units on a regular grid, in a fixed orientation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import GeometryError, InputError

__all__ = ["Box", "Triple", "Volume"]

Triple = tuple[float, float, float]
Box = tuple[slice, slice, slice]
"""Three slices with explicit start and stop and no step, in (z, y, x) order."""


def _identity() -> NDArray[np.float64]:
    return np.eye(3)


@dataclass(frozen=True, eq=False)
class Volume:
    """A CT in Hounsfield units.

    Everything is in array order (z, y, x): axis 0 runs from feet to head, axis 1 from front to
    back, axis 2 from the patient's right to the left (LPS-canonical). A single slice has shape
    (1, y, x).

    Parameters
    ----------
    hu : ndarray of int16, shape (z, y, x)
        Hounsfield units. The array is shared, not copied: `Sample.paste` writes into it.
    spacing : tuple of float
        Voxel size in mm, (z, y, x), positive.
    origin : tuple of float
        Position of voxel (0, 0, 0) in mm, (z, y, x) components of the LPS frame.
    direction : ndarray of float64, shape (3, 3)
        Column j is the unit vector, in (z, y, x) components, along which axis j runs. The
        identity unless the scan was oblique.
    """

    hu: NDArray[np.int16]
    spacing: Triple
    origin: Triple = (0.0, 0.0, 0.0)
    direction: NDArray[np.float64] = field(default_factory=_identity)

    def __post_init__(self) -> None:
        if self.hu.ndim != 3 or 0 in self.hu.shape:
            raise InputError(
                f"a volume needs three axes (z, y, x), none empty; got shape {self.hu.shape}",
                remedy="Give a single slice the shape (1, y, x)",
            )
        if self.hu.dtype != np.int16:
            raise InputError(f"a volume holds int16 HU, not {self.hu.dtype}")
        if len(self.spacing) != 3 or not all(np.isfinite(s) and s > 0 for s in self.spacing):
            raise GeometryError(f"spacing must be three positive sizes in mm; got {self.spacing}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along (z, y, x)."""
        z, y, x = self.hu.shape
        return z, y, x

    @cached_property
    def sha256(self) -> str:
        """Identity of the host: hash of the voxels and the spacing when first asked for.

        `Sample.paste` asks before it writes, so a pasted lesion does not change the identity
        of the CT that it was pasted into.
        """
        digest = hashlib.sha256()
        digest.update(repr((self.shape, tuple(float(s) for s in self.spacing))).encode())
        digest.update(np.ascontiguousarray(self.hu).data)
        return digest.hexdigest()

    def to_world(self, index: Triple) -> Triple:
        """Position in mm, LPS frame, (z, y, x) components, of a (fractional) voxel index."""
        offset = self.direction @ (np.asarray(index, float) * np.asarray(self.spacing))
        z, y, x = np.asarray(self.origin) + offset
        return float(z), float(y), float(x)

    def to_index(self, world: Triple) -> Triple:
        """Inverse of `to_world`."""
        offset = np.asarray(world, float) - np.asarray(self.origin)
        z, y, x = np.linalg.solve(self.direction, offset) / np.asarray(self.spacing)
        return float(z), float(y), float(x)
