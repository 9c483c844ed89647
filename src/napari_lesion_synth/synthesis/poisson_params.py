"""Parameters of Poisson blending."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from napari_lesion_synth.synthesis.base import MethodParams

__all__ = ["PoissonParams"]

_Angle = Annotated[float, Field(ge=-360, le=360)]
_Half = Annotated[float, Field(ge=-0.5, le=0.5)]


class PoissonParams(MethodParams):
    """What `Poisson` draws; the lesion's diameter is the site's."""

    rotation_deg: tuple[_Angle, _Angle, _Angle] = Field(
        (0.0, 0.0, 0.0),
        title="Rotation (°)",
        description="Turns of the donor about the z, y and x axis, in degrees, in this order. "
        "Where the donor is aligned with the capsule, the first one turns it about the "
        "capsule's normal and the others are not used.",
        json_schema_extra={"parts": ["z", "y", "x"], "step": 5},
    )
    mirror: bool = Field(
        False,
        title="Mirror left to right",
        description="Mirror the donor left to right before it is turned.",
    )
    scale: float | None = Field(
        None,
        ge=0.1,
        le=10,
        title="Scale",
        description="Size of the lesion over the donor's own. Empty: the site's diameter.",
        json_schema_extra={"usual": [0.5, 2], "step": 0.05},
    )
    offset_voxels: tuple[_Half, _Half, _Half] = Field(
        (0.0, 0.0, 0.0),
        title="Offset (voxels)",
        description="Shift of the lesion's centre from the site's voxel, in voxels (z, y, x).",
        json_schema_extra={"parts": ["z", "y", "x"], "step": 0.05},
    )
    align_capsule: bool = Field(
        True,
        title="Turn to the capsule",
        description="Turn a donor from the rim so that its capsule side faces the capsule, at "
        "sites at the rim.",
    )
    margin_mm: float = Field(
        3.0,
        ge=0,
        le=15,
        title="Margin (mm)",
        description="The donor's own surroundings that are blended in with it, so that its edge "
        "survives, in mm.",
        json_schema_extra={"step": 0.5},
    )
    contrast_transfer: Literal["difference", "ratio"] = Field(
        "difference",
        title="Contrast as",
        description="How contrast passes between CTs of different phases: the same difference to "
        "the parenchyma in HU, or the same ratio.",
    )
    contrast_gain: float = Field(
        1.0,
        ge=0.1,
        le=4,
        title="Contrast factor",
        description="Factor on the donor's contrast to its parenchyma.",
        json_schema_extra={"usual": [0.5, 2], "step": 0.05},
    )
    mixed_gradients: bool = Field(
        False,
        title="Keep host vessels",
        description="Let the host's vessels run through the lesion.",
    )
    match_noise: bool = Field(
        True,
        title="Match noise",
        description="Give the donor the host's noise: resampling takes its own away, and another "
        "scanner's looks foreign.",
    )
    capsule_mm: float = Field(
        2.5,
        ge=0,
        le=5,
        title="Capsule (mm)",
        description="Organ voxels this near to the capsule hold a share of fat: they give no "
        "boundary values, and the lesion changes the organ's share of them only.",
        json_schema_extra={"step": 0.5},
    )
    mean_offset: bool = Field(
        False,
        title="Mean offset",
        description="Record, not a choice: some part of the lesion had no organ beside it and was "
        "fitted to its host by a mean offset.",
        json_schema_extra={"record": True},
    )
