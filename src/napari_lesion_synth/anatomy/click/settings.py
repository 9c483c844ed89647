"""What a segmentation by clicks may be told."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ClickSettings"]


class ClickSettings(BaseModel):
    """How far an organ is followed from a click, and how its capsule is drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tolerance: float = Field(
        2.5,
        ge=1,
        le=6,
        description="How much the organ's HU may vary, in standard deviations of the tissue round "
        "the click. Raise it where even parts are missed; lower it where neighbours are taken in.",
    )
    neck_mm: float = Field(
        10.0,
        ge=2,
        le=30,
        description="The organ is not followed through a passage of less than this radius in mm. "
        "Raise it where the mask runs into a neighbour; lower it where a thin lobe is missed.",
    )
    tip_mm: float = Field(
        5.0,
        ge=0,
        le=30,
        description="How far in mm thin edges and tips are followed beyond the parts that are "
        "thicker than a neck.",
    )
    vessel_mm: float = Field(
        5.0,
        ge=0,
        le=15,
        description="Bright vessels up to this radius in mm count as part of the organ that "
        "surrounds them.",
    )
    smooth_mm: float = Field(
        2.0,
        ge=0.5,
        le=6,
        description="Smoothing of the capsule: standard deviation in mm.",
    )
    cell_mm: float = Field(
        2.5,
        ge=1,
        le=6,
        description="The CT is averaged over cells of about this size in mm, and the organ found "
        "in these. Smaller cells take longer: half the size, eight times the time.",
    )
