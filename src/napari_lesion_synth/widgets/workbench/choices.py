"""Choices made for the user: which donor goes with a site, which sites survive a new organ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.errors import SiteError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.widgets.workbench.scene import PlacedSite

__all__ = ["nearest_donor", "reconciled"]

_OTHER_ZONE_OCTAVES = 1.0
"""A donor from the other zone is as far as one of twice or half the size."""


def nearest_donor(donors: Iterable[Donor], site: Site) -> str | None:
    """Id of the donor that is nearest to a site in size and zone; None without donors."""

    def distance(donor: Donor) -> tuple[float, str]:
        octaves = abs(float(np.log2(donor.diameter_mm / site.diameter_mm)))
        return octaves + _OTHER_ZONE_OCTAVES * (donor.zone is not site.zone), donor.id

    nearest = min(donors, key=distance, default=None)
    return None if nearest is None else nearest.id


def reconciled(
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
