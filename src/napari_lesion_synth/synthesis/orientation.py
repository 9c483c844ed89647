"""Which way a donor is turned in its host."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.cutout import outward
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.rotations import random_rotation, rotation_matrix
from napari_lesion_synth.synthesis.shapes import flat_axis

__all__ = ["draw_rotation", "orientation"]

_THICK = 3.5
"""A donor whose slices are so many pixels thick stays upright: turned, it would look blurred."""


def draw_rotation(rng: np.random.Generator, donor: Donor | None, flat: int | None) -> Triple:
    """Angles about (z, y, x) in degrees; about z only where the donor's slices are thick."""
    turn = random_rotation(rng, flat)
    upright = random_rotation(rng, flat=0)
    if donor is not None and max(donor.spacing) > _THICK * min(donor.spacing):
        return upright
    return turn


def orientation(
    donor: Donor, site: Site, organ: Organ, params: PoissonParams
) -> NDArray[np.float64]:
    """Rotation or reflection of (z, y, x) vectors in mm, from the donor to the host.

    Parameters
    ----------
    donor : Donor
        The lesion.
    site : Site
        Where it goes.
    organ : Organ
        Of the host.
    params : PoissonParams
        Turn and mirror; whether the capsule sides shall face the same way.

    Returns
    -------
    ndarray of float64, shape (3, 3)
    """
    flat = flat_axis(organ.shape)
    mirror = np.diag([1.0, 1.0, -1.0 if params.mirror else 1.0])
    if params.align_capsule and site.zone is Zone.RIM and donor.zone is Zone.RIM:
        facing = outward(donor)
        if facing is not None:
            return _aligned(mirror @ facing, organ.normal_at(site.center), params, flat) @ mirror
    return rotation_matrix(params.rotation_deg, flat) @ mirror


def _aligned(
    facing: NDArray[np.float64],
    normal: NDArray[np.float64],
    params: PoissonParams,
    flat: int | None,
) -> NDArray[np.float64]:
    """Turn `facing` to `normal` the short way, then about the latter by the first angle."""
    if flat is None:
        return _about(normal, params.rotation_deg[0]) @ _onto(facing, normal)
    facing = facing.copy()
    facing[flat] = 0.0
    length = float(np.linalg.norm(facing))
    if length < 0.1:  # the donor's capsule lies above or below its slice
        return rotation_matrix(params.rotation_deg, flat)
    return _onto(facing / length, normal)


def _onto(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smallest rotation that takes unit vector `a` to `b` (Rodrigues)."""
    cosine = float(a @ b)
    if cosine < -1 + 1e-9:
        # Half a turn about any axis across; within the slice's plane, about its normal.
        across = np.cross(a, np.eye(3)[int(np.abs(a).argmin())])
        across /= np.linalg.norm(across)
        return 2 * np.outer(across, across) - np.eye(3)
    cross = _cross_matrix(np.cross(a, b))
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + cosine))


def _about(axis: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    angle, cross = np.deg2rad(degrees), _cross_matrix(axis)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _cross_matrix(v: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
