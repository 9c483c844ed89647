"""What happens to one site: drawing, pinning and releasing its parameters. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.widgets.workbench.choices import nearest_donor
from napari_lesion_synth.widgets.workbench.rendering import draw_params
from napari_lesion_synth.widgets.workbench.scene import PlacedSite, Scene

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = [
    "Sources",
    "changed",
    "drawn",
    "pinned",
    "released",
    "with_known_donors",
    "with_known_model",
]


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
    model : GeneratorModel or None
        The generator at hand.
    """

    case: Case
    donors: Mapping[str, Donor]
    statistics: LesionStatistics | None
    model: GeneratorModel | None = None


def drawn(placed: PlacedSite, sources: Sources, *, anew: bool = False) -> PlacedSite:
    """The site with all parameters of its method; known ones stay, unless they are drawn anew."""
    method = placed.method
    if method in placed.params and not anew:
        return placed
    donor = sources.donors.get(placed.donor or "")
    params = draw_params(sources.case, placed, method, donor, sources.statistics, sources.model)
    return placed.with_params(method, params)


def pinned(placed: PlacedSite, values: Mapping[str, Any]) -> PlacedSite:
    """The site with parameters of its method decided by the user.

    Raises
    ------
    ParameterError
        If a value is out of range, or contradicts another.
    """
    before = placed.pinned.get(placed.method, frozenset())
    return changed(placed, values).with_pinned(placed.method, before | set(values))


def changed(placed: PlacedSite, values: Mapping[str, Any]) -> PlacedSite:
    """The site with parameters of its method as if they had been drawn so.

    Raises
    ------
    ParameterError
        As `pinned`.
    """
    method = placed.method
    model = check_parameters(get_method(method).Params, {**placed.params[method], **values}, method)
    return placed.with_params(method, model.model_dump(mode="json"))


def released(placed: PlacedSite, names: Iterable[str], sources: Sources) -> PlacedSite:
    """The site with parameters that are drawn from its seed again."""
    left = placed.pinned.get(placed.method, frozenset()) - set(names)
    return drawn(placed.with_pinned(placed.method, left), sources, anew=True)


def with_known_donors(scene: Scene, sources: Sources) -> Scene:
    """The scene, its drafts with the nearest donor where their own is not there."""
    return _adapted(scene, sources, _with_known_donor)


def with_known_model(scene: Scene, sources: Sources) -> Scene:
    """The scene, its drafts with parameters that name the generator at hand."""
    return _adapted(scene, sources, _with_known_model)


def _with_known_donor(placed: PlacedSite, sources: Sources) -> PlacedSite:
    if placed.donor in sources.donors:
        return placed
    donor = nearest_donor(sources.donors.values(), placed.site)
    if donor == placed.donor:
        return placed
    return drawn(replace(placed, donor=donor), sources, anew=True)


def _with_known_model(placed: PlacedSite, sources: Sources) -> PlacedSite:
    known = placed.params.get(placed.method, {})
    model = sources.model
    if model is None or known.get("model", model.id) == model.id:
        return placed
    if known["model"]:  # another one's: seeds and shape stay
        return placed.with_params(placed.method, {**known, "model": model.id})
    made = drawn(placed, sources, anew=True)
    return made if made.params[made.method]["model"] else placed


def _adapted(
    scene: Scene, sources: Sources, change: Callable[[PlacedSite, Sources], PlacedSite]
) -> Scene:
    """The scene with its drafts changed; itself where none of them is."""
    sites = tuple(
        placed if scene.commit_of(placed.id) else change(placed, sources) for placed in scene.sites
    )
    same = all(one is other for one, other in zip(sites, scene.sites, strict=True))
    return scene if same else replace(scene, sites=sites)
