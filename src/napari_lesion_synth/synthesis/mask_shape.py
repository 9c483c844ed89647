"""The outline of a real lesion as it was labelled, at any size and turn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.synthesis.shapes import Axes, Field, equivalent_diameter

__all__ = ["MaskShape"]

_SMOOTH_VOXELS = 0.6
_MARGIN = 2


@dataclass(frozen=True, eq=False)
class MaskShape:
    """A mask, scaled to a diameter; its level is the signed distance to the surface in mm.

    Parameters
    ----------
    diameter_mm : float
        Equivalent diameter.
    mask : ndarray of bool
        One lesion, (z, y, x).
    spacing : tuple of float
        mm, (z, y, x), of the mask.
    rotation : ndarray, shape (3, 3), optional
        Turns the lesion about its centroid, acting on (z, y, x) vectors.
    flat : int, optional
        The axis of length 1 of a single slice.

    Raises
    ------
    InputError
        If the mask is empty, or is one of a volume and the shape one of a slice, or the reverse.
    """

    diameter_mm: float
    mask: NDArray[np.bool_]
    spacing: Triple
    rotation: NDArray[np.float64] | None = None
    flat: int | None = None

    def __post_init__(self) -> None:
        if not self.mask.any():
            raise InputError("the lesion's mask is empty", remedy="Leave this label out")
        if (self.flat is None) == (1 in self.mask.shape):
            raise InputError(
                f"a mask of shape {self.mask.shape} does not fit "
                f"{'a volume' if self.flat is None else 'a single slice'}",
                remedy="Take lesions from slices for slices, and from volumes for volumes",
            )

    @property
    def radius_mm(self) -> float:
        """Half the equivalent diameter."""
        return self.diameter_mm / 2

    @cached_property
    def _scale(self) -> float:
        return self.diameter_mm / equivalent_diameter(self.mask, self.spacing)

    @cached_property
    def _source(self) -> tuple[Field, NDArray[np.float64]]:
        """Signed distance on the mask's grid with a margin, and the centroid in its voxels."""
        pad = [0 if n == 1 else _MARGIN for n in self.mask.shape]
        mask = np.pad(self.mask, [(p, p) for p in pad])
        # An axis of length 1 must not bound the lesion.
        step = [1e6 if n == 1 else s for n, s in zip(mask.shape, self.spacing, strict=True)]
        inside = ndimage.distance_transform_edt(mask, sampling=step)
        outside = ndimage.distance_transform_edt(~mask, sampling=step)
        half = min(s for s, n in zip(self.spacing, mask.shape, strict=True) if n > 1) / 2
        level = np.where(mask, inside - half, half - outside).astype(np.float32)
        sigmas = [0 if n == 1 else _SMOOTH_VOXELS for n in mask.shape]
        level = ndimage.gaussian_filter(level, sigmas, mode="nearest")
        # Smoothing rounds the stairs of the grid off; the volume is kept.
        count = int(mask.sum())
        ranked = np.partition(level, [level.size - count - 1, level.size - count], axis=None)
        level -= ranked[level.size - count - 1 : level.size - count + 1].mean()
        return level, np.argwhere(mask).mean(axis=0)

    def reach(self, beyond_mm: float) -> NDArray[np.float64]:
        """See `Shape.reach`."""
        _, center = self._source
        pad = np.array([0 if n == 1 else _MARGIN for n in self.mask.shape])
        points = (np.argwhere(self.mask) + pad - center) * np.asarray(self.spacing)
        if self.rotation is not None:
            points = points @ self.rotation.T
        beyond = beyond_mm + self._scale * max(self.spacing) / 2
        low, high = self._scale * points.min(axis=0), self._scale * points.max(axis=0)
        out = np.stack([beyond - low, high + beyond], axis=1)
        if self.flat is not None:
            out[self.flat] = 0.0
        return out

    def level(self, axes: Axes) -> Field:
        """See `Shape.level`."""
        source, center = self._source
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).astype(np.float32)
        grid /= np.float32(self._scale)
        if self.rotation is not None:
            grid = grid @ self.rotation.astype(np.float32)
        index = grid / np.asarray(self.spacing, np.float32) + center.astype(np.float32)
        if self.flat is not None:
            index[..., self.flat] = 0.0
        # Beyond the mask's box the distance to the box is added: it is all that matters there.
        inside: Field = np.clip(index, 0, np.asarray(source.shape, np.float32) - 1)
        beyond = np.linalg.norm((index - inside) * np.asarray(self.spacing, np.float32), axis=-1)
        where = np.moveaxis(inside, -1, 0)
        level = ndimage.map_coordinates(source, where, order=1, mode="nearest", output=np.float32)
        return np.asarray(self._scale * (level - beyond), np.float32)
