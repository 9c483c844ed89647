"""One lesion of a detection-limit map made again, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.limits.results import Insertion
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.jobs.limit_reading import LimitAbout
from napari_lesion_synth.sample_data import sample_generator
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.recipe import Recipe
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.replay import render_recipe
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["remake"]


def remake(row: Insertion, case: Case, about: LimitAbout) -> Sample:
    """Make a lesion again, byte for byte.

    Parameters
    ----------
    row : Insertion
        Which.
    case : Case
        Its CT, with its organ; with its lesions where donors came from them.
    about : LimitAbout
        The map.

    Raises
    ------
    DatasetError
        If it was never made, or the CT is another one.
    DonorError
        If its donor is not to be found.
    """
    if not row.recipe:
        raise DatasetError(f"the lesion was not made: {row.problem}", where=row.copy)
    recipe = Recipe.from_json(row.recipe)
    method = get_method(recipe.method)
    model = None
    if method.needs_model:
        from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

        model = GeneratorModel.load(Path(about.model) if about.model else sample_generator())
    donor = _donor(recipe.donor, case, about) if recipe.donor else None
    return render_recipe(case, recipe, donor, model)


def _donor(name: str, case: Case, about: LimitAbout) -> Donor | None:
    found: Sequence[Donor] = ()
    if about.donors:
        found = load_donors(Path(about.donors))
    elif case.lesions is not None and case.lesions.any():
        found, _ = hear(lambda: extract_donors(case))
    return next((donor for donor in found if donor.id == name), None)
