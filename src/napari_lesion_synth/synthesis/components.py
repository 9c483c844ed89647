"""Labelled lesions one by one: connected components, which of them are whole, where they lie."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.errors import DonorError, LesionSynthWarning
from napari_lesion_synth.synthesis.separation import separate
from napari_lesion_synth.synthesis.shapes import equivalent_diameter

__all__ = ["Component", "lay_in", "lesion_components", "padded", "place_in", "usable"]


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
    for number, (z, y, x) in enumerate(ndimage.find_objects(labels), start=1):
        box = (z, y, x)
        mask = labels[box] == number
        for part in separate(mask, spacing) if split else [mask]:
            inner = _box_of(part)
            if inner is not None:
                whole = _nested(around, _nested(box, inner))
                components.append(_component(part[inner], whole, lesions.shape, spacing))
    return components


def usable(
    lesions: Sequence[Component], organ: Organ, *, min_diameter_mm: float, where: str
) -> list[Component]:
    """Lesions that are whole, in the organ and large enough.

    Warns
    -----
    LesionSynthWarning
        Names those that reach the end of the volume or lie outside the organ.

    Raises
    ------
    DonorError
        If none is left.
    """
    large = [lesion for lesion in lesions if lesion.diameter_mm >= min_diameter_mm]
    chosen, faults = [], []
    for lesion in large:
        fault = _fault(lesion, organ)
        if fault is None:
            chosen.append(lesion)
        else:
            faults.append(f"{lesion.diameter_mm:.1f} mm at (z, y, x) = {lesion.center}: {fault}")
    if not chosen:
        raise _none_usable(lesions, faults, min_diameter_mm, where)
    if faults:
        warnings.warn(
            f"{where}: {len(faults)} of {len(large)} lesions left out ({'; '.join(faults)})",
            LesionSynthWarning,
            stacklevel=3,
        )
    return chosen


def lay_in(lesion: Component, organ: Organ, rim_mm: float) -> tuple[float, Zone]:
    """Depth of the lesion's centre in mm, and the zone by the lesion's own surface."""
    inside = organ.mask[lesion.box] & lesion.mask
    # Not distance_in: where part of the lesion is outside, it works out the whole outside.
    index = np.argwhere(inside) + [
        a.start - b.start for a, b in zip(lesion.box, organ.bbox, strict=True)
    ]
    pokes_out = inside.sum() < lesion.mask.sum()
    nearest = 0.0 if pokes_out else float(organ.depth_map[tuple(index.T)].min())
    zone = Zone.RIM if nearest < rim_mm else Zone.INTERIOR
    depth = organ.depth_at(lesion.center) if organ.contains(lesion.center) else 0.0
    return depth, zone


def padded(box: Box, margin_mm: float, spacing: Triple, shape: tuple[int, ...]) -> Box:
    """`box` with a margin on every side that the volume has it."""
    z, y, x = (
        slice(max(side.start - pad, 0), min(side.stop + pad, n))
        for side, n, pad in zip(
            box, shape, (int(np.ceil(margin_mm / s)) for s in spacing), strict=True
        )
    )
    return z, y, x


def place_in(inner: Box, outer: Box) -> Box:
    """`inner`, counted from the first voxel of `outer`; both are boxes of one volume."""
    z, y, x = (
        slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True)
    )
    return z, y, x


def _fault(lesion: Component, organ: Organ) -> str | None:
    if lesion.touches_border(organ.mask.shape):
        return "it reaches the end of the volume and may go on beyond"
    if 2 * (lesion.mask & organ.mask[lesion.box]).sum() < lesion.mask.sum():
        return "it lies outside the organ"
    return None


def _none_usable(
    lesions: Sequence[Component], faults: Sequence[str], min_diameter_mm: float, where: str
) -> DonorError:
    if not lesions:
        return DonorError(
            "the lesion mask is empty",
            where=where,
            remedy="Check that the mask belongs to this CT, and the label (--lesion-label)",
        )
    small = len(lesions) - len(faults)
    reasons = [*faults, *([f"{small} below {min_diameter_mm:g} mm"] if small else [])]
    return DonorError(
        f"none of the {len(lesions)} labelled lesions can be used ({'; '.join(reasons)})",
        where=where,
        remedy="Check that lesions and organ were drawn on this CT, or lower min_diameter_mm",
    )


def _component(
    mask: NDArray[np.bool_], box: Box, shape: tuple[int, ...], spacing: Triple
) -> Component:
    voxels = np.argwhere(mask)
    away = ((voxels - voxels.mean(axis=0)) * np.asarray(spacing)) ** 2
    z, y, x = (
        int(i) + side.start for i, side in zip(voxels[away.sum(axis=1).argmin()], box, strict=True)
    )
    # A margin, so that one slice of a volume is not taken for a single-slice image.
    framed = np.pad(mask, [(0, int(n > 1)) for n in shape])
    return Component(box, mask, (z, y, x), equivalent_diameter(framed, spacing))


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
