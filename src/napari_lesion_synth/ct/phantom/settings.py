"""Everything that a phantom can be told, in one model."""

from __future__ import annotations

from typing import Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.faults import faults_text

__all__ = ["PhantomSettings", "Phase"]

Phase: TypeAlias = Literal["portal", "arterial", "noncontrast"]

_CONTRAST: dict[str, tuple[float, float]] = {
    "portal": (-70.0, -15.0),
    "arterial": (-50.0, -12.0),
    "noncontrast": (-32.0, -8.0),
}


class PhantomSettings(BaseModel):
    """What the simulated patient and scan are like."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lesions: int = Field(6, ge=0, le=500, description="Number of lesions in the liver.")
    spacing: tuple[float, float, float] = Field(
        (2.5, 1.0, 1.0), description="Voxel size in mm, (z, y, x)."
    )
    slices: int | None = Field(
        None, ge=1, le=400, description="Number of slices; by default enough for the whole liver."
    )
    center_mm: float = Field(
        0.0,
        ge=-100,
        le=100,
        description="Height of the middle slice above the porta hepatis in mm.",
    )
    fov_mm: float = Field(
        370.0, ge=320, le=520, description="Width and height of the square slices in mm."
    )
    phase: Phase = Field("portal", description="Phase of contrast enhancement.")
    noise_hu: float = Field(
        18.0, ge=0, le=80, description="Standard deviation of the noise inside the liver in HU."
    )
    rim_fraction: float = Field(
        0.5, ge=0, le=1, description="Share of the lesions that lie at the capsule."
    )
    diameter_mm: tuple[float, float] = Field(
        (6.0, 30.0), description="Smallest and largest lesion diameter in mm."
    )
    delta_hu: tuple[float, float] | None = Field(
        None,
        description="Range of the lesions' contrast to the liver in HU; by default the phase's.",
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        if not all(0.3 <= s <= 10 for s in self.spacing):
            raise ValueError("spacing must lie between 0.3 and 10 mm on every axis")
        if not 3 <= self.diameter_mm[0] <= self.diameter_mm[1] <= 80:
            raise ValueError("diameter_mm must be an ascending pair between 3 and 80 mm")
        if not -150 <= self.contrast[0] <= self.contrast[1] <= 150:
            raise ValueError("delta_hu must be an ascending pair between -150 and 150 HU")
        return self

    @property
    def contrast(self) -> tuple[float, float]:
        """Range of contrast in HU: `delta_hu`, or that of hypovascular metastases."""
        return self.delta_hu or _CONTRAST[self.phase]

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """Build the model.

        Raises
        ------
        ParameterError
            If a setting is unknown or outside its range; the message names it.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise ParameterError(
                f"phantom setting {faults_text(error, whole='all', most=1)}",
                remedy=f"Settings are: {', '.join(cls.model_fields)}",
            ) from error
