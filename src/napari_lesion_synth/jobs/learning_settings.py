"""What a training is asked for: the parameters of `train gan` and `train autoencoder`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.synthesis.cgan.settings import GanSettings

__all__ = ["AutoEncoderJob", "GanJob", "LessonFiles"]


class LessonFiles(BaseModel):
    """Where the real lesions are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[CaseFiles, ...] = Field(
        (), description="CTs: hosts to learn from, and lesions where they are labelled"
    )
    donors: Path | None = Field(
        None, description="donor library; default: the lesions labelled in the CTs"
    )
    hold_out: tuple[str, ...] = Field(
        (),
        description="patients to keep out of the training, for an honest test; their lesions "
        "are only looked at",
    )


class GanJob(BaseModel):
    """A training of the generator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lessons: LessonFiles = Field(description="what to learn from")
    out: Path = Field(
        description="folder of the training: generator.pt, its state, metrics and pictures"
    )
    settings: GanSettings = Field(GanSettings(), description="how")


class AutoEncoderJob(BaseModel):
    """A training of the auto-encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lessons: LessonFiles = Field(description="what to learn from")
    out: Path = Field(description="folder of the training: autoencoder.pt, its state and metrics")
    settings: AutoEncoderSettings = Field(AutoEncoderSettings(), description="how")
