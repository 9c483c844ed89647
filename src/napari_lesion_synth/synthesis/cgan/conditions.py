"""What the nets see of a place: its host, the lesion's outline and the capsule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.cgan.grid import Grid, positions, resampled
from napari_lesion_synth.synthesis.coverage import evaluate, refinement
from napari_lesion_synth.synthesis.host import Vessels, organ_core, organ_fraction, within
from napari_lesion_synth.synthesis.shapes import Shape

__all__ = [
    "DEPTH_MM",
    "HU_SCALE",
    "MAPS",
    "SCALARS",
    "Condition",
    "Lesion",
    "Place",
    "look_at",
    "scalars_of",
]

HU_SCALE = 50.0
"""HU of one unit of a net's image."""

MAPS = ("host", "envelope", "depth", "organ", "gain")
SCALARS = ("delta", "diameter", "edge", "coarsening", "texture", "zone")

CONTEXT_MM = 7.0
"""The nets see so far beyond the lesion's surface: donors show no more of their CT."""

_FADE_MM = 3.0
DEPTH_MM = 15.0
"""Distance to the capsule that the nets are told, at most."""

_CLIP = 3.0
_ZONES = {Zone.INTERIOR: -1.0, Zone.RIM: 1.0}

Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Place:
    """A box of a CT.

    Parameters
    ----------
    hu : ndarray of int16
        (z, y, x).
    organ : ndarray of bool
        The organ in it.
    spacing : tuple of float
        mm.
    center : tuple of float
        Of the lesion, in voxels of the box.
    """

    hu: NDArray[np.int16]
    organ: NDArray[np.bool_]
    spacing: Triple
    center: Triple

    def on(self, grid: Grid) -> tuple[Field, NDArray[np.bool_]]:
        """HU and organ on a grid around the lesion."""
        source = [
            positions(n, c, s)
            for n, c, s in zip(self.hu.shape, self.center, self.spacing, strict=True)
        ]
        hu = resampled(self.hu, source, grid.axes)
        organ = resampled(self.organ, source, grid.axes) >= np.float32(0.5)
        return hu, organ


@dataclass(frozen=True, eq=False)
class Lesion:
    """A lesion in numbers.

    Parameters
    ----------
    shape : Shape
        Its outline.
    delta_hu : float
        Contrast.
    edge_mm : float
        Width of its edge.
    texture_hu : float
        Standard deviation of its texture.
    diameter_mm : float
        Equivalent diameter.
    zone : Zone
        Rim or interior.
    """

    shape: Shape
    delta_hu: float
    edge_mm: float
    texture_hu: float
    diameter_mm: float
    zone: Zone


@dataclass(frozen=True, eq=False)
class Condition:
    """A place as the nets see it.

    Parameters
    ----------
    maps : ndarray of float32, shape (5, z, y, x)
        As `MAPS` names them: host in units of `HU_SCALE` above the parenchyma; the lesion's soft
        mask; signed distance to the capsule in units of 15 mm; the organ; the soft mask times
        the organ's share of each voxel.
    scalars : ndarray of float32, shape (6,)
        As `SCALARS` names them.
    level_hu : float
        The parenchyma.
    depth_mm : ndarray of float32
        Below the lesion's surface.
    """

    maps: Field
    scalars: Field
    level_hu: float
    depth_mm: Field


def scalars_of(lesion: Lesion, coarsening: float) -> Field:
    """A lesion's numbers, all of the order of 1."""
    return np.array(
        [
            lesion.delta_hu / HU_SCALE,
            np.log(lesion.diameter_mm / 20.0),
            lesion.edge_mm / 2.0,
            np.log(coarsening),
            lesion.texture_hu / 10.0,
            _ZONES[lesion.zone],
        ],
        np.float32,
    )


def look_at(
    hu: Field,
    organ: NDArray[np.bool_],
    lesion: Lesion,
    grid: Grid,
    *,
    host_structure: float = 1.0,
    level_hu: float | None = None,
) -> Condition:
    """See a place as the nets do.

    Parameters
    ----------
    hu : ndarray of float32
        On the grid.
    organ : ndarray of bool
        On the grid.
    lesion : Lesion
        What is to lie there, or does.
    grid : Grid
        The grid.
    host_structure : float
        Part of the host's vessels that stays in the lesion; for the real ones, all that there is.
    level_hu : float, optional
        The parenchyma, where it is known; default: the median around the lesion.
    """
    parts = refinement(lesion.shape, grid.step, grid.flat)
    levels = evaluate(lesion.shape, grid.axes, grid.step, parts, grid.flat)
    envelope, depth = levels.step(lesion.edge_mm), levels.depth()
    near = np.clip((depth + CONTEXT_MM) / _FADE_MM + 1, 0, 1)
    organ = organ | (depth < -CONTEXT_MM)
    level = _parenchyma(hu, organ, depth, grid.step) if level_hu is None else level_hu
    host = within(hu, organ, grid.step)  # type: ignore[arg-type]
    if host_structure < 1:
        removed, weight = np.zeros_like(hu), envelope * np.float32(1 - host_structure)
        Vessels.of(host).remove(removed, weight)
        hu = hu + removed * organ
    share = organ_fraction(host)
    gain = envelope * organ if share is None else envelope * organ * share
    image = np.clip((hu - np.float32(level)) / np.float32(HU_SCALE), -_CLIP, _CLIP)
    maps = np.stack([image * near, envelope, _capsule(organ, grid), organ * near, gain])
    scalars = scalars_of(lesion, grid.coarsening)
    return Condition(maps.astype(np.float32), scalars, level, depth)


def _parenchyma(hu: Field, organ: NDArray[np.bool_], depth: Field, step: Triple) -> float:
    """Median of the organ around the lesion."""
    core = organ_core(organ, step) & (depth > -CONTEXT_MM)
    for choice in (core & (depth < -2.0), core & (depth < 0), core, organ):
        if np.count_nonzero(choice) >= 20:
            return float(np.median(hu[choice]))
    return float(np.median(hu))


def _capsule(organ: NDArray[np.bool_], grid: Grid) -> Field:
    """Signed distance to the capsule, positive inside, -1 to 1."""
    if organ.all():
        return np.ones(organ.shape, np.float32)
    step = [1e3 if axis == grid.flat else s for axis, s in enumerate(grid.step)]
    half = min(step) / 2
    inside = ndimage.distance_transform_edt(organ, sampling=step) - half
    outside = ndimage.distance_transform_edt(~organ, sampling=step) - half
    signed = np.where(organ, inside, -outside)
    return np.clip(signed / DEPTH_MM, -1, 1).astype(np.float32)
