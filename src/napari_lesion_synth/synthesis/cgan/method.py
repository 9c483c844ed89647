"""The learnt generator as a synthesis method.

HU = host + soft mask * (delta + residual): the sigmoid model, and on top of it what a small net
has learnt of real lesions in their surroundings. Where the soft mask is 0 nothing changes, and
the label is the outline's, whatever the net makes. Models of the modes "cgan" and "dcgan" make a
whole patch instead, which is blended in like a donor. A sham is made in the same way, of the
grain alone of what the net makes; see `shams`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.cgan.conditions import MAPS, Lesion, look_at
from napari_lesion_synth.synthesis.cgan.grid import resampled
from napari_lesion_synth.synthesis.cgan.hosts import place_in
from napari_lesion_synth.synthesis.cgan.latents import Latent
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.cgan.params import CganParams
from napari_lesion_synth.synthesis.cgan.patches import donor_of
from napari_lesion_synth.synthesis.cgan.shams import grain_of, without_lesion
from napari_lesion_synth.synthesis.change import Change
from napari_lesion_synth.synthesis.coverage import evaluate, refinement
from napari_lesion_synth.synthesis.painting import (
    draw_numbers,
    label_of,
    lesion_box,
    offsets,
    organ_at,
    outline_of,
    paint,
    reach_beyond,
)
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.poisson import Poisson, PoissonParams
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.shapes import Axes, Shape, flat_axis

__all__ = ["Cgan", "CganParams"]

_TRAIN = "Train one on 15 lesions or more, or give the file of a trained one (generator.pt)"


class Cgan:
    """Make a lesion with a trained generator."""

    name: ClassVar[str] = "cgan"
    needs_donor: ClassVar[bool] = False
    needs_model: ClassVar[bool] = True
    Params = CganParams

    def sample(self, context: Context, rng: np.random.Generator) -> CganParams:
        """Draw the parameters that `context.fixed` leaves open; see `SynthesisMethod.sample`.

        Every parameter is drawn whether it is fixed or not, so fixing one does not change the
        others. Without statistics in the context, those of the model's training lesions are
        used.

        Raises
        ------
        ParameterError
            If there is no model, or it does not fit the host, the zone or the fixed parameters.
        """
        fixed = check_parameters(CganParams, context.fixed, self.name)
        model = _model_for(context)
        statistics = context.statistics or model.facts.statistics
        drawn: dict[str, Any] = draw_numbers(context, statistics, rng, CganParams)
        drawn["latent_seed"], drawn["latent_seed_2"] = (int(rng.integers(2**32)) for _ in range(2))
        given = {name: getattr(fixed, name) for name in context.fixed}
        drawn["model"] = model.id
        params = check_parameters(CganParams, {**drawn, **given}, self.name)
        _check_id(model, params)
        return params

    def render(self, context: Context, params: CganParams) -> Sample:
        """Make the lesion; see `SynthesisMethod.render`.

        Where the context has a donor, its labelled outline is drawn in place of the one that
        the parameters describe; nothing else of it is used.

        Raises
        ------
        ParameterError
            If there is no model, it is of slices and the CT a volume or the other way round, it
            has seen no lesion of the site's zone, or `params.model` names another one.
        SiteError
            If the site does not lie in the organ.
        """
        model, organ = _model_for(context), organ_at(context)
        _check_id(model, params)
        latent = model.latent(params.latent_seed)
        if params.latent_mix > 0:
            latent = latent.towards(model.latent(params.latent_seed_2), params.latent_mix)
        params = params.model_copy(update={"model": model.id})
        if model.facts.mode == "residual":
            return _painted(context, params, model, latent, organ)
        return _blended(context, params, model, latent)


def _model_for(context: Context) -> GeneratorModel:
    """The context's model, if it can be used there."""
    model = context.model
    if model is None:
        raise ParameterError(
            "method 'cgan' needs a trained generator and none was given", remedy=_TRAIN
        )
    model.require_grid(context.case.volume.shape)
    zone = context.site.zone
    if zone not in model.facts.zones:
        raise ParameterError(
            f"the generator has seen no lesion of the {zone}, and the site lies there",
            where=model.path,
            remedy=f"Choose another site or method, or train with lesions of the {zone}",
        )
    return model


def _check_id(model: GeneratorModel, params: CganParams) -> None:
    if params.model and params.model != model.id:
        raise ParameterError(
            f"the parameters belong to the generator {params.model}, and {model.id} was given",
            where=model.path,
            remedy="Give the generator that the recipe was made with, or leave 'model' out",
        )


def _painted(
    context: Context, params: CganParams, model: GeneratorModel, latent: Latent, organ: Organ
) -> Sample:
    """The sigmoid model and the learnt residual, within the soft mask."""
    site, volume = context.site, context.case.volume
    flat = flat_axis(volume.shape)
    shape = outline_of(context, params, flat)
    learnt = params.strength * model.facts.amplitude * model.facts.hu_scale
    most = abs(params.delta_hu) + learnt
    reach = shape.reach(reach_beyond(most, params.edge_mm, volume.spacing))
    box = lesion_box(site, params.offset_voxels, reach, organ)
    axes = offsets(site, params.offset_voxels, box, volume.spacing)
    parts = refinement(shape, volume.spacing, flat)
    levels = evaluate(shape, axes, volume.spacing, parts, flat)
    envelope = levels.step(params.edge_mm)
    total = np.full_like(envelope, 0.0 if params.sham else params.delta_hu)
    if learnt > 0:
        residual, grid_axes = _residual(context, params, model, latent, shape)
        total += np.float32(params.strength) * resampled(residual, grid_axes, axes)
    total *= envelope
    hu, inside = volume.hu[box], organ.mask[box]
    hu, support = paint(
        hu, inside, volume.spacing, Change(total, envelope), most, params.host_structure
    )
    mask = label_of(levels.at_least_half(), inside, site, box)
    recipe = context.recipe(Cgan.name, params)
    return Sample(box, hu, mask, support | mask, recipe, volume.shape)


def _residual(
    context: Context, params: CganParams, model: GeneratorModel, latent: Latent, shape: Shape
) -> tuple[NDArray[np.float32], Axes]:
    """HU that the generator adds, on its grid, and where the grid lies around the lesion."""
    site, grid = context.site, model.facts.spec.around(shape)
    lesion = Lesion(
        shape, params.delta_hu, params.edge_mm, params.texture_hu, site.diameter_mm, site.zone
    )
    hu, inside = place_in(context.case, site, params.offset_voxels, grid.extent).on(grid)
    condition = look_at(hu, inside, lesion, grid, host_structure=params.host_structure)
    made = model.generate(condition, latent)
    if params.sham:
        made = grain_of(made, condition.maps[MAPS.index("gain")], grid.step)
    return made, grid.axes


def _blended(context: Context, params: CganParams, model: GeneratorModel, latent: Latent) -> Sample:
    """A patch made of noise, transplanted."""
    site = context.site
    donor = donor_of(model, site, latent, f"{model.id}-{params.latent_seed}")
    if params.sham:
        donor = without_lesion(donor)
    blending = PoissonParams(
        rotation_deg=params.rotation_deg,
        offset_voxels=params.offset_voxels,
        contrast_gain=float(np.clip(params.strength, 0.1, 2.0)),
    )
    made = Poisson().render(replace(context, donor=donor), blending)
    return replace(made, recipe=context.recipe(Cgan.name, params))
