"""How answers become utilities: the settings that are recorded with every result."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ScalingSettings"]


class ScalingSettings(BaseModel):
    """Model of an answer to "which of the two?"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Literal["thurstone", "bradley-terry"] = Field(
        "thurstone",
        title="Model",
        description="Noise of a comparison: thurstone (case V): normal, with a standard deviation "
        "of 1, so that utilities are in its units. bradley-terry: logistic.",
    )
    ties: Literal["model", "half"] = Field(
        "model",
        title="Ties",
        description="model: a tie is an outcome of its own, likeliest between equals (thurstone: "
        "a threshold; bradley-terry: Davidson). half: half a win for each.",
    )
    lapse: Annotated[float, Field(ge=0, lt=1)] | Literal["estimated"] = Field(
        0.02,
        title="Lapse rate",
        description="Share of answers given without looking, either side as likely: "
        "0 to below 1, or estimated from the answers.",
    )
    side_bias: bool = Field(
        False,
        title="Side bias",
        description="Estimate how much the left side is preferred, and take it out.",
    )
    spread: float = Field(
        1.0,
        gt=0,
        le=20,
        title="Spread",
        description="Standard deviation of utilities between photos that is expected before any "
        "answer, in units of the comparison's noise. It keeps few answers from saying too much.",
    )
