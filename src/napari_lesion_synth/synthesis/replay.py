"""Remaking a sample from its recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import DatasetError, DonorError
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.recipe import Recipe
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["render_recipe"]


def render_recipe(
    case: Case,
    recipe: Recipe,
    donor: Donor | None = None,
    model: GeneratorModel | None = None,
) -> Sample:
    """Make the sample again, byte for byte.

    Parameters
    ----------
    case : Case
        The CT that the recipe names by its hash.
    recipe : Recipe
        From the sample, or from a generated set.
    donor : Donor, optional
        The donor that the recipe names, for methods that transplant one.
    model : GeneratorModel, optional
        The generator that the recipe names, for methods that use one.

    Returns
    -------
    Sample

    Raises
    ------
    DatasetError
        If the CT is another one than the recipe was made with.
    DonorError
        If the donor is another one, or missing.
    """
    if case.volume.sha256 != recipe.host:
        raise DatasetError(
            "the CT differs from the one that the recipe was made with "
            f"(hash {case.volume.sha256[:12]}, expected {recipe.host[:12]})",
            where=case.inputs.get("ct") or case.patient,
            remedy="Give the same CT, read with the same units and resampling",
        )
    given = None if donor is None else donor.id
    if recipe.donor != given:
        raise DonorError(
            f"the recipe needs donor {recipe.donor!r}, and {given!r} was given",
            remedy="Give the donor library that the set was made with",
        )
    method = get_method(recipe.method)
    model = model if method.needs_model else None
    context = Context(case, recipe.site, donor=donor, seed=recipe.seed, model=model)
    return method.render(context, method.Params.model_validate(recipe.params))
