"""The workbench as a project, and a project as sites of the workbench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.project.model import NextSpec, Project, SiteSpec, recipe_dict
from napari_lesion_synth.synthesis.registry import get_method, method_names
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.widgets.workbench.scene import PlacedSite, Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["next_spec", "restored", "site_specs", "uses_generator"]


def site_specs(scene: Scene) -> tuple[SiteSpec, ...]:
    """The sites of a scene as a project file keeps them."""
    return tuple(_spec(placed, scene) for placed in scene.sites)


def next_spec(bench: Workbench, known: LesionStatistics | None) -> NextSpec:
    """How the next lesions are made, as a project file keeps it.

    Parameters
    ----------
    bench : Workbench
        Makes them.
    known : LesionStatistics or None
        What could be drawn from in place of the literature.
    """
    own = bench.statistics is not None or known is None
    return NextSpec(method=bench.method, diameter_mm=bench.diameter_mm, own_statistics=own)


def restored(bench: Workbench, project: Project) -> dict[int, LesionSynthError]:
    """Bring sites, kept lesions and choices back to a workbench that has the case and its donors.

    Returns
    -------
    dict of int to LesionSynthError
        Why a lesion could not be brought back, by its id.
    """
    bench.set_rim(project.view.rim_mm)
    if not project.next.own_statistics:
        bench.statistics = None
        bench.donors_changed.emit()
    sites, faults = _placed_sites(bench.require_case(), project.sites, bench.rim_mm)
    there = any(placed.id == project.selected for placed in sites)
    bench.restore(sites, project.selected if there else None)
    for spec in project.sites:
        if spec.committed is not None and spec.id not in faults:
            try:
                _require_generator(bench, spec)
                bench.commit(spec.id)
            except LesionSynthError as error:
                faults[spec.id] = error
    _restore_next(bench, project.next)
    bench.forget_steps()
    return faults


def uses_generator(project: Project) -> bool:
    """Whether a lesion of a project is made with a learnt generator."""
    names = {name for site in project.sites for name in (site.method, *site.drawn)}
    known = names & set(method_names())
    return project.model is not None or any(get_method(name).needs_model for name in known)


def _require_generator(bench: Workbench, spec: SiteSpec) -> None:
    """A kept lesion comes back from the generator that has made it, or not at all."""
    recipe = spec.recipe
    made_with = "" if recipe is None else recipe.params.get("model", "")
    if made_with and bench.model is not None and made_with != bench.model.id:
        raise ParameterError(
            f"it was made with the generator {made_with}, and this one is {bench.model.id}",
            remedy="Choose that one under How, GAN, and open the project again",
        )


def _restore_next(bench: Workbench, wanted: NextSpec) -> None:
    """What the site at work decides is left to it, as while one works."""
    current = bench.scene.current
    if current is None:
        bench.diameter_mm = wanted.diameter_mm
    drafted = current is not None and bench.scene.commit_of(current.id) is None
    if not drafted and wanted.method in method_names():
        bench.method = wanted.method


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


def _placed_sites(
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
