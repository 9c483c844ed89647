"""Parameters of the learnt generator."""

from __future__ import annotations

from pydantic import Field

from napari_lesion_synth.synthesis.base import MethodParams
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

__all__ = ["CganParams"]

_LARGEST_HU = LIMITS["delta_hu"][1]


class CganParams(MethodParams):
    """What `Cgan` draws; the lesion's diameter is the site's."""

    model: str = Field(
        "",
        max_length=64,
        title="Model",
        description="Record, not a choice: which trained generator made the lesion.",
        json_schema_extra={"record": True},
    )
    delta_hu: float = Field(
        -MEDIAN["delta_hu"],
        ge=-300,
        le=600,
        title="Contrast (HU)",
        description="Contrast: HU of the lesion's body above (below, if negative) the parenchyma. "
        "A model that makes whole patches has its own.",
        json_schema_extra={"usual": [-_LARGEST_HU, _LARGEST_HU], "step": 1},
    )
    edge_mm: EdgeMm = 1.2
    irregularity: Irregularity = 0.10
    elongation: Elongation = 1.3
    rotation_deg: Rotation = (0.0, 0.0, 0.0)
    offset_voxels: Offset = (0.0, 0.0, 0.0)
    texture_hu: float = Field(
        4.0,
        ge=0,
        le=60,
        title="Texture (HU)",
        description="How mottled the lesion is to be: standard deviation in HU, besides the "
        "host's noise. The generator makes of it what it has learnt.",
        json_schema_extra={"usual": list(LIMITS["texture_hu"]), "step": 0.5},
    )
    strength: float = Field(
        1.0,
        ge=0,
        le=2,
        title="Strength",
        description="Factor on what the generator has learnt: 0 leaves the plain sigmoid model, 1 "
        "is as learnt.",
        json_schema_extra={"step": 0.1},
    )
    latent_seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Noise seed",
        description="Seed of the noise that the generator makes the lesion from.",
    )
    latent_seed_2: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Second noise seed",
        description="Seed of a second noise, to mix with the first.",
    )
    latent_mix: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Mix",
        description="How far from the first noise to the second: a walk from one lesion to "
        "another.",
        json_schema_extra={"step": 0.05},
    )
    sham: bool = Field(
        False,
        title="Sham",
        description="Record, not a choice: whether it is a sham, without the contrast, and with "
        "the finest part alone of what the generator makes.",
        json_schema_extra={"record": True},
    )
    shape_seed: ShapeSeed = 0
    outline: OutlineHarmonics = ()
    host_structure: HostStructure = 0.15
