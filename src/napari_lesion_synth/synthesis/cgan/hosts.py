"""Healthy places of the training CTs in which the generator practises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.errors import SiteError
from napari_lesion_synth.synthesis.cgan.conditions import Condition, Lesion, Place, look_at
from napari_lesion_synth.synthesis.cgan.examples import Measured
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.rotations import random_rotation, rotation_matrix
from napari_lesion_synth.synthesis.shapes import RadialShape

__all__ = ["HOST_STRUCTURE", "healthy_places", "place_in", "random_lesion"]

HOST_STRUCTURE = 0.15
"""Part of the host's vessels that shows through a lesion, as by default when it is rendered."""

_TRIES = 4
_SIZES = (0.8, 1.25)
_LARGEST = 0.8
"""Of the organ's depth, as a diameter; a larger lesion finds no place."""


def healthy_places(
    case: Case,
    lesions: Sequence[Measured],
    spec: GridSpec,
    count: int,
    rng: np.random.Generator,
) -> Iterator[Condition]:
    """Places for lesions in a CT, as the nets see them.

    Each is a site that `propose_sites` gives, with the outline and the contrast of some training
    lesion, turned, mirrored and resized.

    Parameters
    ----------
    case : Case
        A training patient's CT.
    lesions : sequence of Measured
        The training lesions.
    spec : GridSpec
        The grid.
    count : int
        How many to look for; fewer come where there is no room.
    rng : numpy.random.Generator
        Source of randomness.
    """
    deepest = case.require_organ().max_depth_mm
    small = [m for m in lesions if m.lesion.diameter_mm < 2 * _LARGEST * deepest] or list(lesions)
    zones = {m.lesion.zone for m in lesions}
    for _ in range(count):
        for _ in range(_TRIES):
            lesion = random_lesion(small[int(rng.integers(len(small)))], spec.flat, rng)
            site = _site(case, lesion, zones, rng)
            if site is not None:
                yield _seen(case, site, lesion, spec, rng)
                break


def random_lesion(source: Measured, flat: int | None, rng: np.random.Generator) -> Lesion:
    """A training lesion turned, mirrored and resized, its numbers a little changed."""
    lesion = source.lesion
    diameter = lesion.diameter_mm * float(np.exp(rng.uniform(*np.log(_SIZES))))
    turn = rotation_matrix(random_rotation(rng, flat), flat)
    shape = lesion.shape
    assert isinstance(shape, RadialShape)  # the only kind that is measured
    mirror = np.diag([1.0, 1.0, float(rng.choice([-1.0, 1.0]))])
    shape = replace(shape, diameter_mm=diameter, rotation=turn @ mirror)
    edge = max(lesion.edge_mm * float(np.exp(rng.normal(0, 0.1))), 0.1)
    delta = lesion.delta_hu * float(np.exp(rng.normal(0, 0.1)))
    return Lesion(shape, delta, edge, lesion.texture_hu, diameter, lesion.zone)


def _site(case: Case, lesion: Lesion, zones: set[Zone], rng: np.random.Generator) -> Site | None:
    """A site in the lesion's own zone, else in the other one, if lesions of it are known."""
    seed = int(rng.integers(2**32))
    for zone in sorted(zones, key=lambda known: known is not lesion.zone):
        try:
            return propose_sites(case, 1, zone=zone, diameter_mm=lesion.diameter_mm, seed=seed)[0]
        except SiteError:
            continue
    return None


def _seen(
    case: Case, site: Site, lesion: Lesion, spec: GridSpec, rng: np.random.Generator
) -> Condition:
    shift = rng.uniform(-1, 1, 3)
    z, y, x = (0.0 if axis == spec.flat else float(part) for axis, part in enumerate(shift))
    lesion = replace(lesion, zone=site.zone)
    grid = spec.around(lesion.shape, (z, y, x))
    place = place_in(case, site, (0.0, 0.0, 0.0), grid.extent)
    hu, organ = place.on(grid)
    return look_at(hu, organ, lesion, grid, host_structure=HOST_STRUCTURE)


def place_in(
    case: Case, site: Site, offset_voxels: Triple, extent_mm: NDArray[np.float64]
) -> Place:
    """The box of a CT around a site.

    Parameters
    ----------
    case : Case
        The CT.
    site : Site
        The place.
    offset_voxels : tuple of float
        Of the lesion's centre from the site's voxel.
    extent_mm : ndarray of float64, shape (3,)
        Half the box's size along z, y and x.
    """
    volume, organ = case.volume, case.require_organ()
    middle = np.add(site.center, offset_voxels)
    sides = []
    for c, half, step, n in zip(middle, extent_mm, volume.spacing, volume.shape, strict=True):
        reach = half / step + 2
        sides.append(slice(max(int(c - reach), 0), min(int(np.ceil(c + reach)) + 1, n)))
    box: Box = (sides[0], sides[1], sides[2])
    z, y, x = (float(c - side.start) for c, side in zip(middle, box, strict=True))
    return Place(volume.hu[box], organ.mask[box], volume.spacing, (z, y, x))
