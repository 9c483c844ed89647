"""How a set is judged: the parameters of `score` and `review`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.selection.band import BandSettings

__all__ = ["ReviewSettings", "ScoreSettings"]


class ScoreSettings(BaseModel):
    """Which set to judge, and by what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="the generated set")
    autoencoder: Path | None = Field(
        None,
        description="auto-encoder (autoencoder.pt, made by train autoencoder); default: the one "
        "that comes with the program, which has seen simulated lesions only",
    )
    band: BandSettings = Field(BandSettings(), description="how wide the band is")
    real: Path | None = Field(
        None,
        description="donor library of real lesions to compare the set with; those of patients "
        "that the set descends from are taken for its training lesions, the others are held out",
    )
    seed: int = Field(0, ge=0, description="root of all random choices")


class ReviewSettings(BaseModel):
    """Verdicts to give or to take back, and what to tell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="the generated set")
    accept: tuple[str, ...] = Field(
        (), description="lesions to accept: an id, or a pattern such as lesion_0001*"
    )
    reject: tuple[str, ...] = Field((), description="lesions to reject: an id, or a pattern")
    reason: str = Field("", description="why, for all lesions of this command")
    undo: int = Field(
        0, ge=0, description="steps of this reviewer to take back, the last one first"
    )
    reviewer: str | None = Field(
        None, description="who judges; default: the name of the user who is logged in"
    )

    @model_validator(mode="after")
    def _one_thing(self) -> ReviewSettings:
        if self.undo and (self.accept or self.reject):
            raise ValueError("give verdicts or take them back, not both at once")
        if self.reason and not (self.accept or self.reject):
            raise ValueError("a reason belongs to lesions to accept or reject; none is given")
        return self
