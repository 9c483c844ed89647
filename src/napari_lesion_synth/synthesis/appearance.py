"""How a made lesion looks: its HU against the organ around it, and across its surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.distance import distance_to_faces
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.synthesis.host import organ_core
from napari_lesion_synth.synthesis.shapes import equivalent_diameter

__all__ = ["Appearance", "Profile", "appearance", "appearance_and_profile", "radial_hu"]

AROUND_MM = 8.0
"""How far around a lesion its surroundings reach."""

_EDGE_MM = 2.0
"""Nearer to the lesion's surface than this, a voxel may hold some of its soft edge."""

_FEWEST = 20
"""Voxels that surroundings need for a mean and a spread."""

_BIN_MM = 1.0
_FAR_MM = 1000.0
"""Depth of a voxel in a lesion that fills its box: its surface is not in sight."""

Hu = NDArray[np.int16]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Appearance:
    """A lesion in figures; nan where there is nothing to measure, which `note` says.

    Parameters
    ----------
    lesion_hu, lesion_sd : float
        Mean and standard deviation of the labelled voxels.
    around_hu, around_sd : float
        Of the organ 2 to 8 mm outside the lesion's surface, as it is seen with the lesion:
        without voxels that the lesion changed and without the capsule, as long as 20 voxels are
        left.
    contrast_hu : float
        Lesion above its surroundings.
    cnr : float
        Magnitude of the contrast over the standard deviation of the surroundings.
    voxels : int
        Labelled voxels.
    volume_ml, diameter_mm : float
        Of the label; the diameter of a sphere (in a single slice of a disc) of its size.
    changed_voxels : int
        Voxels whose HU differ from the host's.
    min_hu, max_hu : float
        Extremes in the labelled voxels.
    conspicuity : float
        Diameter times magnitude of the contrast, in mm HU.
    """

    lesion_hu: float
    lesion_sd: float
    around_hu: float
    around_sd: float
    contrast_hu: float
    cnr: float
    voxels: int
    volume_ml: float
    diameter_mm: float
    changed_voxels: int
    min_hu: float
    max_hu: float
    conspicuity: float

    @property
    def note(self) -> str:
        """Why figures are missing; empty where none is."""
        if not self.voxels:
            return "The lesion fills no voxel by half: there is nothing to measure."
        if np.isnan(self.around_hu):
            return "No organ lies around the lesion: its contrast cannot be measured."
        return ""


@dataclass(frozen=True, eq=False)
class Profile:
    """Mean HU across a lesion's surface, without and with the lesion.

    Parameters
    ----------
    distance_mm : ndarray of float64
        Middle of each bin of 1 mm: distance from the lesion's surface, negative outside.
    host_hu, lesion_hu : ndarray of float64
        Mean over the organ's voxels in the bin, before and after.
    voxels : ndarray of int
        How many there are; bins without any are left out.
    """

    distance_mm: NDArray[np.float64]
    host_hu: NDArray[np.float64]
    lesion_hu: NDArray[np.float64]
    voxels: NDArray[np.int64]


def appearance_and_profile(
    before: Hu, after: Hu, mask: Mask, organ: Mask, spacing: Triple
) -> tuple[Appearance, Profile]:
    """`appearance` and `radial_hu` of the same lesion, in little more than the time of one."""
    scene = _Scene.of(before, after, mask, organ, spacing)
    return _appearance(scene), _profile(scene)


def appearance(before: Hu, after: Hu, mask: Mask, organ: Mask, spacing: Triple) -> Appearance:
    """Measure a lesion in its host.

    Parameters
    ----------
    before, after : ndarray of int16, shape (z, y, x)
        A box of the CT without and with the lesion; 8 mm around the lesion are looked at where
        the box has them.
    mask : ndarray of bool
        The lesion's label in the box.
    organ : ndarray of bool
        The organ in the box.
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    Appearance

    Raises
    ------
    InputError
        If the boxes differ in shape.
    """
    return _appearance(_Scene.of(before, after, mask, organ, spacing))


def radial_hu(before: Hu, after: Hu, mask: Mask, organ: Mask, spacing: Triple) -> Profile:
    """Mean HU by distance from a lesion's surface, from 8 mm outside to its core.

    Parameters are those of `appearance`. Without a labelled voxel the profile is empty.

    Raises
    ------
    InputError
        If the boxes differ in shape.
    """
    return _profile(_Scene.of(before, after, mask, organ, spacing))


