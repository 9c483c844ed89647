"""Parameters of the sigmoid model."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from napari_lesion_synth.synthesis.base import MethodParams
from napari_lesion_synth.synthesis.kinds import COMPOSITIONS, LesionKind
from napari_lesion_synth.synthesis.lesion_prior import LIMITS, MEDIAN
from napari_lesion_synth.synthesis.outline_fields import (
    EdgeMm,
    Elongation,
    HostStructure,
    Irregularity,
    Offset,
    OutlineHarmonics,
    Rotation,
    ShapeSeed,
)

__all__ = ["SigmoidParams"]

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
    edge_mm: EdgeMm = 1.2
    kind: LesionKind = Field(
        LesionKind.HYPODENSE,
        title="Kind",
        description="How the lesion is composed: hypodense, hyperdense, ring-enhancing, "
        "necrotic-core or calcified.",
    )
    irregularity: Irregularity = 0.10
    elongation: Elongation = 1.3
    rotation_deg: Rotation = (0.0, 0.0, 0.0)
    offset_voxels: Offset = (0.0, 0.0, 0.0)
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
    shape_seed: ShapeSeed = 0
    outline: OutlineHarmonics = ()
    host_structure: HostStructure = 0.15
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
