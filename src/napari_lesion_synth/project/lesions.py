"""From the sites of a project to its lesions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.errors import (
    DonorError,
    LesionSynthError,
    ParameterError,
    SiteError,
)
from napari_lesion_synth.jobs.materials import ModelFacts, mask_hash
from napari_lesion_synth.jobs.models import model_facts
from napari_lesion_synth.project.model import Project, SiteSpec
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.replay import render_recipe
from napari_lesion_synth.synthesis.sample import Sample

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["changed_inputs", "donor_of", "fingerprints", "generator_of", "lesion_at"]


def fingerprints(case: Case) -> dict[str, str]:
    """The fields of a `Project` that tell whether its CT and organ are still the same."""
    organ = "" if case.organ is None else mask_hash(case.organ.mask)
    return {"host_sha256": case.volume.sha256, "organ_sha256": organ}


def changed_inputs(project: Project, case: Case) -> tuple[str, ...]:
    """What of a case differs from the one that the project was saved with, as sentences."""
    now = fingerprints(case)
    texts = {
        "host_sha256": "the CT is not the one that the project was saved with; "
        "lesions that were kept cannot be made in it",
        "organ_sha256": "the organ's mask is not the one that the project was saved with; "
        "lesions at the capsule come out differently",
    }
    return tuple(
        text for name, text in texts.items() if getattr(project, name) not in ("", now[name])
    )


def donor_of(site: SiteSpec) -> str | None:
    """Id of the donor that the lesion of a site is made from; None for methods without donors."""
    if site.recipe is not None:
        return site.recipe.donor
    return site.donor if get_method(site.method).needs_donor else None


def generator_of(project: Project, sites: Sequence[SiteSpec]) -> ModelFacts | None:
    """The learnt generator that lesions are made with; None where none of them needs one.

    Raises
    ------
    ParameterError
        If a lesion was kept that another generator has made.
    CheckpointError
        If the generator's file cannot be used.
    """
    names = {site.method if site.recipe is None else site.recipe.method for site in sites}
    needed = [name for name in names if get_method(name).needs_model]
    given = None if project.model is None else Path(project.model)
    facts = model_facts(needed, given) if needed else None
    for site in sites:
        made_with = "" if site.recipe is None else site.recipe.params.get("model", "")
        if facts is not None and made_with not in ("", facts.id):
            raise ParameterError(
                f"lesion {site.id} was made with the generator {made_with}, and the project's is "
                f"{facts.id}",
                where=given,
                remedy="Give that generator (model: in the project file), or keep the lesion anew",
            )
    return facts


def lesion_at(
    case: Case,
    site: SiteSpec,
    donors: Mapping[str, Donor],
    *,
    rim_mm: float,
    model: GeneratorModel | None = None,
) -> Sample:
    """Make the lesion of a site in the pristine CT; the CT is not changed.

    A lesion that was kept is made again from its recipe. A draft has the parameters that the
    site says; those of them that are missing are drawn from its seed.

    Parameters
    ----------
    case : Case
        CT with its organ.
    site : SiteSpec
        The site.
    donors : mapping of str to Donor
        By id.
    rim_mm : float
        A draft whose surface comes this near to the capsule belongs to the rim.
    model : GeneratorModel, optional
        The learnt generator, for methods that use one.

    Returns
    -------
    Sample

    Raises
    ------
    LesionSynthError
        If it cannot be made; the message names the site.
    """
    try:
        sample = _kept(case, site, donors, model) or _draft(case, site, donors, rim_mm, model)
    except LesionSynthError as error:
        raise type(error)(
            f"lesion {site.id}: {error.what}", where=error.where, remedy=error.remedy
        ) from error
    if not sample.mask.any():
        raise SiteError(
            f"lesion {site.id} fills no voxel by half", remedy="Make it larger, or remove it"
        )
    return sample


def _kept(
    case: Case, site: SiteSpec, donors: Mapping[str, Donor], model: GeneratorModel | None
) -> Sample | None:
    recipe = site.recipe
    if recipe is None:
        return None
    return render_recipe(case, recipe, donors.get(recipe.donor or ""), model)


def _draft(
    case: Case,
    site: SiteSpec,
    donors: Mapping[str, Donor],
    rim_mm: float,
    model: GeneratorModel | None,
) -> Sample:
    maker = get_method(site.method)
    donor = donors.get(site.donor or "") if maker.needs_donor else None
    if maker.needs_donor and donor is None:
        raise DonorError(
            f"method {site.method!r} transplants a real lesion, and the site names no donor",
            remedy="Choose one (donor: ID), or another method",
        )
    place = site_at(case, site.center, site.diameter_mm, rim_mm=rim_mm)
    fixed: dict[str, Any] = site.fixed.get(site.method, {})
    model = model if maker.needs_model else None
    context = Context(case, place, donor=donor, fixed=fixed, seed=site.seed, model=model)
    if site.method in site.drawn:
        known = {**site.drawn[site.method], **fixed}
        if model is not None:
            known["model"] = model.id  # a draft is made with the generator at hand
        params = check_parameters(maker.Params, known, site.method)
    else:
        params = maker.sample(context, np.random.default_rng(np.random.SeedSequence(site.seed)))
    return maker.render(context, params)
