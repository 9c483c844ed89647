"""What a study of limits asks, and which change counts as none."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from napari_lesion_synth.perception.limits.dose import change_of_share
from napari_lesion_synth.perception.limits.quest import QuestGrid
from napari_lesion_synth.perception.transforms.registry import TRANSFORMS, get_transform

__all__ = ["Arm", "LimitSettings"]


class Arm(NamedTuple):
    """One direction of a transform, and the strongest magnitude that is tried."""

    transform: str
    end: float


class LimitSettings(BaseModel):
    """A study of how strong transforms may be."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    transforms: tuple[str, ...] = Field(
        ("rotate", "brightness", "saturation", "blur"),
        min_length=1,
        title="Transforms",
        description="Which are tried. Each takes some hundred answers in each direction.",
    )
    ends: dict[str, tuple[float, float]] = Field(
        default_factory=dict,
        title="Ends",
        description="Lowest and highest magnitude that is tried, by transform; others are tried "
        "over their plausible range.",
    )
    levels: int = Field(
        25,
        ge=5,
        le=100,
        title="Levels",
        description="Magnitudes between none and the strongest, in even steps.",
    )
    random_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.3,
        title="Random share",
        description="Share of trials with a level at random: they support the curve everywhere.",
        json_schema_extra={"step": 0.05},
    )
    margin_share: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.1,
        title="Margin",
        description="A change counts as none while the changed photo would be preferred in a share "
        "of choices that is no farther than this from one half.",
        json_schema_extra={"step": 0.01},
    )

    @field_validator("transforms")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in names if name not in TRANSFORMS]:
            raise ValueError(f"there is no transform {', '.join(unknown)}")
        if any(a == b for a, b in pairwise(sorted(names))):
            raise ValueError("a transform is named twice")
        return names

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for name, (low, high) in self.ends.items():
            if name not in self.transforms:
                raise ValueError(f"{name} has ends, and is not tried")
            definition = get_transform(name)
            if not definition.least <= low <= 0 <= high <= definition.most or low == high:
                raise ValueError(
                    f"the ends of {name} must lie on both sides of 0, or one at 0, within "
                    f"{definition.least:g} to {definition.most:g}"
                )
        return self

    @property
    def arms(self) -> tuple[Arm, ...]:
        """All directions of all transforms."""
        return tuple(
            Arm(name, end)
            for name in self.transforms
            for end in self.ends.get(name, get_transform(name).arms)
            if end != 0
        )

    @cached_property
    def grid(self) -> QuestGrid:
        """Levels, as shares of an arm, and points of change that are thought possible."""
        return QuestGrid.over(np.arange(1, self.levels + 1) / self.levels, "change")

    @property
    def margin(self) -> float:
        """The margin as a change in utility."""
        return change_of_share(0.5 + self.margin_share)
