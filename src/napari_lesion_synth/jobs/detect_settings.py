"""What a detection is asked for: the parameters of `detect`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["DetectJob", "DetectSettings"]


class DetectSettings(BaseModel):
    """How lesions are sought, and what is kept of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path | None = Field(
        None,
        title="Detector",
        description="detector (detector.pt, made by train detector); or findings of another one: "
        "a CSV table, or a detection map (NIfTI) of a single CT; default: the detector that comes "
        "with the program, which has learnt from simulated CTs alone",
    )
    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Threshold",
        description="findings below this score are not kept; 0 keeps all, as evaluation needs; "
        "default: the detector's own, or 0",
    )
    dicom: bool = Field(
        False,
        title="DICOM",
        description="write a DICOM segmentation too, for CTs that are folders of DICOM files "
        "(extra dicom)",
    )
    device: str = Field(
        "auto", title="Device", description="auto (a GPU where there is one), cpu, cuda or cuda:1"
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        title="Threads",
        description="threads of one operation on the CPU; default: the cores of this machine",
    )


class DetectJob(BaseModel):
    """CTs to find lesions in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[CaseFiles, ...] = Field((), description="CTs, each with its organ's mask")
    out: Path = Field(description="output folder; each CT gets a folder in it")
    settings: DetectSettings = Field(description="how")
