"""Rim and interior: the two places where a lesion looks different."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["RIM_MM", "Zone", "zone_of"]

RIM_MM = 5.0
"""A lesion whose surface comes this near (mm) to the capsule belongs to the rim."""


class Zone(StrEnum):
    """Part of the organ in which a lesion lies."""

    RIM = "rim"
    INTERIOR = "interior"


def zone_of(depth_mm: float, diameter_mm: float, rim_mm: float = RIM_MM) -> Zone:
    """Zone of a lesion whose centre lies `depth_mm` below the capsule."""
    return Zone.RIM if depth_mm - diameter_mm / 2 < rim_mm else Zone.INTERIOR
