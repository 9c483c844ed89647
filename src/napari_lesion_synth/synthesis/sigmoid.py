"""The sigmoid model: a lesion drawn into the host from a handful of numbers.

HU = host + delta * sigmoid((R(direction) - r) / w), all in mm. The host's noise and texture stay,
since the model only adds to them. After the "generation based on CT value distributions" of
"Lesion Image Synthesis Using DCGANs for Metastatic Liver Cancer Detection", Deep Learning in
Medical Image Analysis, Adv. Exp. Med. Biol. 1213, ch. 6, 2020.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.ct.volume import Box, Triple, Volume
from napari_lesion_synth.errors import ParameterError, SiteError
from napari_lesion_synth.synthesis import harmonics
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.change import Matter, amplitude
from napari_lesion_synth.synthesis.coverage import evaluate, refinement
from napari_lesion_synth.synthesis.host import Vessels, organ_fraction, within
from napari_lesion_synth.synthesis.kinds import COMPOSITIONS, LesionKind
from napari_lesion_synth.synthesis.mask_shape import MaskShape
from napari_lesion_synth.synthesis.parameters import check_parameters, clipped
from napari_lesion_synth.synthesis.rotations import random_rotation, rotation_matrix
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN, Sample
from napari_lesion_synth.synthesis.shapes import (
    Axes,
    RadialShape,
    Shape,
    flat_axis,
    random_coefficients,
)
from napari_lesion_synth.synthesis.sigmoid_params import SigmoidParams
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["Sigmoid", "SigmoidParams"]

_EDGE_PER_DIAMETER = 0.2
"""A drawn edge is no wider than this part of the diameter: a wider one leaves no lesion."""

_ROUNDS_TO_ONE_HU = 0.5


class Sigmoid:
    """Draw a lesion with a sigmoid edge into the host."""

    name: ClassVar[str] = "sigmoid"
    needs_donor: ClassVar[bool] = False
    Params = SigmoidParams

    def sample(self, context: Context, rng: np.random.Generator) -> SigmoidParams:
        """Draw the parameters that `context.fixed` leaves open; see `SynthesisMethod.sample`.

        Every parameter is drawn whether it is fixed or not, so fixing one does not change the
        others. The kind is not drawn: it is hypodense, or hyperdense where the contrast is
        positive, unless it is fixed.
        """
        fixed = check_parameters(SigmoidParams, context.fixed, self.name)
        drawn = self._draw(context, rng)
        given = {name: getattr(fixed, name) for name in context.fixed}
        delta = given.get("delta_hu", drawn["delta_hu"])
        kind = given.get("kind", LesionKind.HYPERDENSE if delta > 0 else LesionKind.HYPODENSE)
        drawn["kind"] = kind
        drawn["delta_hu"] = COMPOSITIONS[kind].sign * abs(drawn["delta_hu"])
        return check_parameters(SigmoidParams, {**drawn, **given}, self.name)

    def _draw(self, context: Context, rng: np.random.Generator) -> dict[str, Any]:
        statistics = context.statistics or LesionStatistics.default()
        site, flat = context.site, flat_axis(context.case.volume.shape)
        draw = statistics.sample(rng, site.diameter_mm, planar=flat is not None)
        turn, shift = random_rotation(rng, flat), rng.uniform(-0.5, 0.5, 3)
        seed = int(rng.integers(2**32))
        numbers = {
            "delta_hu": round(draw.delta_hu, 2),
            "edge_mm": round(min(draw.edge_mm, _EDGE_PER_DIAMETER * site.diameter_mm), 3),
            "irregularity": round(draw.irregularity, 4),
            "elongation": round(draw.elongation, 3),
            "texture_hu": round(draw.texture_hu, 2),
            "texture_mm": round(draw.texture_mm, 2),
        }
        return {
            **{name: clipped(SigmoidParams, name, value) for name, value in numbers.items()},
            "rotation_deg": tuple(round(angle, 2) for angle in turn),
            "offset_voxels": tuple(
                0.0 if axis == flat else round(float(part), 3) for axis, part in enumerate(shift)
            ),
            "outline": tuple(round(value, 4) for value in draw.outline),
            "shape_seed": seed,
        }

    def render(self, context: Context, params: SigmoidParams) -> Sample:
        """Make the lesion; see `SynthesisMethod.render`.

        Where the context has a donor, its labelled outline is drawn in place of the one that
        the parameters describe; nothing else of it is used.

        Raises
        ------
        SiteError
            If the site does not lie in the organ.
        ParameterError
            If the outline is one of a single slice and the CT a volume, or the other way round.
        """
        case, site = context.case, context.site
        organ = case.require_organ()
        if not organ.contains(site.center):
            raise SiteError(
                f"the site {site.center} does not lie in the organ",
                where=case.patient,
                remedy="Take sites from propose_sites or site_at",
            )
        volume, flat = case.volume, flat_axis(case.volume.shape)
        shape = _shape(context, params, flat)
        reach = shape.reach(_beyond(params, volume))
        box = _place(site, params.offset_voxels, reach, organ)
        axes = _offsets(site, params.offset_voxels, box, volume.spacing)
        inside = organ.mask[box]
        hu, support, half = _draw(volume, box, inside, axes, shape, params)
        mask = _label(half, inside, site, box)
        recipe = context.recipe(self.name, params)
        return Sample(box, hu, mask, support | mask, recipe, context.case.volume.shape)


def _shape(context: Context, params: SigmoidParams, flat: int | None) -> Shape:
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


def _fitted_outline(params: SigmoidParams, planar: bool) -> NDArray[np.float64]:
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


def _beyond(params: SigmoidParams, volume: Volume) -> float:
    """How far outside the surface, in mm, the change can still round to 1 HU."""
    odds = max(amplitude(params) / _ROUNDS_TO_ONE_HU - 1, 1.0)
    blur = max(volume.spacing) / (2 * np.pi)
    return float(np.hypot(params.edge_mm, blur) * np.log(odds))


def _place(
    site: Site, shift: tuple[float, float, float], reach: NDArray[np.float64], organ: Organ
) -> Box:
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


def _offsets(site: Site, shift: tuple[float, float, float], box: Box, spacing: Triple) -> Axes:
    """Distance in mm of the box's voxels from the lesion's centre, along each axis."""
    z, y, x = (
        ((np.arange(side.start, side.stop) - center - part) * step).astype(np.float32)
        for side, center, part, step in zip(box, site.center, shift, spacing, strict=True)
    )
    return z, y, x


def _draw(
    volume: Volume,
    box: Box,
    inside: NDArray[np.bool_],
    axes: Axes,
    shape: Shape,
    params: SigmoidParams,
) -> tuple[NDArray[np.int16], NDArray[np.bool_], NDArray[np.bool_]]:
    """HU of the box after synthesis, voxels that may have changed, voxels half of lesion."""
    hu, flat = volume.hu[box].copy(), flat_axis(volume.shape)
    levels = evaluate(shape, axes, volume.spacing, refinement(shape, volume.spacing, flat), flat)
    change = Matter.of(shape, params).change(levels, axes)
    delta, envelope = change.hu, change.envelope
    support = envelope > np.float32(_ROUNDS_TO_ONE_HU / max(amplitude(params), 1.0))
    support &= inside
    host = within(hu, inside, volume.spacing)
    if params.host_structure < 1:
        envelope *= np.float32(1 - params.host_structure)
        Vessels.of(host).remove(delta, envelope)
    share = organ_fraction(host)
    if share is not None:
        delta *= share
    delta += host.hu
    np.rint(delta, out=delta)
    np.clip(delta, HU_MIN, HU_MAX, out=delta)
    np.copyto(hu, delta, where=support, casting="unsafe")
    return hu, support, levels.at_least_half()


def _label(
    half: NDArray[np.bool_], inside: NDArray[np.bool_], site: Site, box: Box
) -> NDArray[np.bool_]:
    """Voxels of which the lesion fills at least half; of a tiny one, that which holds it."""
    mask: NDArray[np.bool_] = half & inside
    if not mask.any():
        z, y, x = (c - side.start for c, side in zip(site.center, box, strict=True))
        mask[z, y, x] = True
    return mask
