"""Settings of the mixture that a detector learns from."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["SETS", "SHAM", "DataSettings"]

SETS = "sets"
"""Among the methods: the accepted lesions of generated sets."""

SHAM = 0.15
"""Share of shams beside synthetic lesions, where none is asked for."""

Diameter = Annotated[float, Field(gt=0, le=200)]
Count = Annotated[int, Field(ge=1, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class DataSettings(BaseModel):
    """What the examples of a step are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    synthetic: Share = Field(
        0.5,
        title="Synthetic share",
        description="Share of synthetic lesions among the examples with a lesion; the others "
        "show real ones. 0: real lesions alone, and no shams unless they are asked for.",
        json_schema_extra={"step": 0.05},
    )
    healthy: Share = Field(
        0.3,
        title="Healthy share",
        description="Share of examples of healthy tissue.",
        json_schema_extra={"step": 0.05},
    )
    sham: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Sham share",
        description="Share of examples with healthy tissue put in as a lesion would be, and "
        "labelled healthy: so the seam is not learnt. Empty: 0.15 beside synthetic lesions; "
        "without them none, and as much more healthy tissue.",
        json_schema_extra={"step": 0.05},
    )
    methods: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default={"poisson": 1.0, "sigmoid": 1.0, SETS: 2.0},
        min_length=1,
        description="where synthetic lesions come from, each with the weight of its share: "
        "methods, which make new ones all the time, and sets, the accepted lesions of generated "
        "sets; what needs donors or sets is left out where there are none",
    )
    diameter_mm: tuple[Diameter, Diameter] = Field(
        (5.0, 30.0),
        title="Diameter (mm)",
        description="Smallest and largest diameter of new lesions in mm; small ones are drawn "
        "more often (evenly on a logarithmic scale).",
        json_schema_extra={"parts": ["smallest", "largest"]},
    )
    rim: Share = Field(
        0.5,
        title="Share at the rim",
        description="Share of new lesions at the organ's rim.",
        json_schema_extra={"step": 0.05},
    )
    per_scene: tuple[Count, Count] = Field(
        (1, 3),
        title="Lesions a scene",
        description="Fewest and most synthetic lesions that share one copy of a CT.",
        json_schema_extra={"parts": ["fewest", "most"]},
    )
    reuse: int = Field(
        4,
        ge=1,
        le=1000,
        title="Reuse",
        description="Steps in which a scene is shown, each time another part of it, turned and "
        "changed anew, before it is made anew.",
    )
    batch: int = Field(8, ge=1, le=1024, title="Batch", description="Examples in one step.")
    side: int = Field(
        128,
        ge=16,
        le=1024,
        multiple_of=16,
        title="Side",
        description="Pixels of an example's side.",
        json_schema_extra={"step": 16},
    )
    slices: int = Field(
        1,
        ge=1,
        le=512,
        title="Slices",
        description="Slices of an example. 1: a slice with its neighbours, for the net of the "
        "candidates; more: a volume, for the single stage.",
    )
    flips: bool = Field(
        True, title="Turn", description="Mirror examples and turn them by quarter turns."
    )
    zoom: float = Field(
        0.15,
        ge=0,
        le=0.4,
        title="Zoom",
        description="Logarithm of the largest change of size, either way; half of the examples "
        "keep theirs, and with it their noise.",
        json_schema_extra={"step": 0.05},
    )
    shift_hu: float = Field(
        8.0,
        ge=0,
        le=200,
        title="Shift (HU)",
        description="Standard deviation of the change of level, in HU.",
    )
    gain: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Gain",
        description="Standard deviation of the logarithm of the change of contrast.",
        json_schema_extra={"step": 0.05},
    )
    noise_hu: float = Field(
        6.0, ge=0, le=200, title="Noise (HU)", description="Most noise that is added, in HU."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, (low, high) in (("diameter", self.diameter_mm), ("number", self.per_scene)):
            if low > high:
                raise ValueError(f"the smallest {name}, {low:g}, exceeds the largest, {high:g}")
        sham = SHAM if self.sham is None else self.sham
        if self.healthy + sham > 1:
            raise ValueError(
                f"healthy examples ({self.healthy:g}) and shams ({sham:g}) are more than all"
            )
        return self

    @property
    def sham_share(self) -> float:
        """Share of shams: as asked for, or as goes with the synthetic lesions."""
        if self.sham is not None:
            return self.sham
        return SHAM if self.synthetic > 0 else 0.0

    @property
    def healthy_share(self) -> float:
        """Share of healthy tissue, and of what would have been shams."""
        return self.healthy + (SHAM - self.sham_share if self.sham is None else 0.0)

    @property
    def varied(self) -> bool:
        """Whether an example that is shown again looks different."""
        return self.flips or max(self.zoom, self.shift_hu, self.gain, self.noise_hu) > 0

    def for_volumes(self) -> DataSettings:
        """The same for a net of volumes: fewer, smaller examples of many slices."""
        return self.model_copy(update={"slices": 32, "side": 96, "batch": max(1, self.batch // 4)})
