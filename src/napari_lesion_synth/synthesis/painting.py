"""Laying a drawn lesion into its host: outline, box, change, label.

What the methods that draw an outline (`sigmoid`, `cgan`) have in common.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.errors import ParameterError, SiteError
from napari_lesion_synth.synthesis import harmonics
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.change import Change
from napari_lesion_synth.synthesis.host import Vessels, organ_fraction, within
from napari_lesion_synth.synthesis.mask_shape import MaskShape
from napari_lesion_synth.synthesis.outline_fields import OutlineParams
from napari_lesion_synth.synthesis.parameters import clipped
from napari_lesion_synth.synthesis.rotations import random_rotation, rotation_matrix
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN
from napari_lesion_synth.synthesis.shapes import (
    Axes,
    RadialShape,
    Shape,
    flat_axis,
    random_coefficients,
)
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = [
    "draw_numbers",
    "label_of",
    "lesion_box",
    "offsets",
    "organ_at",
    "outline_of",
    "paint",
    "reach_beyond",
]

EDGE_PER_DIAMETER = 0.2
"""A drawn edge is no wider than this part of the diameter: a wider one leaves no lesion."""

_ROUNDS_TO_ONE_HU = 0.5

Mask = NDArray[np.bool_]


def draw_numbers(
    context: Context,
    statistics: LesionStatistics,
    rng: np.random.Generator,
    model: type[BaseModel],
) -> dict[str, Any]:
    """Draw contrast, edge, form and place of a lesion of the site's diameter.

    Parameters
    ----------
    context : Context
        Host and site.
    statistics : LesionStatistics
        The distribution.
    rng : numpy.random.Generator
        Source of randomness.
    model : type
        The method's parameter model: values are kept within its ranges.
    """
    site, flat = context.site, flat_axis(context.case.volume.shape)
    draw = statistics.sample(rng, site.diameter_mm, planar=flat is not None)
    turn, shift = random_rotation(rng, flat), rng.uniform(-0.5, 0.5, 3)
    seed = int(rng.integers(2**32))
    numbers = {
        "delta_hu": round(draw.delta_hu, 2),
        "edge_mm": round(min(draw.edge_mm, EDGE_PER_DIAMETER * site.diameter_mm), 3),
        "irregularity": round(draw.irregularity, 4),
        "elongation": round(draw.elongation, 3),
        "texture_hu": round(draw.texture_hu, 2),
        "texture_mm": round(draw.texture_mm, 2),
    }
    return {
        **{
            name: clipped(model, name, value)
            for name, value in numbers.items()
            if name in model.model_fields
        },
        "rotation_deg": tuple(round(angle, 2) for angle in turn),
        "offset_voxels": tuple(
            0.0 if axis == flat else round(float(part), 3) for axis, part in enumerate(shift)
        ),
        "outline": tuple(round(value, 4) for value in draw.outline),
        "shape_seed": seed,
    }


def organ_at(context: Context) -> Organ:
    """The host's organ, in which the site lies.

    Raises
    ------
    SiteError
        If it does not.
    """
    organ = context.case.require_organ()
    if not organ.contains(context.site.center):
        raise SiteError(
            f"the site {context.site.center} does not lie in the organ",
            where=context.case.patient,
            remedy="Take sites from propose_sites or site_at",
        )
    return organ


def outline_of(context: Context, params: OutlineParams, flat: int | None) -> Shape:
    """The outline at the site's size: the donor's where one is given, else the parameters'."""
    site, planar = context.site, flat is not None
    turn = rotation_matrix(params.rotation_deg, flat) if any(params.rotation_deg) else None
    if context.donor is not None:
        donor = context.donor
        return MaskShape(site.diameter_mm, donor.mask, donor.spacing, turn, flat)
    if params.outline:
        coefficients = _fitted_outline(params, planar)
    else:
        rng = np.random.default_rng([params.shape_seed, 0])
        coefficients = random_coefficients(params.irregularity, planar, rng)
    return RadialShape(site.diameter_mm, coefficients, params.elongation, turn, flat)


