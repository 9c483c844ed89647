"""Parameters of the sigmoid model."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from napari_lesion_synth.synthesis.base import MethodParams
from napari_lesion_synth.synthesis.kinds import COMPOSITIONS, LesionKind
from napari_lesion_synth.synthesis.lesion_prior import LIMITS, MEDIAN

__all__ = ["SigmoidParams"]

_Angle = Annotated[float, Field(ge=-360, le=360)]
_Half = Annotated[float, Field(ge=-0.5, le=0.5)]
_Harmonic = Annotated[float, Field(ge=-2, le=2)]
_USUAL_HU = MEDIAN["delta_hu"]
_LARGEST_HU = LIMITS["delta_hu"][1]


class SigmoidParams(MethodParams):
    """What `Sigmoid` draws; the lesion's diameter is the site's."""

    delta_hu: float = Field(
        -_USUAL_HU,
        ge=-300,
        le=600,
        title="Contrast (HU)",
        description="Contrast: HU of the lesion's body above (below, if negative) the parenchyma.",
        json_schema_extra={"usual": [-_LARGEST_HU, _LARGEST_HU], "step": 1},
    )
    edge_mm: float = Field(
        1.2,
        ge=0.1,
        le=8,
        title="Edge (mm)",
        description="Width w of the sigmoid edge in mm; from 10 to 90 % of the contrast it rises "
        "over 4.39 w.",
        json_schema_extra={"usual": list(LIMITS["edge_mm"]), "step": 0.1},
    )
    kind: LesionKind = Field(
        LesionKind.HYPODENSE,
        title="Kind",
        description="How the lesion is composed: hypodense, hyperdense, ring-enhancing, "
        "necrotic-core or calcified.",
    )
    irregularity: float = Field(
        0.10,
        ge=0,
        le=0.4,
        title="Irregularity",
        description="How far the outline leaves the ellipsoid: RMS of the radius, relative.",
        json_schema_extra={"step": 0.01},
    )
    elongation: float = Field(
        1.3,
        ge=1,
        le=4,
        title="Elongation",
        description="Longest over shortest axis; the middle one lies between.",
        json_schema_extra={"usual": list(LIMITS["elongation"]), "step": 0.05},
    )
    rotation_deg: tuple[_Angle, _Angle, _Angle] = Field(
        (0.0, 0.0, 0.0),
        title="Rotation (°)",
        description="Turns about the z, y and x axis, in degrees, in this order.",
        json_schema_extra={"parts": ["z", "y", "x"], "step": 5},
    )
    offset_voxels: tuple[_Half, _Half, _Half] = Field(
        (0.0, 0.0, 0.0),
        title="Offset (voxels)",
        description="Shift of the lesion's centre from the site's voxel, in voxels (z, y, x).",
        json_schema_extra={"parts": ["z", "y", "x"], "step": 0.05},
    )
    texture_hu: float = Field(
        4.0,
        ge=0,
        le=60,
        title="Texture (HU)",
        description="Standard deviation in HU of the texture inside the lesion, besides the "
        "host's noise.",
        json_schema_extra={"usual": list(LIMITS["texture_hu"]), "step": 0.5},
    )
    texture_mm: float = Field(
        2.0,
        ge=0.5,
        le=20,
        title="Texture (mm)",
        description="Scale of the texture in mm: standard deviation of its blur.",
        json_schema_extra={"usual": list(LIMITS["texture_mm"]), "step": 0.1},
    )
    shape_seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Shape seed",
        description="Seed of the outline, the texture and the grains.",
    )
    outline: tuple[_Harmonic, ...] = Field(
        (),
        max_length=48,
        title="Outline",
        description="Harmonics of a real lesion's outline (48; in a single slice 12), scaled to "
        "the irregularity; empty: drawn from shape_seed.",
    )
    host_structure: float = Field(
        0.15,
        ge=0,
        le=1,
        title="Host vessels",
        description="How much of the host's vessels shows through the lesion: 1 keeps them, 0 "
        "replaces them. Noise is kept either way.",
        json_schema_extra={"step": 0.05},
    )
    feature_hu: float | None = Field(
        None,
        ge=-300,
        le=2000,
        title="Feature (HU)",
        description="HU of the kind's feature: of the ring above the parenchyma, of the necrotic "
        "core or the calcified grains above the lesion's body. Empty: as usual for the kind.",
        json_schema_extra={"usual": [-100, 600], "step": 5},
    )
    feature_size: float | None = Field(
        None,
        ge=0.01,
        le=0.95,
        title="Feature size",
        description="Size of the feature: thickness of the ring or radius of the core as part of "
        "the radius, or part of the volume filled with grains. Empty: as usual for the kind.",
        json_schema_extra={"step": 0.01},
    )

    @field_validator("kind", mode="before")
    @classmethod
    def _by_any_name(cls, value: Any) -> Any:
        try:
            return LesionKind(value)
        except ValueError:
            return value  # pydantic's own message lists the kinds

    @model_validator(mode="before")
    @classmethod
    def _one_decides_the_other(cls, data: Any) -> Any:
        """A contrast alone decides between dark and bright, and a kind alone the sign."""
        if not isinstance(data, dict) or ("kind" in data) == ("delta_hu" in data):
            return data
        try:
            if "kind" in data:
                sign = COMPOSITIONS[LesionKind(data["kind"])].sign
                return {**data, "delta_hu": sign * _USUAL_HU}
            bright = float(data["delta_hu"]) > 0
        except (TypeError, ValueError):
            return data  # the fields' own checks say what is wrong
        return {**data, "kind": LesionKind.HYPERDENSE if bright else LesionKind.HYPODENSE}

    @model_validator(mode="after")
    def _sign_fits_kind(self) -> SigmoidParams:
        if self.delta_hu * COMPOSITIONS[self.kind].sign < 0:
            side = "negative" if self.delta_hu > 0 else "positive"
            raise ValueError(
                f"a {self.kind.value} lesion cannot have delta_hu={self.delta_hu:g}: give a {side} "
                "one, or another kind"
            )
        return self
