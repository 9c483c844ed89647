"""What an evaluation is asked for: the parameters of `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["EvaluateJob", "EvaluateSettings", "FindingsFiles"]


class EvaluateSettings(BaseModel):
    """Which findings count, and how strictly the test is looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Threshold",
        description="score from which findings count, where one threshold is needed (strata, "
        "CTs, patients); default: the detector's own, or all findings. The curve needs none",
    )
    rate: float | None = Field(
        None,
        ge=0,
        le=1000,
        title="Rate",
        description="in place of a threshold: the one that gives so many false alarms per CT on "
        "these same CTs, which flatters",
    )
    strict: bool = Field(
        False,
        title="Strict",
        description="refuse a test unless it is known that nothing of the tested patients stands "
        "behind the detector; without it, a leak is told",
    )
    split: bool = Field(
        False, title="Split", description="part labels that are two lesions grown together"
    )
    pictures: int = Field(
        3,
        ge=0,
        le=50,
        title="Pictures",
        description="CTs that the report shows, those with most misses and false alarms first",
    )
    seed: int = Field(0, ge=0, title="Seed", description="of the draws of patients")
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

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.threshold is not None and self.rate is not None:
            raise ValueError("a threshold and a rate are given: one of them has to be chosen")
        return self


class FindingsFiles(BaseModel):
    """Findings that are there already."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="what they are called in tables and plots")
    files: tuple[Path, ...] = Field(
        min_length=1,
        description="a folder that detect wrote or a table, of all CTs; or a file for each CT",
    )


class EvaluateJob(BaseModel):
    """Findings and the truth that they are held against."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[CaseFiles, ...] = Field(
        (),
        description="CTs with their organs and lesions; one without a file of lesions, beside "
        "others that have one, is a healthy CT",
    )
    findings: tuple[FindingsFiles, ...] = Field(
        (),
        description="folder that detect wrote; or findings of any other detector: a CSV table, or "
        "detection maps (NIfTI)",
    )
    detectors: tuple[str, ...] = Field(
        (),
        description="detector (detector.pt) that searches the CTs first; shipped: the one that "
        "comes with the program, which is taken where neither this nor findings are given",
    )
    out: Path = Field(description="output folder: report, tables, curve, and findings")
    rule: HitRule = Field(HitRule(), description="what a hit is")
    settings: EvaluateSettings = Field(EvaluateSettings(), description="how")
