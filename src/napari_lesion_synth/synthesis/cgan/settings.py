"""Settings of a generator's training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from napari_lesion_synth.training.settings import TrainingSettings

__all__ = ["FEWEST_LESIONS", "GanSettings"]

FEWEST_LESIONS = 15
"""With fewer lesions nothing can be learnt that the other methods do not do better."""

_WIDTHS = {2: 32, 3: 16}
_BATCHES = {2: 16, 3: 6}


class GanSettings(TrainingSettings):
    """How a generator is trained."""

    mode: Literal["residual", "cgan", "dcgan"] = Field(
        "residual",
        title="Mode",
        description="residual: learns what the sigmoid model lacks, in the host's own context "
        "(recommended). cgan: from noise and the zone to a patch that is blended in. dcgan: the "
        "same without the zone.",
    )
    steps: int = Field(
        1500,
        ge=1,
        le=1_000_000,
        title="Steps",
        description="Optimisation steps. More take longer and, with few lesions, gain little.",
    )
    batch: int | None = Field(
        None,
        ge=2,
        le=256,
        title="Batch",
        description="Examples of each kind in one step. Empty: 16 slices or 6 volumes.",
    )
    learning_rate: float = Field(
        1e-3,
        gt=0,
        le=0.1,
        title="Learning rate",
        description="Of Adam, for the generator; the discriminator has the same.",
    )
    width: int | None = Field(
        None,
        ge=4,
        le=128,
        multiple_of=2,
        title="Width",
        description="Channels of the nets; twice the width, four times the work. Empty: 32 for "
        "slices, 16 for volumes.",
    )
    latent: int = Field(
        16, ge=1, le=256, title="Latent size", description="Numbers of noise that make a lesion."
    )
    grid: int | None = Field(
        None,
        ge=16,
        le=128,
        multiple_of=8,
        title="Grid",
        description="Voxels along a side of the training grid. Empty: 64 in slices, 32 in volumes.",
    )
    l1_weight: float = Field(
        4.0,
        ge=0,
        le=1000,
        title="Paired loss",
        description="Weight of the mean difference to the real lesion, where it was erased and "
        "is to be put back.",
    )
    adversarial_weight: float = Field(
        1.0,
        ge=0,
        le=1000,
        title="Adversarial loss",
        description="Weight of the discriminator's verdict.",
    )
    diversity: float = Field(
        0.4,
        ge=0,
        le=5,
        title="Diversity",
        description="How much lesions made of different noise at one place are to differ, relative "
        "to what real lesions show beyond the sigmoid model.",
    )
    r1_gamma: float = Field(
        1.0,
        ge=0,
        le=1000,
        title="R1",
        description="Weight of the penalty on the discriminator's gradient at real lesions: "
        "higher is steadier and blander.",
    )
    ema: float = Field(
        0.995,
        ge=0,
        lt=1,
        title="Averaging",
        description="The product is a running mean of the generator's weights; this much of it "
        "stays at each step.",
    )
    augment_target: float = Field(
        0.6,
        ge=0,
        le=1,
        title="Augmentation target",
        description="How sure the discriminator may be of real lesions before augmentation gets "
        "stronger; 0: turns and mirror images only.",
    )
    places: int = Field(
        512,
        ge=8,
        le=100_000,
        title="Healthy places",
        description="Places of the training CTs in which the generator practises.",
    )
    holdout: float = Field(
        0.15,
        ge=0,
        le=0.5,
        title="Held out",
        description="Part of the patients whose lesions are kept for validation, where enough "
        "lesions remain.",
    )
    fold: str = Field(
        "",
        max_length=80,
        title="Fold",
        description="Name of the training fold, for the record in the model.",
    )
    look_every: int = Field(
        250,
        ge=1,
        le=1_000_000,
        title="Look every",
        description="Steps between two strips of pictures and validations.",
    )
    fewest: int = Field(
        FEWEST_LESIONS,
        ge=2,
        le=1000,
        title="Fewest lesions",
        description="Lesions below which no generator is trained. Fewer than the usual number are "
        "learnt by heart: for experiments that are to show what comes of it.",
    )

    def width_for(self, dims: int) -> int:
        """Channels of the nets for slices (2) or volumes (3)."""
        return self.width or _WIDTHS[dims]

    def batch_for(self, dims: int) -> int:
        """Examples of each kind in one step, of slices (2) or volumes (3)."""
        return self.batch or _BATCHES[dims]
