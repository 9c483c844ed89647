"""One scene: lesions that do not overlap, in one CT.

`render_scene` is a pure function: the same materials and plan give the same bytes in any
process on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_lesion_synth.anatomy.proposal import GAP_MM, propose_sites
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.rows import Lesion, Origin, lesion_of
from napari_lesion_synth.errors import DonorError, LesionSynthError, SiteError
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.jobs.materials import Materials
from napari_lesion_synth.jobs.plan import LesionPlan, ScenePlan
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.donor_choice import draw_donors
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.touching import touching

__all__ = ["SceneResult", "render_scene"]

_SITES_TRIED = 6
_DONORS_TRIED = 4
_ROOM = 0.2
"""Free space around each lesion, as a share of the largest diameter, where the organ has it."""


@dataclass(frozen=True, slots=True)
class SceneResult:
    """What comes back from a scene.

    Parameters
    ----------
    index : int
        Its number.
    lesions : tuple of Lesion
        Encoded, in the order of the plan.
    redrawn : int
        Combinations of site and donor that could not be made and were drawn anew.
    warnings : tuple of str
        What was mended or guessed on the way.
    """

    index: int
    lesions: tuple[Lesion, ...]
    redrawn: int
    warnings: tuple[str, ...]


def render_scene(materials: Materials, plan: ScenePlan) -> SceneResult:
    """Make the lesions of one scene.

    Parameters
    ----------
    materials : Materials
        Cases, donors and limits.
    plan : ScenePlan
        The scene.

    Returns
    -------
    SceneResult

    Raises
    ------
    SiteError
        If the case has no room for the scene.
    DonorError
        If no donor fits at any of the sites tried.
    """

    def make() -> tuple[tuple[Lesion, ...], int]:
        scene = _Scene(materials, plan)
        return tuple(scene.make(lesion) for lesion in plan.lesions), scene.redrawn

    (lesions, redrawn), texts = hear(make)
    return SceneResult(plan.index, lesions, redrawn, texts)


class _Scene:
    """A scene while it is made: its sites, and the lesions made so far."""

    def __init__(self, materials: Materials, plan: ScenePlan) -> None:
        self.materials = materials
        self.plan = plan
        self.case = materials.case(plan.case)
        streams = [np.random.default_rng(s) for s in plan.seeds().spawn(1 + len(plan.lesions))]
        self.rngs = dict(zip(plan.ids, streams[1:], strict=True))
        self.sites = dict(zip(plan.ids, self._layout(streams[0]), strict=True))
        self.made: list[Sample] = []
        self.redrawn = 0

    def _layout(self, rng: np.random.Generator) -> list[Site]:
        """A site for every lesion, in the zone that the plan gives it."""
        zones = [lesion.zone for lesion in self.plan.lesions]
        fraction = zones.count(Zone.RIM) / len(zones)
        sites = self._propose(rng, n=len(zones), rim_fraction=fraction)
        pools = {zone: iter([s for s in sites if s.zone is zone]) for zone in Zone}
        return [next(pools[zone]) for zone in zones]

    def _propose(self, rng: np.random.Generator, **asked: Any) -> list[Site]:
        """Sites with room around them for outlines that are not round; with less, if need be."""
        low, high = self.materials.diameter_mm
        for share in (_ROOM, _ROOM / 2, 0.0):
            try:
                return propose_sites(
                    self.case,
                    **asked,
                    diameter_mm=(low, high),
                    gap_mm=GAP_MM + share * high,
                    seed=_seed(rng),
                )
            except SiteError as error:
                problem = error
        raise SiteError(
            f"{problem.what} (one scene of lesions that share a CT)",
            where=self.case.inputs.get("ct") or self.case.patient,
            remedy="Ask for fewer lesions a scene (--per-scene), smaller ones (--diameter), or "
            "another share at the rim (--rim)",
        ) from problem

    def make(self, lesion: LesionPlan) -> Lesion:
        """The lesion, at another site or from another donor where the first does not do."""
        rng = self.rngs[lesion.id]
        problem: LesionSynthError = SiteError(
            f"{lesion.id} found no place in {_SITES_TRIED} where it does not run into another "
            "lesion of its scene",
            where=self.case.inputs.get("ct") or self.case.patient,
            remedy="Ask for fewer lesions a scene (--per-scene) or smaller ones (--diameter)",
        )
        for attempt in range(_SITES_TRIED):
            if attempt:
                self.sites[lesion.id] = self._another_site(lesion, rng)
            try:
                sample, donor = self._render(lesion, rng)
            except (DonorError, SiteError) as error:
                problem = error
                continue
            strict = attempt < _SITES_TRIED // 2
            if strict and not self._in_zone(sample, lesion.zone):
                self.redrawn += 1
                continue
            if not any(touching(sample, other, strict=strict) for other in self.made):
                self.made.append(sample)
                return self._encode(lesion, sample, donor)
            self.redrawn += 1
        raise problem

    def _in_zone(self, sample: Sample, zone: Zone) -> bool:
        """Whether the lesion's own outline, not the round one of its site, lies in the zone."""
        depth = self.case.require_organ().distance_in(sample.bbox)[sample.mask].min()
        return bool((depth < RIM_MM) == (zone is Zone.RIM))

    def _another_site(self, lesion: LesionPlan, rng: np.random.Generator) -> Site:
        others = [site for name, site in self.sites.items() if name != lesion.id]
        return self._propose(rng, n=1, zone=lesion.zone, avoid=others)[0]

    def _render(self, lesion: LesionPlan, rng: np.random.Generator) -> tuple[Sample, Donor | None]:
        """The sample at the lesion's site, from the first donor drawn that fits there."""
        site = self.sites[lesion.id]
        fixed = self.materials.fixed.get(lesion.method, {})
        problem: LesionSynthError = DonorError("there are no donors")
        for donor in self._candidates(lesion, site, rng):
            try:
                sample = synthesize(
                    self.case,
                    site,
                    method=lesion.method,
                    donor=donor,
                    statistics=self.materials.statistics,
                    model=self.materials.generator(),
                    seed=_seed(rng),
                    **fixed,
                )
            except (DonorError, SiteError) as error:
                problem = error
            else:
                if sample.mask.any():
                    return sample, donor
                problem = SiteError(f"{lesion.id} fills no voxel by half at {site.center}")
            self.redrawn += 1
        raise problem

    def _candidates(
        self, lesion: LesionPlan, site: Site, rng: np.random.Generator
    ) -> Iterator[Donor | None]:
        if not get_method(lesion.method).needs_donor:
            return iter([None])
        return iter(draw_donors(self.materials.donors, site, rng)[:_DONORS_TRIED])

    def _encode(self, lesion: LesionPlan, sample: Sample, donor: Donor | None) -> Lesion:
        case, context = self.case, self.materials.context_mm
        organ = case.require_organ().mask
        patch = Patch.cut(sample, case.volume, context, organ, case.lesions)
        origin = Origin(
            id=lesion.id,
            case=self.materials.facts[self.plan.case].name,
            patient=self.case.patient,
            scene=self.plan.id,
            donor_patient="" if donor is None else donor.patient,
        )
        return lesion_of(sample, patch, origin)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**32))
