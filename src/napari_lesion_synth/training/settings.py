"""Settings that every training has."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TrainingSettings"]


class TrainingSettings(BaseModel):
    """Where a training is computed, and from which seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(
        0,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description="Seed of the first weights and of all that is drawn in training.",
    )
    device: str = Field(
        "auto",
        title="Device",
        description="auto (a GPU where there is one), cpu, cuda, cuda:1 or mps.",
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        title="Threads",
        description="Threads on the CPU. Empty: as many as there are cores; 1 is much faster "
        "where other programs keep the cores busy.",
    )
    tensorboard: bool = Field(
        False,
        title="TensorBoard",
        description="Write logs for TensorBoard too, which must be installed.",
    )
