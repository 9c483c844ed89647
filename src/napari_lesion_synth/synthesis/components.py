"""Labelled lesions one by one: connected components of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.synthesis.separation import separate

__all__ = ["Component", "equivalent_diameter", "lesion_components", "padded"]


@dataclass(frozen=True, eq=False)
class Component:
    """One lesion of a mask.

    Parameters
    ----------
    box : tuple of slice
        The smallest box around it, in the volume.
    mask : ndarray of bool
        The lesion in the box.
    center : tuple of int
        Voxel index (z, y, x) in the volume: the lesion voxel nearest to the centroid.
    diameter_mm : float
        Of the sphere of the same volume; in a single slice, of the disc of the same area.
    """

    box: Box
    mask: NDArray[np.bool_]
    center: tuple[int, int, int]
    diameter_mm: float

    def touches_border(self, shape: tuple[int, ...]) -> bool:
        """Whether the lesion reaches the end of the volume, beyond which it may go on.

        An axis of one voxel has no ends: a single slice is not the lesion's fault.
        """
        return any(
            n > 1 and (side.start == 0 or side.stop == n)
            for side, n in zip(self.box, shape, strict=True)
        )


def lesion_components(
    lesions: NDArray[np.bool_], spacing: Triple, *, split: bool = False
) -> list[Component]:
    """Lesions of a mask, feet to head.

    Parameters
    ----------
    lesions : ndarray of bool, shape (z, y, x)
        All of them. Lesions that touch, be it by a corner, are one component.
    spacing : tuple of float
        mm, (z, y, x).
    split : bool
        Part components that are clearly two lesions, see `separation.separate`.

    Returns
    -------
    list of Component
    """
    around = _box_of(lesions)
    if around is None:
        return []
    labels, _ = ndimage.label(lesions[around], np.ones((3, 3, 3)))
    components = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        mask = labels[box] == number
        for part in separate(mask, spacing) if split else [mask]:
            inner = _box_of(part)
            if inner is not None:
                whole = _nested(around, _nested(box, inner))
                components.append(_component(part[inner], whole, lesions.shape, spacing))
    return components


def equivalent_diameter(voxels: int, shape: tuple[int, ...], spacing: Triple) -> float:
    """Diameter in mm of the sphere, or in a single slice of the disc, of as many voxels."""
    if shape[0] == 1:
        return float(2 * np.sqrt(voxels * spacing[1] * spacing[2] / np.pi))
    return float((6 * voxels * np.prod(spacing) / np.pi) ** (1 / 3))


def padded(box: Box, margin_mm: float, spacing: Triple, shape: tuple[int, ...]) -> Box:
    """`box` with a margin on every side that the volume has it."""
    z, y, x = (
        slice(max(side.start - pad, 0), min(side.stop + pad, n))
        for side, n, pad in zip(
            box, shape, (int(np.ceil(margin_mm / s)) for s in spacing), strict=True
        )
    )
    return z, y, x


def _component(
    mask: NDArray[np.bool_], box: Box, shape: tuple[int, ...], spacing: Triple
) -> Component:
    voxels = np.argwhere(mask)
    away = ((voxels - voxels.mean(axis=0)) * np.asarray(spacing)) ** 2
    z, y, x = (
        int(i) + side.start for i, side in zip(voxels[away.sum(axis=1).argmin()], box, strict=True)
    )
    return Component(box, mask, (z, y, x), equivalent_diameter(len(voxels), shape, spacing))


def _box_of(mask: NDArray[np.bool_]) -> Box | None:
    """Smallest box around the voxels of the mask."""
    sides = []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if not used.size:
            return None
        sides.append(slice(int(used[0]), int(used[-1]) + 1))
    return sides[0], sides[1], sides[2]


def _nested(outer: Box, inner: Box) -> Box:
    """`inner`, given within `outer`, as a box of what `outer` is given in."""
    z, y, x = (
        slice(o.start + i.start, o.start + i.stop) for o, i in zip(outer, inner, strict=True)
    )
    return z, y, x
