"""How an eye and a tracker behave that are made up."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SimulationSettings"]


class SimulationSettings(BaseModel):
    """How the eye and the tracker behave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_hz: float = Field(250, gt=0, le=2000, title="Rate (Hz)", description="Samples a second.")
    noise_deg: float = Field(
        0.1,
        ge=0,
        le=5,
        title="Noise (degrees)",
        description="White noise of the tracker, as root mean square from sample to sample.",
    )
    drift_deg: float = Field(
        0.05, ge=0, le=1, title="Drift (degrees)", description="How far the resting eye wanders."
    )
    drift_s: float = Field(
        0.2, gt=0, le=10, title="Drift (s)", description="How long the wandering eye remembers."
    )
    offset_deg: tuple[float, float] = Field(
        (0.0, 0.0),
        title="Offset (degrees)",
        description="Constant error of the tracker, to the right and downwards.",
        json_schema_extra={"parts": ["right", "down"]},
    )
    fixation_s: float = Field(
        0.25, gt=0.05, le=5, title="Fixation (s)", description="Mean duration of a fixation."
    )
    fixation_spread: float = Field(
        0.4,
        ge=0,
        le=2,
        title="Spread of fixations",
        description="Standard deviation of the logarithm of their duration.",
    )
    shortest_s: float = Field(
        0.08, ge=0, le=1, title="Shortest fixation (s)", description="None is planned shorter."
    )
    smallest_saccade_deg: float = Field(
        1.0, ge=0, le=10, title="Smallest saccade (degrees)", description="None is made smaller."
    )
    centre_share: float = Field(
        0.2,
        ge=0,
        le=1,
        title="Centre bias",
        description="Share of fixations that go to the photo's middle, whatever is there.",
    )
    centre_spread: float = Field(
        0.15,
        gt=0,
        le=1,
        title="Width of the centre",
        description="Standard deviation of those, as a share of the photo's width and height.",
    )
    blinks_per_s: float = Field(
        0.2, ge=0, le=5, title="Blinks a second", description="How often people blink."
    )
    blink_s: float = Field(
        0.2, gt=0.06, le=0.45, title="Blink (s)", description="Median duration of a blink."
    )
    lid_s: float = Field(
        0.02,
        ge=0,
        le=0.1,
        title="Lid (s)",
        description="How long before and after a blink the lid pulls the position downwards.",
    )
    dropouts_per_s: float = Field(
        0.3, ge=0, le=50, title="Drop-outs a second", description="How often samples are lost."
    )
    dropout_s: float = Field(
        0.012, gt=0, le=1, title="Drop-out (s)", description="Mean duration of such a loss."
    )
