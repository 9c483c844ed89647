"""Parameters that every method with a drawn outline has, described once."""

from __future__ import annotations

from typing import Annotated, Protocol

from pydantic import Field

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.lesion_prior import LIMITS

__all__ = [
    "EdgeMm",
    "Elongation",
    "HostStructure",
    "Irregularity",
    "Offset",
    "OutlineHarmonics",
    "OutlineParams",
    "Rotation",
    "ShapeSeed",
]

_Angle = Annotated[float, Field(ge=-360, le=360)]
_Half = Annotated[float, Field(ge=-0.5, le=0.5)]
_Harmonic = Annotated[float, Field(ge=-2, le=2)]

EdgeMm = Annotated[
    float,
    Field(
        ge=0.1,
        le=8,
        title="Edge (mm)",
        description="Width w of the sigmoid edge in mm; from 10 to 90 % of the contrast it rises "
        "over 4.39 w.",
        json_schema_extra={"usual": list(LIMITS["edge_mm"]), "step": 0.1},
    ),
]
Irregularity = Annotated[
    float,
    Field(
        ge=0,
        le=0.4,
        title="Irregularity",
        description="How far the outline leaves the ellipsoid: RMS of the radius, relative.",
        json_schema_extra={"step": 0.01},
    ),
]
Elongation = Annotated[
    float,
    Field(
        ge=1,
        le=4,
        title="Elongation",
        description="Longest over shortest axis; the middle one lies between.",
        json_schema_extra={"usual": list(LIMITS["elongation"]), "step": 0.05},
    ),
]
Rotation = Annotated[
    tuple[_Angle, _Angle, _Angle],
    Field(
        title="Rotation (°)",
        description="Turns about the z, y and x axis, in degrees, in this order.",
        json_schema_extra={"parts": ["z", "y", "x"], "step": 5},
    ),
]
Offset = Annotated[
    tuple[_Half, _Half, _Half],
    Field(
        title="Offset (voxels)",
        description="Shift of the lesion's centre from the site's voxel, in voxels (z, y, x).",
        json_schema_extra={"parts": ["z", "y", "x"], "step": 0.05},
    ),
]
ShapeSeed = Annotated[
    int,
    Field(
        ge=0,
        le=2**32 - 1,
        title="Shape seed",
        description="Seed of the outline, the texture and the grains.",
    ),
]
OutlineHarmonics = Annotated[
    tuple[_Harmonic, ...],
    Field(
        max_length=48,
        title="Outline",
        description="Harmonics of a real lesion's outline (48; in a single slice 12), scaled to "
        "the irregularity; empty: drawn from shape_seed.",
    ),
]
HostStructure = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        title="Host vessels",
        description="How much of the host's vessels shows through the lesion: 1 keeps them, 0 "
        "replaces them. Noise is kept either way.",
        json_schema_extra={"step": 0.05},
    ),
]


class OutlineParams(Protocol):
    """What an outline is drawn from; see `painting.outline_of`."""

    @property
    def irregularity(self) -> float:
        """RMS of the relative radius."""
        ...

    @property
    def elongation(self) -> float:
        """Longest over shortest axis."""
        ...

    @property
    def rotation_deg(self) -> Triple:
        """About z, y and x."""
        ...

    @property
    def offset_voxels(self) -> Triple:
        """Shift from the site's voxel."""
        ...

    @property
    def outline(self) -> tuple[float, ...]:
        """Harmonics; empty: from `shape_seed`."""
        ...

    @property
    def shape_seed(self) -> int:
        """Seed of the outline."""
        ...