@dataclass(frozen=True, eq=False)
class _Scene:
    """A box no larger than needed, with the distance from the lesion's surface."""

    before: Hu
    after: Hu
    mask: Mask
    organ: Mask
    spacing: Triple
    inward: NDArray[np.float32]
    """mm; negative outside."""
    changed: int

    @classmethod
    def of(cls, before: Hu, after: Hu, mask: Mask, organ: Mask, spacing: Triple) -> _Scene:
        if not before.shape == after.shape == mask.shape == organ.shape or mask.ndim != 3:
            raise InputError(
                f"the boxes differ in shape: CT {before.shape} and {after.shape}, lesion "
                f"{mask.shape}, organ {organ.shape}",
                remedy="Cut all four from the same box of (z, y, x)",
            )
        changed = int(np.count_nonzero(before != after))
        box = _around(mask, spacing, AROUND_MM)
        mask = mask[box]
        return cls(
            before[box], after[box], mask, organ[box], spacing, _inward(mask, spacing), changed
        )


def _inward(mask: Mask, spacing: Triple) -> NDArray[np.float32]:
    """Signed distance from the mask's surface in mm, outside it to a little over `AROUND_MM`."""
    if not mask.size:
        return np.zeros(mask.shape, np.float32)
    inward: NDArray[np.float32] = -distance_to_faces(~mask, spacing, AROUND_MM + _BIN_MM)
    inner = _around(mask, spacing, 0.0)
    within = mask[inner]
    inward[inner][within] = distance_to_faces(within, spacing, _FAR_MM)[within]
    return inward


def _around(mask: Mask, spacing: Triple, margin_mm: float) -> Box:
    """Box of the mask, a margin and one more voxel; all of nothing for an empty mask."""
    sides = []
    for axis, step in enumerate(spacing):
        others = tuple(other for other in range(3) if other != axis)
        places = np.flatnonzero(mask.any(axis=others))
        if not places.size:
            return slice(0, 0), slice(0, 0), slice(0, 0)
        ring = int(margin_mm / step) + 1
        sides.append(slice(max(0, int(places[0]) - ring), int(places[-1]) + ring + 1))
    z, y, x = sides
    return z, y, x


def _appearance(scene: _Scene) -> Appearance:
    lesion = scene.after[scene.mask].astype(np.float64)
    around = scene.after[_surroundings(scene)].astype(np.float64)
    lesion_hu, lesion_sd = _mean_and_sd(lesion)
    around_hu, around_sd = _mean_and_sd(around)
    contrast = lesion_hu - around_hu
    diameter = equivalent_diameter(scene.mask, scene.spacing) if lesion.size else 0.0
    return Appearance(
        lesion_hu=lesion_hu,
        lesion_sd=lesion_sd,
        around_hu=around_hu,
        around_sd=around_sd,
        contrast_hu=contrast,
        cnr=abs(contrast) / around_sd if around_sd > 0 else np.nan,
        voxels=int(lesion.size),
        volume_ml=float(lesion.size * np.prod(scene.spacing) / 1000),
        diameter_mm=diameter,
        changed_voxels=scene.changed,
        min_hu=float(lesion.min()) if lesion.size else np.nan,
        max_hu=float(lesion.max()) if lesion.size else np.nan,
        conspicuity=diameter * abs(contrast),
    )


def _surroundings(scene: _Scene) -> Mask:
    """The organ around the lesion: its best voxels if there are enough, else all."""
    shell: Mask = scene.organ & (scene.inward < -_EDGE_MM) & (scene.inward >= -AROUND_MM)
    untouched = shell & (scene.before == scene.after)
    if np.count_nonzero(untouched) < _FEWEST:  # a wide edge or margin reaches through the shell
        untouched = shell
    core = untouched & organ_core(scene.organ, scene.spacing)
    chosen: Mask = untouched if np.count_nonzero(core) < _FEWEST else core
    return chosen


def _mean_and_sd(hu: NDArray[np.float64]) -> tuple[float, float]:
    return (float(hu.mean()), float(hu.std())) if hu.size else (np.nan, np.nan)


def _profile(scene: _Scene) -> Profile:
    chosen = scene.organ & (scene.inward >= -AROUND_MM) & (scene.inward < _FAR_MM)
    number = np.floor(scene.inward[chosen] / np.float32(_BIN_MM)).astype(np.int64)
    lowest = -int(AROUND_MM / _BIN_MM)
    place = number - lowest
    count = np.bincount(place)
    bins = np.flatnonzero(count)
    voxels = count[bins]
    distance = ((bins + lowest + 0.5) * _BIN_MM).astype(np.float64)

    def mean(hu: Hu) -> NDArray[np.float64]:
        total = np.bincount(place, weights=hu[chosen].astype(np.float64))[bins]
        return np.asarray(total / voxels, np.float64)

    return Profile(distance, mean(scene.before), mean(scene.after), voxels)
