"""Choices made for the user: which donor goes with a site, which sites survive a new organ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone, zone_of
from napari_lesion_synth.errors import LesionSynthError, SiteError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.touching import touching
from napari_lesion_synth.widgets.workbench.rendering import render
from napari_lesion_synth.widgets.workbench.scene import Commit, PlacedSite, Scene

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["in_other_organ", "nearest_donor", "require_room", "zoned"]

_OTHER_ZONE_OCTAVES = 1.0
"""A donor from the other zone is as far as one of twice or half the size."""


def nearest_donor(donors: Iterable[Donor], site: Site) -> str | None:
    """Id of the donor that is nearest to a site in size and zone; None without donors."""

    def distance(donor: Donor) -> tuple[float, str]:
        octaves = abs(float(np.log2(donor.diameter_mm / site.diameter_mm)))
        return octaves + _OTHER_ZONE_OCTAVES * (donor.zone is not site.zone), donor.id

    nearest = min(donors, key=distance, default=None)
    return None if nearest is None else nearest.id


def in_other_organ(
    case: Case,
    scene: Scene,
    rim_mm: float,
    donors: Mapping[str, Donor],
    model: GeneratorModel | None,
) -> tuple[Scene, tuple[int, ...]]:
    """The scene in a case with another organ, and the ids of the sites that lie outside it."""
    sites, gone = _reconciled(case, scene.sites, rim_mm)
    selected = scene.selected if any(s.id == scene.selected for s in sites) else None
    return Scene(sites, _kept_again(case, scene.commits, sites, donors, model), selected), gone


def _reconciled(
    case: Case, sites: Sequence[PlacedSite], rim_mm: float
) -> tuple[tuple[PlacedSite, ...], tuple[int, ...]]:
    """Sites measured in another organ, and the ids of those that lie outside it."""
    if case.organ is None:
        return (), tuple(placed.id for placed in sites)
    kept, gone = [], []
    for placed in sites:
        try:
            site = site_at(case, placed.site.center, placed.site.diameter_mm, rim_mm=rim_mm)
        except SiteError:
            gone.append(placed.id)
        else:
            kept.append(replace(placed, site=site))
    return tuple(kept), tuple(gone)


def _kept_again(
    case: Case,
    commits: Sequence[Commit],
    sites: Sequence[PlacedSite],
    donors: Mapping[str, Donor],
    model: GeneratorModel | None,
) -> tuple[Commit, ...]:
    """Kept lesions made again in another organ, without those that cannot be kept there."""
    again: list[Commit] = []
    for commit in commits:
        placed = next((site for site in sites if site.id == commit.placed.id), None)
        if placed is None:
            continue
        try:
            sample = render(case, placed, donors.get(placed.donor or ""), model).sample
        except LesionSynthError:
            continue  # its site says why, now that it is a draft
        if sample.mask.any() and not any(touching(sample, c.sample) for c in again):
            again.append(Commit(placed, sample))
    return tuple(again)


def require_room(scene: Scene, sample: Sample, number: int) -> None:
    """Make sure that a site's lesion can be kept beside the others.

    Raises
    ------
    SiteError
        If it has no voxel, or runs into another kept one.
    """
    if not sample.mask.any():
        raise SiteError(f"lesion {number} fills no voxel by half", remedy="Make it larger")
    for commit in scene.commits:
        if commit.placed.id != number and touching(sample, commit.sample):
            raise SiteError(
                f"lesion {number} runs into lesion {commit.placed.id}, which is kept",
                remedy="Move it, make it smaller, or remove the other one",
            )


def zoned(scene: Scene, rim_mm: float) -> Scene:
    """The scene with its drafts sorted into zones for this width of the rim."""
    kept = {commit.placed.id for commit in scene.commits}
    sites = tuple(
        placed
        if placed.id in kept or (zone := _zone(placed, rim_mm)) is placed.site.zone
        else replace(placed, site=replace(placed.site, zone=zone))
        for placed in scene.sites
    )
    same = all(one is other for one, other in zip(sites, scene.sites, strict=True))
    return scene if same else replace(scene, sites=sites)


def _zone(placed: PlacedSite, rim_mm: float) -> Zone:
    return zone_of(placed.site.depth_mm, placed.site.diameter_mm, rim_mm)
