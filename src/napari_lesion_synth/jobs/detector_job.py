"""What the training of a detector is asked for: the parameters of `train detector`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["DETECTOR_PT", "SPLIT_CSV", "DetectorFiles", "DetectorJob"]

DETECTOR_PT = "detector.pt"
"""The product, in the training's folder."""

SPLIT_CSV = "split.csv"
"""Each patient's part: train, validation or test; CTs, lesions, synthetic lesions."""


class DetectorFiles(BaseModel):
    """What a detector learns from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[CaseFiles, ...] = Field(
        description="real CTs with the organ's mask; those with labelled lesions are learnt from, "
        "the others are hosts"
    )
    sets: tuple[Path, ...] = Field(
        (), description="generated sets; their accepted lesions are learnt from"
    )
    donors: Path | None = Field(
        None,
        description="donor library for lesions made during the training; default: the lesions "
        "labelled in the CTs of training patients",
    )
    model: Path | None = Field(
        None,
        description="weights of a learnt generator, where the method cgan is used, or made the "
        "lesions of a set (for shams like them)",
    )
    validation: tuple[str, ...] = Field(
        (), description="patients on whom the best weights are chosen; default: some, by the seed"
    )
    test: tuple[str, ...] = Field(
        (), description="patients to keep out altogether, for an honest test"
    )
    hard_negatives: tuple[Path, ...] = Field(
        (),
        description="folders of detections in which findings were rejected; they are shown to "
        "the nets as healthy",
    )


class DetectorJob(BaseModel):
    """A training of a detector."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: DetectorFiles = Field(description="what to learn from")
    out: Path = Field(
        description="folder of the training: detector.pt, its state, metrics and pictures"
    )
    data: DataSettings = Field(DataSettings(), description="the mixture that is learnt from")
    settings: DetectorSettings = Field(DetectorSettings(), description="how")
