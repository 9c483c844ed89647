"""What a lesion meets in its host: parenchyma, vessels and the capsule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.separable import interpolation, lattice, separable

__all__ = ["Surroundings", "organ_core", "organ_fraction", "parenchyma", "vessels", "within"]

FAT_HU = -100.0
CAPSULE_MM = 1.2
"""So far inside the mask a scanner's blur mixes in what lies outside."""

_SMOOTH_MM = 1.6
_LIGHT_MM = 0.7
_NOT_TISSUE_HU = 150.0
_NOISE_FACTOR = 2.5
_LEAST_HU = 8.0
_SAMPLES = 6000
_MAD_TO_SD = 1.4826

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A box of the host.

    Parameters
    ----------
    hu : ndarray of float32
        The box, (z, y, x).
    organ : ndarray of bool
        The organ in it.
    core : ndarray of bool
        The organ without the voxels that share their volume with what lies outside.
    spacing : tuple of float
        mm.
    level_hu : float
        Median of the parenchyma in the box.
    """

    hu: Field
    organ: Mask
    core: Mask
    spacing: Triple
    level_hu: float

    @cached_property
    def is_core(self) -> bool:
        """Whether the whole box is core: no capsule in it."""
        return bool(self.core.all())


def within(hu: NDArray[np.int16], organ: Mask, spacing: Triple) -> Surroundings:
    """Look at a box of the host."""
    hu, organ = np.ascontiguousarray(hu), np.ascontiguousarray(organ)
    core = organ_core(organ, spacing)
    return Surroundings(hu.astype(np.float32), organ, core, spacing, parenchyma(hu, core, organ))


def parenchyma(hu: NDArray[np.int16], core: Mask, organ: Mask) -> float:
    """Median HU of some thousand voxels of the organ, of its core where there is one."""
    every = max(1, hu.size // _SAMPLES)
    some = hu.ravel()[::every]
    for mask in (core, organ):
        values = some[mask.ravel()[::every]]
        if len(values) >= 10:
            return float(np.median(values))
    return float(np.median(hu[organ])) if organ.any() else 0.0


def organ_core(organ: Mask, spacing: Triple) -> Mask:
    """The organ less its outermost `CAPSULE_MM`; beyond the box it is taken to go on."""
    core = organ.copy()
    if organ.all():
        return core
    for axis, step in enumerate(spacing):
        if organ.shape[axis] == 1:
            continue
        before = np.moveaxis(core.copy(), axis, 0)
        target = np.moveaxis(core, axis, 0)
        for shift in range(1, max(1, round(CAPSULE_MM / step)) + 1):
            target[shift:] &= before[:-shift]
            target[:-shift] &= before[shift:]
    return core


def organ_fraction(host: Surroundings) -> Field | None:
    """How much of each voxel is the organ's, so how much of it a lesion can replace.

    At the capsule a voxel holds organ and fat. Its own HU says how much of each; a lesion changes
    the organ's share only. Changing the whole voxel would draw a line along the capsule. Taking
    the share from the voxel itself also scales its noise down as the contrast to fat is.

    Returns
    -------
    ndarray of float32 or None
        1 away from the capsule; None where the box has no capsule.
    """
    if host.is_core:
        return None
    share = (host.hu - np.float32(FAT_HU)) / np.float32(max(host.level_hu - FAT_HU, 50.0))
    # Not cut at 1: noise goes both ways, and cutting one side off would bias the mean.
    np.clip(share, 0.0, 1.25, out=share)
    share[host.core] = 1.0
    return share


def vessels(host: Surroundings) -> Field:
    """The host's structure that is not noise: vessels and ducts, as HU above the parenchyma.

    A strongly smoothed copy of the host decides where something stands out from the smoothed
    noise; a lightly smoothed one says how much. Elsewhere the result is near 0, so subtracting
    it leaves the noise as it is.

    Returns
    -------
    ndarray of float32
    """
    deviation = host.hu - np.float32(host.level_hu)
    np.clip(deviation, -_NOT_TISSUE_HU, _NOT_TISSUE_HU, out=deviation)
    kernels = [_kernels(n, step) for n, step in zip(host.hu.shape, host.spacing, strict=True)]
    down = [smooth for smooth, _ in kernels]
    if host.is_core:
        coarse = separable(deviation, down)
    else:
        deviation *= host.core
        weight = separable(host.core.astype(np.float32), down)
        coarse = separable(deviation, down) / np.maximum(weight, np.float32(0.25))
    some = np.abs(coarse.ravel()[:: max(1, coarse.size // _SAMPLES)])
    spread = _MAD_TO_SD * float(np.median(some))
    threshold = np.float32(max(_NOISE_FACTOR * spread, _LEAST_HU) ** 4)
    np.square(coarse, out=coarse)
    np.square(coarse, out=coarse)
    coarse /= coarse + threshold
    out = separable(coarse, [back for _, back in kernels])
    out *= _lightly_smoothed(deviation, host.spacing)
    return out


def _lightly_smoothed(values: Field, spacing: Triple) -> Field:
    """Binomial smoothing by about `_LIGHT_MM` within the slices, whose voxels are the smaller."""
    for axis in (1, 2):
        if values.shape[axis] == 1:
            continue
        for _ in range(min(round(2 * (_LIGHT_MM / spacing[axis]) ** 2), 4)):
            source = np.moveaxis(values, axis, 0)
            out = source * np.float32(0.5)
            quarter = source * np.float32(0.25)
            out[1:] += quarter[:-1]
            out[:-1] += quarter[1:]
            out[0] += quarter[0]
            out[-1] += quarter[-1]
            values = np.moveaxis(out, 0, axis)
    return values


def _kernels(n: int, step: float) -> tuple[Field, Field]:
    """Matrices that smooth onto every second or so voxel, and interpolate back."""
    stride = max(1, round(_SMOOTH_MM / step))
    nodes = lattice(n, stride)
    away = np.arange(n) - nodes[:, None]
    smooth = np.exp(np.float32(-0.5 * (step / _SMOOTH_MM) ** 2) * (away * away).astype(np.float32))
    smooth /= smooth.sum(axis=1, keepdims=True)
    return smooth, interpolation(n, stride)
