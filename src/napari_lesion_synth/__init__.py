"""Synthetic lesions at the organ's rim and inside it, made from few real ones.

The names below are the public face; each is imported on first use, so that importing the
package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Case": "anatomy.case",
    "Donor": "synthesis.donors",
    "LesionStatistics": "synthesis.statistics",
    "LesionSynthError": "errors",
    "Organ": "anatomy.organ",
    "Recipe": "synthesis.recipe",
    "Sample": "synthesis.sample",
    "Site": "anatomy.sites",
    "Volume": "ct.volume",
    "Zone": "anatomy.zones",
    "case_from_arrays": "anatomy.cases",
    "extract_donors": "synthesis.extraction",
    "fit_sigmoid": "synthesis.fit",
    "load_donors": "synthesis.library",
    "method_names": "synthesis.registry",
    "phantom": "anatomy.cases",
    "propose_sites": "anatomy.proposal",
    "read_case": "anatomy.cases",
    "save_donors": "synthesis.library",
    "site_at": "anatomy.proposal",
    "synthesize": "synthesis.api",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604

if TYPE_CHECKING:
    from napari_lesion_synth.anatomy.case import Case as Case
    from napari_lesion_synth.anatomy.cases import case_from_arrays as case_from_arrays
    from napari_lesion_synth.anatomy.cases import phantom as phantom
    from napari_lesion_synth.anatomy.cases import read_case as read_case
    from napari_lesion_synth.anatomy.organ import Organ as Organ
    from napari_lesion_synth.anatomy.proposal import propose_sites as propose_sites
    from napari_lesion_synth.anatomy.proposal import site_at as site_at
    from napari_lesion_synth.anatomy.sites import Site as Site
    from napari_lesion_synth.anatomy.zones import Zone as Zone
    from napari_lesion_synth.ct.volume import Volume as Volume
    from napari_lesion_synth.errors import LesionSynthError as LesionSynthError
    from napari_lesion_synth.synthesis.api import synthesize as synthesize
    from napari_lesion_synth.synthesis.donors import Donor as Donor
    from napari_lesion_synth.synthesis.extraction import extract_donors as extract_donors
    from napari_lesion_synth.synthesis.fit import fit_sigmoid as fit_sigmoid
    from napari_lesion_synth.synthesis.library import load_donors as load_donors
    from napari_lesion_synth.synthesis.library import save_donors as save_donors
    from napari_lesion_synth.synthesis.recipe import Recipe as Recipe
    from napari_lesion_synth.synthesis.registry import method_names as method_names
    from napari_lesion_synth.synthesis.sample import Sample as Sample
    from napari_lesion_synth.synthesis.statistics import LesionStatistics as LesionStatistics


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
