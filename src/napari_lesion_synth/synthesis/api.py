"""One lesion at one site: the call behind `napari_lesion_synth.synthesize`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["synthesize"]


def synthesize(
    case: Case,
    site: Site,
    *,
    method: str = "sigmoid",
    donor: Donor | None = None,
    statistics: LesionStatistics | None = None,
    model: GeneratorModel | str | Path | None = None,
    seed: int = 0,
    **params: Any,
) -> Sample:
    """Make one lesion; the host is not changed until the sample is pasted.

    Parameters
    ----------
    case : Case
        Host CT with its organ.
    site : Site
        Where, and how large: from `propose_sites` or `site_at`.
    method : str
        Registered name, as in ``"poisson"`` or ``"sigmoid"``.
    donor : Donor, optional
        Real lesion, for methods that transplant one.
    statistics : LesionStatistics, optional
        Distribution from which open parameters are drawn; default: the literature's, or that
        of the model's training lesions.
    model : GeneratorModel or path, optional
        Trained generator, for methods that use one. A path is read anew at each call.
    seed : int
        Same arguments and seed, same bytes.
    **params
        Parameters of the method to fix; the others are drawn.

    Returns
    -------
    Sample

    Raises
    ------
    ParameterError
        If the method, or one of its parameters, is unknown or out of range; if it needs a model
        and none was given, or one that does not fit.
    CheckpointError
        If the model's file cannot be used.
    DonorError
        If the method needs a donor and none was given, or the donor does not fit.
    InputError
        If the case has no organ.
    """
    case.require_organ()
    maker = get_method(method)
    if maker.needs_donor and donor is None:
        raise DonorError(
            f"method {method!r} transplants a real lesion and no donor was given",
            remedy="Pass donor=... from extract_donors or load_donors",
        )
    context = Context(
        case,
        site,
        donor=donor if maker.needs_donor else None,
        statistics=statistics,
        fixed=params,
        seed=seed,
        model=_model(model) if maker.needs_model else None,
    )
    drawn = maker.sample(context, np.random.default_rng(np.random.SeedSequence(seed)))
    return maker.render(context, drawn)


def _model(given: GeneratorModel | str | Path | None) -> GeneratorModel | None:
    return GeneratorModel.load(given) if isinstance(given, str | Path) else given
