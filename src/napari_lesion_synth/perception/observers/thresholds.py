"""A participant with a known threshold: sees what is above it, and not what is below.

The psychometric functions are written out here once more, so that a mistake in those of the
estimate is not hidden by the same mistake in the person.
"""

from __future__ import annotations

from math import exp
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ThresholdObserver"]


class ThresholdObserver(BaseModel):
    """Someone who answers by a Weibull function of the level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(
        gt=0, title="Threshold", description="Level that decides 63 % of the answers."
    )
    slope: float = Field(3.0, gt=0, le=100, title="Slope", description="Of the Weibull function.")
    lapse: float = Field(
        0.02,
        ge=0,
        le=0.5,
        title="Lapses",
        description="Share of wrong answers however high the level is.",
    )
    task: Literal["2afc", "yes-no", "change"] = Field(
        "2afc",
        title="Task",
        description="2afc: which of two has it; yes-no: is it there; change: which is better, the "
        "original or the changed one.",
    )
    false_alarms: float = Field(
        0.0, ge=0, le=0.5, title="False alarms", description="Share of yes where nothing is."
    )
    better: bool = Field(
        False, title="Better", description="Whether the change makes it better, not worse."
    )

    def chance(self, level: float) -> float:
        """P(right), P(yes) or P(original) at a level."""
        share = 1 - exp(-((level / self.threshold) ** self.slope))
        if self.task == "yes-no":
            return self.false_alarms + (1 - self.lapse - self.false_alarms) * share
        if self.task == "change" and self.better:
            return 0.5 - (0.5 - self.lapse) * share
        return 0.5 + (0.5 - self.lapse) * share

    def answer(self, level: float, rng: np.random.Generator) -> bool:
        """Whether the answer is right, yes, or for the original."""
        return bool(rng.random() < self.chance(level))
