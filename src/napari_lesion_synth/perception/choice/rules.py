"""Rules of the choice, fixed before the study."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ChooserRules"]


class ChooserRules(BaseModel):
    """How the next pair is chosen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["values", "information", "balanced", "random"] = Field(
        "values",
        title="Pairs by",
        description="values: the pair whose answer is expected to narrow the values from 0 to 1 "
        "most. information: the one that is expected to tell most about all utilities; better "
        "where only the order counts. balanced: photos shown least often, paired at random. "
        "random: any pair, all as likely.",
    )
    random_share: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Random pairs",
        description="Share of trials with a pair at random: a check of the model that the choice "
        "has no part in.",
    )
    connect_first: bool = Field(
        True,
        title="Connect first",
        description="Begin with random pairs that join photos which nothing connects yet, until "
        "every photo is connected with every other.",
    )
    rest: int = Field(
        1,
        ge=0,
        le=20,
        title="Rest",
        description="Trials for which a photo rests after a participant has seen it. The pair "
        "just seen is never asked again at once, whatever this is.",
    )
    exposure: float = Field(
        2.0,
        ge=1,
        le=100,
        title="Exposure cap",
        description="No photo is shown more than this many times as often as the average photo, "
        "and twice.",
    )
    sequential_up_to: int = Field(
        300,
        ge=2,
        le=100_000,
        title="One by one up to",
        description="Up to this many photos each pair is chosen after the last answer; above, "
        "in batches of half as many pairs as photos.",
    )
