"""Settings of the auto-encoder and its training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from napari_lesion_synth.training.settings import TrainingSettings

__all__ = ["LEAST_LESIONS", "NOT_LEARNT_FROM", "AutoEncoderSettings"]

LEAST_LESIONS = 15
"""Real lesions below which no auto-encoder is trained."""

NOT_LEARNT_FROM = {"device", "threads", "tensorboard"}
"""Settings that make no other training."""


class AutoEncoderSettings(TrainingSettings):
    """How the auto-encoder is built and trained."""

    dims: Literal["auto", "2", "3"] = Field(
        "auto",
        title="Dimensions",
        description="2 for single slices, 3 for volumes; auto: 2 if any lesion is a single slice.",
    )
    folds: int = Field(
        3,
        ge=2,
        le=10,
        title="Folds",
        description="Parts into which the patients are divided; each part is judged by a net that "
        "has not seen it.",
    )
    steps: int = Field(
        800,
        ge=1,
        le=100_000,
        title="Steps",
        description="Training steps of each fold's net.",
    )
    batch: int = Field(16, ge=1, le=256, title="Batch", description="Lesions in one training step.")
    latent: int = Field(
        16,
        ge=1,
        le=256,
        title="Bottleneck",
        description="Numbers through which a lesion has to pass; fewer make the nets stricter.",
    )
    width: Literal[0, 8, 16, 32, 64] = Field(
        0,
        title="Width",
        description="Channels of the first layer; deeper layers have up to four times as many. "
        "0: 16 for slices, 8 for volumes.",
    )
    rate: float = Field(
        2e-3, gt=0, le=0.1, title="Learning rate", description="Of Adam, falling to zero."
    )
    shift: int = Field(
        3,
        ge=0,
        le=8,
        title="Shift",
        description="Voxels by which a lesion is moved at most in training.",
    )
    fewest: int = Field(
        LEAST_LESIONS,
        ge=8,
        le=1000,
        title="Fewest lesions",
        description="Lesions below which no auto-encoder is trained: with fewer than the usual "
        "number, the band of usual errors is a guess.",
    )
