"""A donor made ready for transplanting: its contrast, free of what is not its organ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.reach import next_layer, within_reach
from napari_lesion_synth.synthesis.shapes import equivalent_diameter

__all__ = ["CAPSULE_MM", "Cutout", "cut_out", "outward"]

CAPSULE_MM = 2.0
"""Organ voxels this near to the capsule share their volume with fat, by the scanner's blur."""

_FALL_OFF = (0.6, 0.25)
"""What is left of a lesion's contrast one and two voxels beyond its own capsule."""

_ENOUGH = 30
_RING_MM = 1.5


@dataclass(frozen=True, eq=False)
class Cutout:
    """One lesion and its surroundings.

    Parameters
    ----------
    contrast : ndarray of float32, shape (z, y, x)
        HU above the donor's parenchyma; 0 outside the donor's organ.
    mask : ndarray of bool, shape (z, y, x)
        The lesion.
    organ : ndarray of bool, shape (z, y, x)
        The organ.
    spacing : tuple of float
        mm, (z, y, x).
    centre : ndarray of float64, shape (3,)
        Centroid of the lesion, as an index.
    diameter_mm : float
        Equivalent diameter.
    """

    contrast: NDArray[np.float32]
    mask: NDArray[np.bool_]
    organ: NDArray[np.bool_]
    spacing: Triple
    centre: NDArray[np.float64]
    diameter_mm: float


@dataclass(frozen=True, eq=False)
class _Prepared:
    """What all cut-outs of a donor share, over its whole box.

    `contrast` is relative to `Donor.organ_hu`; `away` is the distance from the lesion in mm.
    """

    contrast: NDArray[np.float32]
    mask: NDArray[np.bool_]
    organ: NDArray[np.bool_]
    core: NDArray[np.bool_]
    away: NDArray[np.float32]
    centre: NDArray[np.float64]
    diameter_mm: float


def cut_out(donor: Donor, margin_mm: float, *, planar: bool) -> Cutout:
    """Take the lesion with a margin, relative to its own parenchyma.

    Organ voxels at the donor's capsule are half fat. They are filled from further inside, and
    beyond the capsule the contrast falls off to 0 within two voxels, so that neither fat
    nor lung comes along and the lesion's flat side still has a soft edge.

    Parameters
    ----------
    donor : Donor
        The lesion.
    margin_mm : float
        Surroundings to keep, in the donor's own mm.
    planar : bool
        Take the slice with the largest section, for a host of one slice.

    Returns
    -------
    Cutout
    """
    whole = _prepared(donor, planar and donor.mask.shape[0] > 1)
    box = []
    for axis, n in enumerate(whole.mask.shape):
        others = tuple(a for a in range(3) if a != axis)
        found = np.flatnonzero(whole.mask.any(axis=others))
        margin = int(np.ceil(margin_mm / donor.spacing[axis])) + 1
        box.append(slice(max(int(found[0]) - margin, 0), min(int(found[-1]) + 1 + margin, n)))
    here = (box[0], box[1], box[2])
    organ = whole.organ[here]
    contrast = whole.contrast[here].copy()
    near = max(margin_mm - 0.5, _RING_MM)
    level = _level(contrast, whole.core[here] & (whole.away[here] > near))
    contrast -= np.float32(level) * organ
    centre = whole.centre - [side.start for side in here]
    return Cutout(contrast, whole.mask[here], organ, donor.spacing, centre, whole.diameter_mm)


@lru_cache(maxsize=32)
def _prepared(donor: Donor, one_slice: bool) -> _Prepared:
    """The margin-independent part, kept for the donors used last: it is most of the work."""
    here = slice(None)
    diameter = donor.diameter_mm
    if one_slice:
        z = int(donor.mask.sum(axis=(1, 2)).argmax())
        here = slice(z, z + 1)
        diameter = equivalent_diameter(donor.mask[here], donor.spacing)
    mask, organ = donor.mask[here], donor.organ[here] | donor.mask[here]
    contrast = donor.hu[here].astype(np.float32) - np.float32(donor.organ_hu)
    core = organ
    if not organ.all():
        core = organ & ~within_reach(~organ, CAPSULE_MM, donor.spacing)
        _without_neighbours(contrast, mask, organ, core if core.any() else organ)
    away = ndimage.distance_transform_edt(~mask, sampling=donor.spacing).astype(np.float32)
    return _Prepared(contrast, mask, organ, core, away, _centroid(mask), diameter)


def _level(contrast: NDArray[np.float32], ring: NDArray[np.bool_]) -> float:
    """Mean of the tissue where the margin ends, or 0 where little is left of it.

    Nearer to the lesion, its blurred edge and its halo are darker. It is there that blending
    makes the donor's tissue equal to the host's, vessels included.
    """
    values = contrast[ring]
    return float(values.mean(dtype=np.float64)) if len(values) >= _ENOUGH else 0.0


def _centroid(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean index of the mask's voxels."""
    centre = []
    for axis, n in enumerate(mask.shape):
        others = tuple(a for a in range(3) if a != axis)
        count = np.count_nonzero(mask, axis=others)
        centre.append(float(np.arange(n) @ count / count.sum()))
    return np.array(centre)


def _without_neighbours(
    contrast: NDArray[np.float32],
    mask: NDArray[np.bool_],
    organ: NDArray[np.bool_],
    core: NDArray[np.bool_],
) -> None:
    """Replace voxels at and beyond the capsule by what lies inside, in place.

    Lesion is continued by lesion and the tissue around it by tissue; what neither reaches has
    no contrast.
    """
    contrast *= core
    for tissue in (mask, organ & ~mask):
        known = core & tissue
        filled = contrast * tissue
        while True:
            front, mean = next_layer(filled, known)
            front &= tissue
            if not front.any():
                break
            filled[front] = mean[front]
            known |= front
        np.copyto(contrast, filled, where=tissue)
    known = organ.copy()
    for part in _FALL_OFF:
        front, mean = next_layer(contrast, known)
        contrast[front] = mean[front] * np.float32(part)
        known |= front


def outward(donor: Donor) -> NDArray[np.float64] | None:
    """Direction from a lesion to its own capsule, or None where none is near.

    Parameters
    ----------
    donor : Donor
        The lesion.

    Returns
    -------
    ndarray of float64, shape (3,), or None
        Unit vector (z, y, x) in mm-space.
    """
    beyond = np.argwhere(~(donor.organ | donor.mask))
    if not len(beyond):
        return None
    beyond = beyond[:: max(1, len(beyond) // 20_000)]
    away = (beyond - _centroid(donor.mask)) * np.asarray(donor.spacing)
    distance = np.sqrt((away**2).sum(axis=1))
    mean = away[distance <= distance.min() + donor.diameter_mm / 3].mean(axis=0)
    length = float(np.linalg.norm(mean))
    return None if length < 1e-3 else mean / length
