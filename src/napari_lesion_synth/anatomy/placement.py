"""Finding room for lesions: the search behind `propose_sites`.

Every lesion is a ball (a disc in a single slice) around a voxel of the organ. Candidates are
drawn uniformly from the voxels of the right depth, a batch at a time; after a few batches
without success all of them are looked at, so that "no room" is never bad luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.site_index import SiteIndex
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone, zone_of

__all__ = ["MIN_DEPTH", "Obstacle", "Placement", "Rules", "Want"]

MIN_DEPTH = 1 / 3
"""A centre lies at least so many radii deep: a flat capsule leaves three quarters of the ball."""

_BATCH = 64
_BATCHES = 8
_RESIZES = 4
_CHUNK = 1 << 22

Entries = NDArray[np.int64]
Obstacle = tuple[NDArray[np.uint16], float]
"""Clearance of each voxel of the index, and the gap to keep beyond the lesion's radius in mm."""


@dataclass(frozen=True, slots=True)
class Want:
    """A lesion to place: its zone (None: any) and its diameter in mm."""

    zone: Zone | None
    diameter_mm: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What every site keeps to.

    Parameters
    ----------
    min_diameter_mm : float
        A lesion for which there is no room may shrink to this diameter.
    gap_mm : float
        Free space between the surfaces of two lesions.
    rim_mm : float
        Width of the rim.
    obstacles : tuple of (ndarray of uint16, float)
        What to stay clear of.
    """

    min_diameter_mm: float
    gap_mm: float
    rim_mm: float
    obstacles: tuple[Obstacle, ...] = ()


@dataclass
class Placement:
    """Sites found so far.

    Parameters
    ----------
    index : SiteIndex
        The organ's voxels by depth.
    rules : Rules
        What every site keeps to.
    rng : numpy.random.Generator
        Source of randomness.
    taken : list of Site
        Sites to stay clear of; those found are added.
    """

    index: SiteIndex
    rules: Rules
    rng: np.random.Generator
    taken: list[Site] = field(default_factory=list)
    _rooms: dict[Zone | None, Entries] = field(default_factory=dict)
    _blocked: NDArray[np.bool_] | None = None
    _painted: int = 0

    def place(self, want: Want) -> Site | None:
        """Find a site, smaller than wanted if need be, and take it.

        Returns
        -------
        Site or None
            None if there is no room even for the smallest diameter.
        """
        room = self._rooms.get(want.zone)
        if room is not None and not room.size:
            return None
        diameter, least = want.diameter_mm, self.rules.min_diameter_mm
        entry = self._try(want)
        for _ in range(_RESIZES if diameter > least else 0):
            if entry is None:
                diameter = float(self.rng.uniform(least, diameter))
                entry = self._try(Want(want.zone, diameter))
        if entry is None:
            diameter = least
            entry = self._search(Want(want.zone, diameter))
        return None if entry is None else self._take(entry, diameter)

    def _take(self, entry: int, diameter_mm: float) -> Site:
        depth = float(self.index.depth[entry])
        zone = zone_of(depth, diameter_mm, self.rules.rim_mm)
        z, y, x = (int(i) for i in self.index.voxels(np.array([entry]))[0])
        site = Site((z, y, x), zone, depth, diameter_mm)
        self.taken.append(site)
        return site

    def _try(self, want: Want) -> int | None:
        """Draw some entries and return the first at which the lesion fits."""
        low, high = self._range(want)
        for _ in range(_BATCHES if low < high else 0):
            batch = self.rng.integers(low, high, _BATCH)
            batch = batch[self._fits(batch, want)]
            batch = batch[self._are_apart(batch, want)]
            if batch.size:
                return int(batch[0])
        return None

    def _search(self, want: Want) -> int | None:
        """Look at all entries for the smallest lesion, and draw one at which it fits.

        Room only shrinks, so that a second search looks at what the first one left.
        """
        room = self._rooms.get(want.zone)
        if room is None:
            low, high = self._range(want)
            starts = range(low, high, _CHUNK)
            parts = [np.arange(start, min(start + _CHUNK, high)) for start in starts]
            parts = [part[self._fits(part, want)] for part in parts]
            room = np.concatenate([np.empty(0, np.int64), *parts])
        room = room[~self._paint(want).ravel()[self.index.flat[room]]]
        self._rooms[want.zone] = room
        return int(self.rng.choice(room)) if room.size else None

    def _paint(self, want: Want) -> NDArray[np.bool_]:
        """Where the smallest lesion would come too near to a site; the box `organ.bbox`."""
        organ = self.index.organ
        if self._blocked is None:
            self._blocked = np.zeros(organ.depth_map.shape, bool)
        for site in self.taken[self._painted :]:
            reach = self._reach(want, site)
            grid = []
            for i, size, side in zip(site.center, organ.spacing, organ.bbox, strict=True):
                steps = int(reach / size)
                low, high = max(i - steps, side.start), min(i + steps + 1, side.stop)
                grid.append(np.arange(low, max(high, low)))
            offsets = [
                ((axis - i) * size) ** 2
                for axis, i, size in zip(np.ix_(*grid), site.center, organ.spacing, strict=True)
            ]
            box = [axis - side.start for axis, side in zip(grid, organ.bbox, strict=True)]
            self._blocked[np.ix_(*box)] |= sum(offsets) <= reach**2
        self._painted = len(self.taken)
        return self._blocked

    def _range(self, want: Want) -> tuple[int, int]:
        """Range of the index in which all voxels of the right depth lie."""
        radius = want.diameter_mm / 2
        shallow, deep = radius * MIN_DEPTH, math.inf
        if want.zone is Zone.RIM:
            deep = radius + self.rules.rim_mm
        elif want.zone is Zone.INTERIOR:
            shallow = max(shallow, radius + self.rules.rim_mm)
        return self.index.between(shallow, deep)

    def _fits(self, entries: Entries, want: Want) -> NDArray[np.bool_]:
        """Which entries have the right depth and keep clear of every obstacle."""
        radius = want.diameter_mm / 2
        depth = self.index.depth[entries].astype(np.float64)
        good = depth >= radius * MIN_DEPTH
        if want.zone is not None:
            rim = depth - radius < self.rules.rim_mm  # as `zone_of` has it
            good &= rim if want.zone is Zone.RIM else ~rim
        for clearance, gap in self.rules.obstacles:
            good &= clearance[entries] > self.index.steps(radius + gap)
        return good

    def _are_apart(self, entries: Entries, want: Want) -> NDArray[np.bool_]:
        """At which entries a lesion keeps its distance from all sites taken."""
        if not self.taken:
            return np.ones(len(entries), bool)
        spacing = np.asarray(self.index.organ.spacing)
        centers = np.array([site.center for site in self.taken])
        reach = np.array([self._reach(want, site) for site in self.taken])
        away = (self.index.voxels(entries)[:, None] - centers) * spacing
        apart: NDArray[np.bool_] = ((away**2).sum(axis=2) > reach**2).all(axis=1)
        return apart

    def _reach(self, want: Want, site: Site) -> float:
        return (want.diameter_mm + site.diameter_mm) / 2 + self.rules.gap_mm
