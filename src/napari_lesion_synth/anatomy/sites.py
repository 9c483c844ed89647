"""Where a lesion can be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from napari_lesion_synth.anatomy.zones import Zone

__all__ = ["Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """A place for one lesion.

    Parameters
    ----------
    center : tuple of int
        Voxel index (z, y, x) of the lesion's centre; it lies in the organ.
    zone : Zone
        ``rim`` when the lesion's surface comes near the capsule, else ``interior``.
    depth_mm : float
        Distance of the centre from the capsule.
    diameter_mm : float
        Equivalent diameter of the lesion (of the sphere, or of the disc in a single slice,
        that it would be if nothing clipped it).
    """

    center: tuple[int, int, int]
    zone: Zone
    depth_mm: float
    diameter_mm: float

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {**asdict(self), "center": list(self.center), "zone": self.zone.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Site:
        """Inverse of `to_json`."""
        z, y, x = (int(i) for i in data["center"])
        return cls(
            (z, y, x), Zone(data["zone"]), float(data["depth_mm"]), float(data["diameter_mm"])
        )
