"""Which lesion goes into which copy of the CT.

Every place is tried with every contrast and every method, once each, in different copies. So the
places are the same all over the map, and a difference between two contrasts or two methods is
not one between places. In a copy the contrasts are mixed, by a Latin square: a detector that
adapts to a CT does not see faint lesions alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.errors import SiteError
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.limits.sites import Room, ball_ml, find_sites

__all__ = ["CopyPlan", "LimitDesign", "PlannedLesion", "Shortage", "Spot", "design"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a CT at which lesions of one size are tried.

    Parameters
    ----------
    number : int
        From 0, unique in the CT.
    band : str
        Name of the depth band.
    site : Site
        Where, and the diameter.
    """

    number: int
    band: str
    site: Site

    @property
    def diameter_mm(self) -> float:
        """As asked for."""
        return self.site.diameter_mm


@dataclass(frozen=True, slots=True)
class PlannedLesion:
    """One insertion: a spot, and the contrast that is asked for there in HU."""

    spot: Spot
    contrast_hu: float


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """A copy of the CT.

    Parameters
    ----------
    number : int
        From 1, in the order in which copies are made.
    method : str
        By which its lesions are made.
    lesions : tuple of PlannedLesion
        Apart from each other.
    """

    number: int
    method: str
    lesions: tuple[PlannedLesion, ...]

    @property
    def name(self) -> str:
        """For files and tables."""
        return f"copy-{self.number:04d}"


@dataclass(frozen=True, slots=True)
class Shortage:
    """A size and depth of which there are fewer places than asked for.

    Parameters
    ----------
    band : str
        Name of the depth band.
    diameter_mm : float
        The size.
    places : int
        How many there are; 0: not measurable.
    problem : str
        Why.
    """

    band: str
    diameter_mm: float
    places: int
    problem: str


@dataclass(frozen=True, slots=True)
class LimitDesign:
    """All copies of one CT.

    Parameters
    ----------
    spots : tuple of Spot
        The places.
    copies : tuple of CopyPlan
        In an order of which every beginning is a fair sample of the whole.
    shortages : tuple of Shortage
        Sizes and depths with too few places.
    """

    spots: tuple[Spot, ...]
    copies: tuple[CopyPlan, ...]
    shortages: tuple[Shortage, ...]

    @property
    def insertions(self) -> int:
        """How many lesions are to be made."""
        return sum(len(copy.lesions) for copy in self.copies)

    @property
    def key(self) -> str:
        """Hash of the design."""
        text = json.dumps([asdict(copy) for copy in self.copies], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def design(case: Case, settings: LimitSettings, *, where: str = "") -> LimitDesign:
    """Choose the places in a CT, and spread the grid over copies of it.

    The same CT and settings give the same design.

    Parameters
    ----------
    case : Case
        The CT with its organ, and its known lesions, of which the new ones keep clear.
    settings : LimitSettings
        The grid.
    where : str
        What the CT is called in errors.

    Raises
    ------
    SiteError
        If no size fits at any depth.
    InputError
        If the case has no organ.
    """
    case.require_organ()
    sequence = np.random.SeedSequence(settings.seed)
    groups = [(band, diameter) for band in settings.bands for diameter in settings.diameters_mm]
    streams = [np.random.default_rng(child) for child in sequence.spawn(len(groups) + 1)]
    rooms = [
        find_sites(case, band, diameter, settings, rng)
        for (band, diameter), rng in zip(groups, streams, strict=False)
    ]
    shortages = tuple(
        Shortage(room.band.name, room.diameter_mm, len(room.sites), room.problem)
        for room in rooms
        if room.problem
    )
    spots = _spots(rooms)
    if not spots:
        raise SiteError(
            f"there is no room for any lesion of the grid: {shortages[0].problem}",
            where=where or case.patient,
            remedy="Ask for smaller diameters, or allow vessels",
        )
    layouts = _packed(spots, case, settings)
    return LimitDesign(spots, _copies(layouts, settings, streams[-1]), shortages)


def _spots(rooms: Sequence[Room]) -> tuple[Spot, ...]:
    found = [(room.band.name, site) for room in rooms for site in room.sites]
    return tuple(Spot(number, band, site) for number, (band, site) in enumerate(found))


def _packed(spots: Sequence[Spot], case: Case, settings: LimitSettings) -> list[tuple[Spot, ...]]:
    """Spots that share a copy: apart from each other, and not too much of the organ together.

    The largest first, each into the fullest layout that takes it.
    """
    spacing = np.asarray(case.volume.spacing)
    organ_ml = case.require_organ().volume_ml
    layouts: list[list[Spot]] = []
    for spot in sorted(spots, key=lambda spot: (-spot.diameter_mm, spot.number)):
        fitting = [
            layout
            for layout in layouts
            if len(layout) < settings.per_copy
            and _clear(spot, layout, spacing, settings.gap_mm)
            and sum(ball_ml(case, each.diameter_mm) for each in [*layout, spot])
            <= settings.filled * organ_ml
        ]
        if fitting:
            max(fitting, key=len).append(spot)
        else:
            layouts.append([spot])
    return [tuple(layout) for layout in layouts]


def _clear(spot: Spot, others: Sequence[Spot], spacing: np.ndarray, gap_mm: float) -> bool:
    for other in others:
        away = np.linalg.norm(np.subtract(spot.site.center, other.site.center) * spacing)
        if away - (spot.diameter_mm + other.diameter_mm) / 2 < gap_mm:
            return False
    return True


def _copies(
    layouts: Sequence[tuple[Spot, ...]], settings: LimitSettings, rng: np.random.Generator
) -> tuple[CopyPlan, ...]:
    contrasts = settings.contrasts_hu
    planned = []
    for method in settings.methods:
        for k, layout in enumerate(layouts):
            for turn in range(len(contrasts)):
                lesions = tuple(
                    PlannedLesion(spot, contrasts[(place + turn + k) % len(contrasts)])
                    for place, spot in enumerate(layout)
                )
                planned.append((method, lesions))
    order = rng.permutation(len(planned))
    return tuple(CopyPlan(number, *planned[k]) for number, k in enumerate(order, start=1))
