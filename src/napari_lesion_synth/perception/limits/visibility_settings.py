"""What is asked of a reader, and the pictures that it takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from napari_lesion_synth.perception.limits.quest import QuestGrid

__all__ = ["LesionPictures", "VisibilitySettings", "VisibilityTrial"]


class LesionPictures(Protocol):
    """Makes what the reader sees."""

    def pair(
        self, diameter_mm: float, contrast_hu: float, seed: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The same place with a lesion and without.

        Parameters
        ----------
        diameter_mm : float
            Of the lesion.
        contrast_hu : float
            To the organ; negative for a dark lesion.
        seed : int
            Of the place and the lesion's shape; the same arguments give the same pictures.

        Returns
        -------
        with_lesion, without : ndarray of uint8, shape (height, width) or (height, width, 3)
        """
        ...


class VisibilitySettings(BaseModel):
    """What is asked of a reader."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    diameters_mm: tuple[Annotated[float, Field(ge=1, le=200)], ...] = Field(
        (5.0, 8.0, 12.0, 18.0, 27.0),
        min_length=1,
        max_length=20,
        title="Diameters (mm)",
        description="Sizes of the lesions, rising.",
    )
    contrasts_hu: tuple[
        Annotated[float, Field(gt=0, le=600)], Annotated[float, Field(gt=0, le=600)]
    ] = Field(
        (2.0, 100.0),
        title="Contrasts (HU)",
        description="Lowest and highest magnitude of the contrast that may be asked.",
        json_schema_extra={"parts": ["lowest", "highest"]},
    )
    levels: int = Field(
        25, ge=5, le=100, title="Levels", description="Contrasts between, by equal factors."
    )
    dark: bool = Field(
        True, title="Dark", description="Whether the lesions are darker than the organ."
    )
    trials_each: int = Field(
        40, ge=5, le=1000, title="Trials a size", description="Questions for each diameter."
    )
    task: Literal["2afc", "yes-no"] = Field(
        "2afc",
        title="Task",
        description="2afc: which of two pictures has it; yes-no: is it in this picture.",
    )
    empty_share: float = Field(
        0.3,
        ge=0.1,
        le=0.7,
        title="Empty pictures",
        description="Share of pictures without a lesion, in yes-no.",
    )
    share: float = Field(
        0.5,
        ge=0.1,
        le=0.95,
        title="Share",
        description="Share of lesions seen, beyond guessing, at the contrast that is reported. "
        "0.5 of two pictures: 75 % right, less half of the lapses.",
    )
    seed: int = Field(0, ge=0, le=2**32 - 1, title="Seed", description="Of every choice.")

    @field_validator("contrasts_hu")
    @classmethod
    def _a_range(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] >= value[1]:
            raise ValueError("the lowest contrast must lie below the highest")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(a >= b for a, b in pairwise(self.diameters_mm)):
            raise ValueError("diameters must grow from one to the next")
        return self

    @property
    def sha256(self) -> str:
        """Identity of the settings."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def contrasts(self) -> NDArray[np.float64]:
        """Magnitudes that may be asked, shape (levels,)."""
        return np.geomspace(*self.contrasts_hu, self.levels)

    @property
    def grid(self) -> QuestGrid:
        """Contrasts that may be asked, and thresholds that are thought possible."""
        return QuestGrid.over(self.contrasts, self.task)

    @property
    def trials(self) -> int:
        """Questions of all sizes together."""
        return self.trials_each * len(self.diameters_mm)


@dataclass(frozen=True, slots=True)
class VisibilityTrial:
    """One question.

    Parameters
    ----------
    number : int
        From 0.
    diameter_mm : float
        Of the lesion.
    contrast_hu : float
        As asked for, negative for dark lesions; 0 where there is none.
    place : int
        Where the lesion is: 0 for the left or first picture, 1 for the other; in yes-no, 1 where
        there is a lesion.
    seed : int
        For `LesionPictures.pair`.
    """

    number: int
    diameter_mm: float
    contrast_hu: float
    place: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> VisibilityTrial:
        """Read back what `to_json` made."""
        return cls(**content)