def _fitted_outline(params: OutlineParams, planar: bool) -> NDArray[np.float64]:
    """The harmonics given, scaled to the irregularity."""
    coefficients = np.asarray(params.outline)
    degree = harmonics.degrees(planar)
    if len(coefficients) != len(degree):
        raise ParameterError(
            f"the outline has {len(coefficients)} harmonics, and "
            f"{'a single slice' if planar else 'a volume'} takes {len(degree)}",
            remedy="Leave 'outline' empty to draw one from 'shape_seed'",
        )
    rms = float(np.sqrt((coefficients[degree > 1] ** 2).sum()))
    return coefficients * (params.irregularity / rms) if rms > 0 else coefficients


def reach_beyond(largest_hu: float, edge_mm: float, spacing: Triple) -> float:
    """How far outside the surface, in mm, the change can still round to 1 HU."""
    odds = max(largest_hu / _ROUNDS_TO_ONE_HU - 1, 1.0)
    blur = max(spacing) / (2 * np.pi)
    return float(np.hypot(edge_mm, blur) * np.log(odds))


def lesion_box(site: Site, shift: Triple, reach: NDArray[np.float64], organ: Organ) -> Box:
    """The lesion's box within the volume, as far as there is organ in it.

    One voxel beyond the organ is kept, since it shows where the capsule is.
    """
    slices = []
    for axis, step in enumerate(organ.spacing):
        middle = site.center[axis] + shift[axis]
        low = max(int(np.floor(middle - reach[axis, 0] / step)), 0)
        high = min(int(np.ceil(middle + reach[axis, 1] / step)) + 1, organ.shape[axis])
        slices.append(slice(low, high))
    for axis in range(3):
        inside = organ.mask[slices[0], slices[1], slices[2]]
        others = tuple(other for other in range(3) if other != axis)
        filled = np.flatnonzero(inside.any(axis=others)) + slices[axis].start
        low, high = slices[axis].start, slices[axis].stop
        slices[axis] = slice(max(int(filled[0]) - 1, low), min(int(filled[-1]) + 2, high))
    return slices[0], slices[1], slices[2]


def offsets(site: Site, shift: Triple, box: Box, spacing: Triple) -> Axes:
    """Distance in mm of the box's voxels from the lesion's centre, along each axis."""
    z, y, x = (
        ((np.arange(side.start, side.stop) - center - part) * step).astype(np.float32)
        for side, center, part, step in zip(box, site.center, shift, spacing, strict=True)
    )
    return z, y, x


def paint(
    hu: NDArray[np.int16],
    inside: Mask,
    spacing: Triple,
    change: Change,
    largest_hu: float,
    host_structure: float,
) -> tuple[NDArray[np.int16], Mask]:
    """Add a lesion to a box of its host, within the organ.

    Parameters
    ----------
    hu : ndarray of int16
        The box, (z, y, x).
    inside : ndarray of bool
        The organ in it.
    spacing : tuple of float
        mm.
    change : Change
        What the lesion adds; its arrays are overwritten.
    largest_hu : float
        The most that the lesion can change a voxel.
    host_structure : float
        Part of the host's vessels that stays.

    Returns
    -------
    hu : ndarray of int16
        The box after synthesis, a copy.
    support : ndarray of bool
        Voxels that may have changed.
    """
    out = hu.copy()
    delta, envelope = change.hu, change.envelope
    support = envelope > np.float32(_ROUNDS_TO_ONE_HU / max(largest_hu, 1.0))
    support &= inside
    host = within(hu, inside, spacing)
    if host_structure < 1:
        envelope *= np.float32(1 - host_structure)
        Vessels.of(host).remove(delta, envelope)
    share = organ_fraction(host)
    if share is not None:
        delta *= share
    delta += host.hu
    np.rint(delta, out=delta)
    np.clip(delta, HU_MIN, HU_MAX, out=delta)
    np.copyto(out, delta, where=support, casting="unsafe")
    return out, support


def label_of(half: Mask, inside: Mask, site: Site, box: Box) -> Mask:
    """Voxels of which the lesion fills at least half; of a tiny one, that which holds it."""
    mask: Mask = half & inside
    if not mask.any():
        z, y, x = (c - side.start for c, side in zip(site.center, box, strict=True))
        mask[z, y, x] = True
    return mask
