"""Choosing sites: proposed all over the organ, or made from a click."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.placement import Obstacle, Placement, Rules, Want
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone, zone_of
from napari_lesion_synth.errors import GeometryError, ParameterError, SiteError

__all__ = ["GAP_MM", "propose_sites", "site_at"]

GAP_MM = 2.0
"""Free space between two lesions: their outlines are not quite round."""

_ATTEMPTS = 3

Diameters = float | tuple[float, float]
Seed = int | np.random.SeedSequence | np.random.Generator
Avoid = Site | NDArray[np.bool_] | Iterable[Site | NDArray[np.bool_]]


def site_at(
    case: Case, center: Sequence[float], diameter_mm: float, *, rim_mm: float = RIM_MM
) -> Site:
    """The site around a point that someone has chosen.

    Parameters
    ----------
    case : Case
        CT with its organ.
    center : sequence of float
        Voxel index (z, y, x), rounded to the nearest voxel.
    diameter_mm : float
        Equivalent diameter of the lesion.
    rim_mm : float
        A lesion whose surface comes this near to the capsule belongs to the rim.

    Returns
    -------
    Site
        Nothing is checked but that the centre lies in the organ: other lesions and vessels may
        be in the way.

    Raises
    ------
    SiteError
        If the point lies outside the organ; the message says how far.
    InputError
        If the case has no organ.
    """
    organ = case.require_organ()
    _check_sizes(rim_mm=rim_mm)
    _, diameter = _diameter_range(diameter_mm)
    if len(center) != 3 or not all(math.isfinite(i) for i in center):
        raise ParameterError(f"a centre has three indices (z, y, x); got {center}")
    z, y, x = (round(float(i)) for i in center)
    depth = organ.depth_at((z, y, x))
    if not organ.contains((z, y, x)):
        raise SiteError(
            f"the point {(z, y, x)} lies outside the organ, {-depth:.1f} mm from it",
            where=case.patient,
            remedy="Choose a point in the organ",
        )
    return Site((z, y, x), zone_of(depth, diameter, rim_mm), depth, diameter)


def propose_sites(
    case: Case,
    n: int,
    *,
    zone: Zone | str | None = None,
    rim_fraction: float | None = None,
    diameter_mm: Diameters = (8.0, 25.0),
    seed: Seed = 0,
    avoid: Avoid = (),
    gap_mm: float = GAP_MM,
    rim_mm: float = RIM_MM,
    avoid_vessels: bool = True,
) -> list[Site]:
    """Choose places for `n` lesions, uniformly over the organ.

    A site can be any voxel of the organ, from the dome to the tips, where a ball of its
    diameter (a disc in a single slice) overlaps no known lesion, no other site and no large
    vessel. A centre lies at least a third of the radius below the capsule, so that a lesion
    at the rim keeps about three quarters of its volume when the organ clips it; an interior
    lesion lies wholly inside, `rim_mm` from the capsule or deeper. The first call on a case
    measures the organ; later ones take well under a millisecond a site, whatever its size.

    Parameters
    ----------
    case : Case
        CT with its organ.
    n : int
        How many.
    zone : Zone or str, optional
        Only ``"rim"`` or only ``"interior"``; both as they fall if not given.
    rim_fraction : float, optional
        Instead of `zone`: exactly ``round(n * rim_fraction)`` sites lie in the rim, the others
        in the interior.
    diameter_mm : float or (float, float)
        Equivalent diameter, or the range from which it is drawn uniformly. Where a drawn size
        finds no room, smaller ones of the range are tried.
    seed : int, SeedSequence or Generator
        The same seed gives the same sites.
    avoid : mask, Site, or sequence of them
        Further places to keep clear of. Masks are full size, (z, y, x).
    gap_mm : float
        Free space to leave around lesions, other sites and `avoid` (vessels may be touched).
    rim_mm : float
        A lesion whose surface comes this near to the capsule belongs to the rim.
    avoid_vessels : bool
        Keep clear of large bright vessels; see `vessels.vessel_mask`. They are looked for on
        the first call and remembered.

    Returns
    -------
    list of Site
        In random order as to zone and size.

    Raises
    ------
    SiteError
        If there is no room; the message says how many sites of each zone fit.
    ParameterError
        If an argument is out of range, or both `zone` and `rim_fraction` are given.
    InputError
        If the case has no organ.
    """
    organ = case.require_organ()
    _check_sizes(gap_mm=gap_mm, rim_mm=rim_mm)
    diameters = _diameter_range(diameter_mm)
    zones = _zones(n, zone, rim_fraction)
    masks, sites = _split(avoid, organ)
    obstacles = _obstacles(case, masks, gap_mm, avoid_vessels=avoid_vessels)
    rules = Rules(diameters[0], gap_mm, rim_mm, obstacles)
    rng = _generator(seed)

    attempts = []
    for attempt in range(_ATTEMPTS):
        placement = Placement(case.site_index, rules, rng, list(sites))
        found = _attempt(placement, zones, diameters, 1 - attempt / (_ATTEMPTS - 1))
        if all(site for _, site in found):
            return [site for _, site in found if site]
        attempts.append(found)
    best = max(attempts, key=lambda found: sum(site is not None for _, site in found))
    raise _no_room(case, best, diameters, rules)


def _attempt(
    placement: Placement,
    zones: list[Zone | None],
    diameters: tuple[float, float],
    spread: float,
) -> list[tuple[Want, Site | None]]:
    """Place everything once, the largest first; `spread` 0 wants all of the smallest size."""
    low, high = diameters
    sizes = placement.rng.uniform(low, low + spread * (high - low), len(zones))
    order = placement.rng.permutation(len(zones))
    wants = [Want(zones[i], float(size)) for i, size in zip(order, sizes, strict=True)]
    sites: dict[int, Site | None] = {}
    for i in sorted(range(len(wants)), key=lambda i: -wants[i].diameter_mm):
        sites[i] = placement.place(wants[i])
    return [(want, sites[i]) for i, want in enumerate(wants)]


def _zones(n: int, zone: Zone | str | None, rim_fraction: float | None) -> list[Zone | None]:
    """The zone of each lesion asked for."""
    if n < 0 or int(n) != n:
        raise ParameterError(f"the number of sites cannot be {n}")
    if rim_fraction is None:
        try:
            return [None if zone is None else Zone(zone)] * int(n)
        except ValueError:
            names = ", ".join(repr(str(z)) for z in Zone)
            raise ParameterError(
                f"there is no zone {zone!r}", remedy=f"Use one of: {names}"
            ) from None
    if zone is not None:
        raise ParameterError(
            f"zone={str(zone)!r} and rim_fraction={rim_fraction} contradict each other",
            remedy="Give only one of them",
        )
    if not 0 <= rim_fraction <= 1:
        raise ParameterError(f"rim_fraction must lie between 0 and 1; got {rim_fraction}")
    rim = round(n * rim_fraction)
    return [*[Zone.RIM] * rim, *[Zone.INTERIOR] * (int(n) - rim)]


def _diameter_range(diameter_mm: Diameters) -> tuple[float, float]:
    values = np.atleast_1d(np.asarray(diameter_mm, float))
    low, high = (float(values[0]), float(values[-1])) if values.size in (1, 2) else (0.0, 0.0)
    if not 0 < low <= high < math.inf:
        raise ParameterError(
            f"diameter_mm must be a size above 0 or a range of two; got {diameter_mm}"
        )
    return low, high


def _check_sizes(**sizes: float) -> None:
    for name, value in sizes.items():
        if not 0 <= value < math.inf:
            raise ParameterError(f"{name} must be 0 mm or more; got {value}")


def _generator(seed: Seed) -> np.random.Generator:
    try:
        if seed is not None:
            return np.random.default_rng(seed)
    except (TypeError, ValueError):
        pass
    raise ParameterError(f"a seed is a whole number of 0 or more; got {seed}")


def _split(avoid: Avoid, organ: Organ) -> tuple[list[NDArray[np.bool_]], list[Site]]:
    """Masks (cut to the organ's box) and sites among the things to avoid."""
    things = [avoid] if isinstance(avoid, Site | np.ndarray) else list(avoid)
    sites = [thing for thing in things if isinstance(thing, Site)]
    masks = []
    for thing in things:
        if isinstance(thing, Site):
            continue
        mask = np.asarray(thing)
        if mask.shape != organ.shape:
            raise GeometryError(
                f"a mask to avoid has shape {mask.shape}, the CT {organ.shape}",
                remedy="Give a mask drawn on this CT",
            )
        masks.append(mask[organ.bbox] != 0)
    return masks, sites


def _obstacles(
    case: Case, masks: list[NDArray[np.bool_]], gap_mm: float, *, avoid_vessels: bool
) -> tuple[Obstacle, ...]:
    index = case.site_index
    known = [(index.lesion_clearance, gap_mm)]
    if avoid_vessels:
        known.append((index.vessel_clearance, 0.0))
    drawn = [(index.clearance(mask), gap_mm) for mask in masks if mask.any()]
    return tuple((clearance, gap) for clearance, gap in known + drawn if clearance is not None)


def _no_room(
    case: Case,
    best: list[tuple[Want, Site | None]],
    diameters: tuple[float, float],
    rules: Rules,
) -> SiteError:
    """What fits, and what to change."""
    low, high = diameters
    asked = {want.zone for want, _ in best}
    zones = [zone for zone in (None, *Zone) if zone in asked]
    counts = []
    for zone in zones:
        sites = [site for want, site in best if want.zone is zone]
        fitted = [site for site in sites if site is not None]
        name = f"{zone} sites" if zone else "sites"
        counts.append(f"{len(fitted)} of {len(sites)} {name}")
        if zone is None:
            rim = sum(site.zone is Zone.RIM for site in fitted)
            counts[-1] += f" ({rim} rim, {len(fitted) - rim} interior)"
    size = f"{low:g} mm" if low == high else f"{low:g} to {high:g} mm"
    what = f"room was found for {' and '.join(counts)} of {size}"

    deepest = case.require_organ().max_depth_mm
    needed = low / 2 + rules.rim_mm
    if Zone.INTERIOR in zones and needed > deepest:
        what += f"; the interior needs a depth of {needed:g} mm, the organ has {deepest:.1f} mm"
    advice = ["ask for fewer or smaller lesions"]
    if rules.gap_mm > 0:
        advice.append("lower gap_mm")
    if len(zones) > 1:
        advice.append("change rim_fraction")
    vessels = case.site_index.vessel_clearance
    if any(clearance is vessels for clearance, _ in rules.obstacles):
        advice.append("allow vessels (avoid_vessels=False)")
    text = ", ".join(advice[:-1]) + " or " + advice[-1] if len(advice) > 1 else advice[0]
    return SiteError(what, where=case.patient, remedy=text[0].upper() + text[1:])
