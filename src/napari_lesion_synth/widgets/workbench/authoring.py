"""What happens to one site: drawing, pinning and releasing its parameters. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.widgets.workbench.choices import nearest_donor
from napari_lesion_synth.widgets.workbench.rendering import draw_params
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

__all__ = ["Sources", "drawn", "pinned", "released", "with_known_donor"]


@dataclass(frozen=True, eq=False)
class Sources:
    """What parameters are drawn from.

    Parameters
    ----------
    case : Case
        Host CT.
    donors : mapping of str to Donor
        By id.
    statistics : LesionStatistics or None
        Of the user's own lesions; None: the literature's.
    """

    case: Case
    donors: Mapping[str, Donor]
    statistics: LesionStatistics | None


def drawn(placed: PlacedSite, sources: Sources, *, anew: bool = False) -> PlacedSite:
    """The site with all parameters of its method; known ones stay, unless they are drawn anew."""
    method = placed.method
    if method in placed.params and not anew:
        return placed
    donor = sources.donors.get(placed.donor or "")
    params = draw_params(sources.case, placed, method, donor, sources.statistics)
    return placed.with_params(method, params)


def pinned(placed: PlacedSite, values: Mapping[str, Any]) -> PlacedSite:
    """The site with parameters of its method decided by the user.

    Raises
    ------
    ParameterError
        If a value is out of range, or contradicts another.
    """
    method = placed.method
    model = check_parameters(get_method(method).Params, {**placed.params[method], **values}, method)
    changed = placed.with_params(method, model.model_dump(mode="json"))
    before = placed.pinned.get(method, frozenset())
    return changed.with_pinned(method, before | set(values))


def released(placed: PlacedSite, names: Iterable[str], sources: Sources) -> PlacedSite:
    """The site with parameters that are drawn from its seed again."""
    left = placed.pinned.get(placed.method, frozenset()) - set(names)
    return drawn(placed.with_pinned(placed.method, left), sources, anew=True)


def with_known_donor(placed: PlacedSite, sources: Sources) -> PlacedSite:
    """The site itself, or with the nearest donor where its own is not there."""
    if placed.donor in sources.donors:
        return placed
    donor = nearest_donor(sources.donors.values(), placed.site)
    if donor == placed.donor:
        return placed
    return drawn(replace(placed, donor=donor), sources, anew=True)
