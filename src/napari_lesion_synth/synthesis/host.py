"""What a lesion meets in its host: parenchyma, vessels and the capsule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.separable import separable

__all__ = ["Surroundings", "Vessels", "organ_core", "organ_fraction", "parenchyma", "within"]

FAT_HU = -100.0
CAPSULE_MM = 1.2
"""So far inside the mask a scanner's blur mixes in what lies outside."""

_SMOOTH_MM = 1.6
_LIGHT_MM = 0.7
_NEGLIGIBLE = np.float32(0.03)
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


@dataclass(frozen=True, eq=False)
class Vessels:
    """The host's structure that is not noise: vessels and ducts.

    A strongly smoothed copy of the host decides where something stands out from the smoothed
    noise; a lightly smoothed one says how much. Elsewhere there is nothing, so taking it out of
    the host leaves the noise as it is.

    Parameters
    ----------
    deviation : ndarray of float32
        HU above the parenchyma; 0 where it is not the organ's core.
    gate : ndarray of float32
        0 in noise to 1 in a vessel, on a coarse grid.
    sides : tuple of _Side
        From the coarse grid to the box.
    spacing : tuple of float
        mm.
    """

    deviation: Field
    gate: Field
    sides: tuple[_Side, ...]
    spacing: Triple

    @classmethod
    def of(cls, host: Surroundings) -> Vessels:
        """Look for vessels in a box of the host."""
        deviation = host.hu - np.float32(host.level_hu)
        np.clip(deviation, -_NOT_TISSUE_HU, _NOT_TISSUE_HU, out=deviation)
        sides = tuple(
            _Side.of(n, step) for n, step in zip(deviation.shape, host.spacing, strict=True)
        )
        if host.is_core:
            coarse = _smoothed(deviation, sides)
        else:
            deviation *= host.core
            coarse = _smoothed(deviation, sides)
            share = _smoothed(host.core.astype(np.float32), sides)
            coarse /= np.maximum(share, np.float32(0.25))
        some = np.abs(coarse.ravel()[:: max(1, coarse.size // _SAMPLES)])
        spread = _MAD_TO_SD * float(np.median(some))
        coarse /= np.float32(max(_NOISE_FACTOR * spread, _LEAST_HU))
        for _ in range(3):
            coarse *= coarse
        coarse /= coarse + np.float32(1)
        return cls(deviation, coarse, sides, host.spacing)

    def remove(self, change: Field, weight: Field) -> None:
        """Take them out of the host.

        Parameters
        ----------
        change : ndarray of float32
            HU to be added to the host; changed in place.
        weight : ndarray of float32
            How much to remove, 0 to 1; overwritten.
        """
        weight *= separable(self.gate, [side.back for side in self.sides])
        found = np.flatnonzero(weight > _NEGLIGIBLE)
        amount = weight.ravel()[found]
        amount *= _lightly_smoothed(self.deviation, found, self.spacing)
        change.ravel()[found] -= amount


@dataclass(frozen=True, eq=False)
class _Side:
    """One axis of a box, and the coarser grid on which its smoothed copy lives.

    `stride` voxels make a coarse one; `smooth` is what smoothing is left to do there, `back`
    interpolates linearly to the voxels.
    """

    stride: int
    smooth: NDArray[np.float64]
    back: NDArray[np.float64]

    @staticmethod
    @lru_cache(maxsize=64)
    def of(n: int, step: float) -> _Side:
        stride = max(1, round(_SMOOTH_MM / step))
        nodes = stride * np.arange(-(-n // stride)) + (stride - 1) / 2
        sigma2 = (_SMOOTH_MM / step) ** 2 - (stride**2 - 1) / 12
        smooth = np.exp(-0.5 * (nodes - nodes[:, None]) ** 2 / sigma2)
        smooth /= smooth.sum(axis=1, keepdims=True)
        places = np.clip(np.arange(n), nodes[0], nodes[-1])
        back = np.maximum(0.0, 1 - np.abs(places[:, None] - nodes) / stride)
        return _Side(stride, smooth, back)


def _smoothed(values: Field, sides: tuple[_Side, ...]) -> Field:
    """Gaussian mean on the coarse grid: means of blocks first, which is most of the work."""
    for axis, side in enumerate(sides):
        source = np.moveaxis(values, axis, 0)
        total = source[:: side.stride].copy()
        count = np.ones((len(total), 1, 1), np.float32)
        for shift in range(1, side.stride):
            part = source[shift :: side.stride]
            total[: len(part)] += part
            count[: len(part)] += 1
        total /= count
        values = np.moveaxis(total, 0, axis)
    return separable(values, [side.smooth for side in sides])


def _lightly_smoothed(values: Field, at: NDArray[np.intp], spacing: Triple) -> Field:
    """Binomial mean of in-plane neighbours about `_LIGHT_MM` away, at flat indices."""
    _, rows, columns = values.shape
    row, column = (at // columns) % rows, at % columns
    flat = values.ravel()
    total = np.zeros(len(at), np.float32)
    steps = [max(1, round(_LIGHT_MM / step)) for step in spacing[1:]]
    for down in (-1, 0, 1):
        to_row = (np.clip(row + down * steps[0], 0, rows - 1) - row) * columns
        for across in (-1, 0, 1):
            to_column = np.clip(column + across * steps[1], 0, columns - 1) - column
            weight = np.float32((2 - abs(down)) * (2 - abs(across)) / 16)
            total += weight * flat[at + to_row + to_column]
    return total
