"""A transplant and its host made one: what the voxels of the region become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.reach import next_layer
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN
from napari_lesion_synth.synthesis.solver import solve_correction

__all__ = ["Blended", "blend"]

_OUTSIDE_HU = (-1000.0, 0.0)
_LEAST_SPAN_HU = 50.0
_SAMPLES = 5000
_FAT_BLUR_HU, _TISSUE_HU = np.float32(20), np.float32(70)
_BLUR = (np.float32(0.4), np.float32(0.12))
"""What the scanner's blur takes from the last and the last but one voxel before an edge."""
_LARGEST_SHARE = 1.25


@dataclass(frozen=True, eq=False)
class Blended:
    """A box of the host with a donor in it.

    Parameters
    ----------
    hu : ndarray of int16, shape (z, y, x)
        The box; outside the region the host's own values.
    isolated : tuple of ndarray of bool
        Parts of the region that no organ voxel borders on. Their level was set to the organ's.
    """

    hu: NDArray[np.int16]
    isolated: tuple[NDArray[np.bool_], ...]


def blend(
    hu: NDArray[np.int16],
    donor: NDArray[np.float32],
    region: NDArray[np.bool_],
    organ: NDArray[np.bool_],
    spacing: Triple,
    *,
    core: NDArray[np.bool_] | None = None,
    bare: NDArray[np.float32] | None = None,
    source: NDArray[np.float32] | None = None,
) -> Blended:
    """Blend a donor into its host.

    Parameters
    ----------
    hu : ndarray of int16, shape (z, y, x)
        The host. The box must reach one voxel beyond the region wherever the volume does.
    donor : ndarray of float32, shape (z, y, x)
        HU above the donor's parenchyma.
    region : ndarray of bool, shape (z, y, x)
        Where the donor replaces the host; inside the organ.
    organ : ndarray of bool, shape (z, y, x)
        The organ.
    spacing : tuple of float
        mm, (z, y, x).
    core : ndarray of bool, optional
        Organ voxels that hold nothing but organ. The others, at the capsule, give no boundary
        values, and a lesion in them changes the organ's share only. Default: the whole organ.
    bare : ndarray of float32, optional
        The donor without added noise, for voxels outside the core: they keep the host's.
    source : ndarray of float32, optional
        See `solve_correction`.

    Returns
    -------
    Blended
    """
    core = organ if core is None else core
    host = hu.astype(np.float32)
    difference = host - donor
    correction = solve_correction(region, core | region, difference, spacing, source=source)
    if correction.isolated:
        # For these parts, better the capsule's own values than none.
        domain = core | region
        for part in correction.isolated:
            domain |= ndimage.binary_dilation(part) & organ
        level = float(np.median(host[core if core.any() else organ]))
        correction = solve_correction(
            region, domain, difference, spacing, source=source, offset=level
        )
    out = donor + correction.field
    rim = np.flatnonzero(region & ~core)
    if len(rim):
        level_at = correction.field.ravel()[rim]
        outside = _outside(host, organ)
        share = host.ravel()[rim] - outside
        share /= np.maximum(level_at - outside, np.float32(_LEAST_SPAN_HU))
        # Not cut at 1: noise goes both ways, and cutting one side off would bias the mean.
        np.clip(share, 0, _LARGEST_SHARE, out=share)
        share *= _softened(host, organ, rim)
        share *= (donor if bare is None else bare).ravel()[rim]
        out.ravel()[rim] = host.ravel()[rim] + share
    np.rint(out, out=out)
    np.clip(out, HU_MIN, HU_MAX, out=out)
    result = hu.copy()
    np.copyto(result, out.astype(np.int16), where=region)
    return Blended(result, correction.isolated)


def _softened(
    host: NDArray[np.float32], organ: NDArray[np.bool_], rim: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Factor on a lesion's contrast at the flat indices `rim`: 1 but beside tissue.

    The scanner's blur would carry a lesion's edge on into muscle or gut beyond the capsule. Those
    voxels stay as they are, so the edge is made to end in the last two voxels before them.
    """
    places = np.unravel_index(rim, host.shape)
    low = [max(int(p.min()) - 2, 0) for p in places]
    near = tuple(slice(a, int(p.max()) + 3) for a, p in zip(low, places, strict=True))
    organ, host = organ[near], host[near]
    first, beyond = next_layer(np.where(organ, np.float32(0), host), ~organ)
    tissue = (beyond - _FAT_BLUR_HU) / (_TISSUE_HU - _FAT_BLUR_HU)
    np.clip(tissue, 0, 1, out=tissue)
    tissue *= first
    second, tissue_there = next_layer(tissue, first)
    tissue_there *= second & organ
    lost = _BLUR[0] * tissue + _BLUR[1] * tissue_there
    return 1 - lost[tuple(p - a for p, a in zip(places, low, strict=True))]


def _outside(host: NDArray[np.float32], organ: NDArray[np.bool_]) -> np.float32:
    """HU of what lies beyond the capsule: fat or lung.

    Where it is muscle or gut, their contrast to the organ is too small to tell shares by, and
    they count as no more than water.
    """
    values = host[~organ]
    middle = np.median(values[:: max(1, len(values) // _SAMPLES)]) if len(values) else 0.0
    return np.float32(np.clip(middle, *_OUTSIDE_HU))
