"""The workbench as a project, and a project as sites of the workbench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.project.model import SiteSpec, recipe_dict
from napari_lesion_synth.widgets.workbench.scene import PlacedSite, Scene

__all__ = ["placed_sites", "site_specs"]


def site_specs(scene: Scene) -> tuple[SiteSpec, ...]:
    """The sites of a scene as a project file keeps them."""
    return tuple(_spec(placed, scene) for placed in scene.sites)


def _spec(placed: PlacedSite, scene: Scene) -> SiteSpec:
    commit = scene.commit_of(placed.id)
    return SiteSpec(
        id=placed.id,
        center=placed.site.center,
        diameter_mm=placed.site.diameter_mm,
        method=placed.method,
        seed=placed.seed,
        donor=placed.donor,
        fixed={m: placed.fixed(m) for m in placed.params if placed.fixed(m)},
        drawn={m: _open(placed, m) for m in placed.params},
        committed=None if commit is None else recipe_dict(commit.sample.recipe),
    )


def _open(placed: PlacedSite, method: str) -> dict[str, Any]:
    pinned = placed.pinned.get(method, frozenset())
    return {name: v for name, v in placed.params[method].items() if name not in pinned}


def placed_sites(
    case: Case, specs: tuple[SiteSpec, ...], rim_mm: float
) -> tuple[list[PlacedSite], dict[int, LesionSynthError]]:
    """Sites of the workbench, and why others cannot be placed in this case."""
    placed, faults = [], {}
    for spec in specs:
        try:
            site = site_at(case, spec.center, spec.diameter_mm, rim_mm=rim_mm)
        except LesionSynthError as error:
            faults[spec.id] = error
            continue
        placed.append(
            PlacedSite(
                spec.id,
                site,
                spec.method,
                _together(spec.drawn, spec.fixed),
                {method: frozenset(values) for method, values in spec.fixed.items()},
                spec.seed,
                spec.donor,
            )
        )
    return placed, faults


def _together(
    drawn: Mapping[str, Mapping[str, Any]], fixed: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """All parameters of the methods that were drawn; the others are drawn when looked at."""
    return {method: {**values, **fixed.get(method, {})} for method, values in drawn.items()}
