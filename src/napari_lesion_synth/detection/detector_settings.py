"""Settings of a detector's training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from napari_lesion_synth.training.settings import TrainingSettings

__all__ = ["DetectorSettings"]


class DetectorSettings(TrainingSettings):
    """How a detector is trained."""

    kind: Literal["cascade", "single"] = Field(
        "cascade",
        title="Kind",
        description="cascade: candidates slice by slice, each verified in 3-D (recommended on "
        "CPUs). single: one net in 3-D (for GPUs).",
    )
    net: Literal["auto", "small", "lite"] = Field(
        "auto",
        title="Net",
        description="Net of the candidates. small: a U-Net. lite: its encoder starts from "
        "ImageNet (extra imagenet); better with few lesions, and about seven times as slow. "
        "auto: lite for single slices where it is installed, else small.",
    )
    steps: int = Field(
        1500,
        ge=1,
        le=1_000_000,
        title="Steps",
        description="Optimisation steps of the candidates' net; the same in every comparison.",
    )
    verifier_steps: int = Field(
        600,
        ge=1,
        le=1_000_000,
        title="Verifier steps",
        description="Optimisation steps of the net that verifies.",
    )
    scenes: int | None = Field(
        None,
        ge=1,
        le=100_000,
        title="Scenes",
        description="CTs with lesions in which candidates are sought for the verifier to learn "
        "from; false alarms among them are its hard negatives. Empty: 80 volumes or 400 slices.",
    )
    rate: float = Field(
        1e-3, gt=0, le=1, title="Learning rate", description="Largest step of the optimiser."
    )
    width: int | None = Field(
        None,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the first level of the candidates' net. Empty: the usual ones.",
    )
    holdout: float = Field(
        0.25,
        ge=0,
        le=0.9,
        title="Validation share",
        description="Share of the patients on whom the best weights are chosen and scores are "
        "calibrated, where no validation patients are named.",
    )
    patience: int | None = Field(
        None,
        ge=1,
        le=1000,
        title="Patience",
        description="Looks at the validation patients without gain after which training ends. "
        "Empty: all steps are done, and the best weights kept.",
    )
    look_every: int = Field(
        250, ge=1, le=100_000, title="Look every", description="Steps between two looks."
    )
    deterministic: bool = Field(
        False,
        title="Deterministic",
        description="On a GPU, use operations that give the same weights every time, where there "
        "are such; slower. A CPU always gives the same.",
    )
    workers: int = Field(
        1,
        ge=0,
        le=64,
        title="Workers",
        description="processes that make examples beside the training; what is learnt does not "
        "depend on it",
    )
