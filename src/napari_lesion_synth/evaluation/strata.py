"""Lesions in groups: by size, place, contrast and conspicuity."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.evaluation.matching import CaseResult, LesionResult

__all__ = [
    "CONSPICUITY",
    "CONTRAST_HU",
    "DIAMETER_MM",
    "Stratum",
    "all_strata",
    "by_conspicuity",
    "by_contrast",
    "by_diameter",
    "by_zone",
]

DIAMETER_MM = (10.0, 20.0)
CONTRAST_HU = (20.0, 40.0)
CONSPICUITY = (200.0, 600.0)
"""mm HU."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Some of the lesions.

    Parameters
    ----------
    by : str
        What they are grouped by.
    name : str
        Which of them.
    holds : callable
        Whether a lesion belongs to it.
    """

    by: str
    name: str
    holds: Callable[[LesionResult], bool]

    def of(self, results: Sequence[CaseResult]) -> list[CaseResult]:
        """The same CTs and false alarms, with these lesions alone.

        False alarms belong to no stratum: all of them count in each, so that the strata of one
        detector at one rate have one threshold.
        """
        return [result.only(self.holds) for result in results]

    def lesions(self, results: Sequence[CaseResult]) -> int:
        """How many lesions it holds."""
        return sum(self.holds(lesion) for result in results for lesion in result.lesions)


def by_diameter(edges: Sequence[float] = DIAMETER_MM) -> tuple[Stratum, ...]:
    """By equivalent diameter in mm."""
    return _binned("diameter", "mm", edges, lambda lesion: lesion.diameter_mm)


def by_contrast(edges: Sequence[float] = CONTRAST_HU) -> tuple[Stratum, ...]:
    """By magnitude of the contrast with the organ around, in HU."""
    return _binned("contrast", "HU", edges, lambda lesion: abs(lesion.contrast_hu))


def by_conspicuity(edges: Sequence[float] = CONSPICUITY) -> tuple[Stratum, ...]:
    """By diameter times magnitude of the contrast, in mm HU."""
    return _binned("conspicuity", "mm HU", edges, lambda lesion: lesion.conspicuity)


def by_zone() -> tuple[Stratum, ...]:
    """At the organ's rim, and in its interior."""
    return tuple(_zone(zone) for zone in Zone)


def all_strata(results: Sequence[CaseResult]) -> list[Stratum]:
    """Those of the groupings above that hold a lesion; and what was not measured, if any."""
    groups = [by_diameter(), by_zone(), by_contrast(), by_conspicuity()]
    strata = [stratum for group in groups for stratum in (*group, _rest(group))]
    return [stratum for stratum in strata if stratum.lesions(results)]


def _binned(
    by: str, unit: str, edges: Sequence[float], value: Callable[[LesionResult], float]
) -> tuple[Stratum, ...]:
    bounds = [-np.inf, *edges, np.inf]
    return tuple(_bin(by, unit, low, high, value) for low, high in itertools.pairwise(bounds))


def _bin(
    by: str, unit: str, low: float, high: float, value: Callable[[LesionResult], float]
) -> Stratum:
    if np.isinf(low):
        name = f"below {high:g} {unit}"
    elif np.isinf(high):
        name = f"{low:g} {unit} and above"
    else:
        name = f"{low:g} to {high:g} {unit}"
    return Stratum(by, name, lambda lesion: low <= value(lesion) < high)


def _zone(zone: Zone) -> Stratum:
    return Stratum("zone", zone.value, lambda lesion: lesion.zone is zone)


def _rest(group: Sequence[Stratum]) -> Stratum:
    return Stratum(
        group[0].by,
        "not measured",
        lambda lesion: not any(stratum.holds(lesion) for stratum in group),
    )
