"""From a placed site to a lesion: drawing open parameters, and rendering.

Everything here is pure and runs in any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.errors import DonorError, ParameterError
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.synthesis.base import Context, MethodParams
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["Rendered", "before_and_after", "draw_params", "render"]


@dataclass(frozen=True, eq=False)
class Rendered:
    """A lesion, and what was mended or guessed on the way.

    Parameters
    ----------
    placed : PlacedSite
        What was asked for.
    sample : Sample
        The lesion.
    warnings : tuple of str
        Sentences for the user.
    """

    placed: PlacedSite
    sample: Sample
    warnings: tuple[str, ...] = ()


def draw_params(
    case: Case,
    placed: PlacedSite,
    method: str,
    donor: Donor | None,
    statistics: LesionStatistics | None,
    model: GeneratorModel | None = None,
) -> dict[str, Any]:
    """All parameters of a method at a site, JSON-able: the pinned ones, the others drawn.

    Where the method needs a model and cannot use the one that is there, they have their defaults:
    `render` says why.

    Raises
    ------
    ParameterError
        If a pinned parameter cannot be used.
    """
    maker = get_method(method)
    context = Context(
        case,
        placed.site,
        donor=donor if maker.needs_donor else None,
        statistics=statistics,
        fixed=placed.fixed(method),
        seed=placed.seed,
        model=model if maker.needs_model else None,
    )
    rng = np.random.default_rng(np.random.SeedSequence(placed.seed))
    try:
        params: MethodParams = maker.sample(context, rng)
    except ParameterError:
        if not maker.needs_model:
            raise
        params = check_parameters(maker.Params, placed.fixed(method), method)
    return params.model_dump(mode="json")


def render(
    case: Case, placed: PlacedSite, donor: Donor | None, model: GeneratorModel | None = None
) -> Rendered:
    """Make the lesion of a site by its method; the host is not changed.

    Raises
    ------
    DonorError
        If the method needs a donor and none is given, or it does not fit.
    SiteError, ParameterError
        As the method says.
    """
    maker = get_method(placed.method)
    if maker.needs_donor and donor is None:
        raise DonorError(
            f"{placed.method.capitalize()} transplants a real lesion, and there is no donor",
            remedy="Give the CT's lesion labels (Case), or open a donor library",
        )
    if maker.needs_model and model is None:
        raise ParameterError(
            "the GAN needs a trained generator, and none is loaded",
            remedy="Choose one under Model in the GAN tab, or train one there",
        )
    params = check_parameters(maker.Params, placed.params[placed.method], placed.method)
    context = Context(
        case,
        placed.site,
        donor=donor if maker.needs_donor else None,
        seed=placed.seed,
        model=model if maker.needs_model else None,
    )
    sample, texts = hear(lambda: maker.render(context, params))
    return Rendered(placed, sample, texts)


def before_and_after(
    working: NDArray[np.int16],
    pristine: NDArray[np.int16],
    sample: Sample,
    box: Box,
    *,
    kept: bool,
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """A box of the CT without and with a lesion; other kept lesions show in both.

    Parameters
    ----------
    working : ndarray of int16
        The CT with all kept lesions, (z, y, x).
    pristine : ndarray of int16
        The CT as it was read.
    sample : Sample
        The lesion; `box` holds its own.
    box : tuple of slice
        Of the volume.
    kept : bool
        Whether the lesion is one of those in `working`.
    """
    before = working[box].copy()
    inner = _within(sample.bbox, box)
    if kept:
        before[inner][sample.support] = pristine[sample.bbox][sample.support]
    after = before.copy()
    after[inner][sample.support] = sample.hu[sample.support]
    return before, after


def _within(inner: Box, outer: Box) -> Box:
    z, y, x = (
        slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True)
    )
    return z, y, x
