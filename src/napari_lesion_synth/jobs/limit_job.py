"""What a detection-limit map is asked for: the parameters of `limit-map`."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["LimitDetector", "LimitJob"]


class LimitDetector(BaseModel):
    """Who searches the copies of the CT."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: Path | None = Field(
        None,
        title="Detector",
        description="detector (detector.pt, made by train detector); default: the one that comes "
        "with the program, which has learnt from simulated CTs alone",
    )
    command: str | None = Field(
        None,
        title="Command",
        description="in place of a detector of this program, a command that searches one CT: {ct} "
        "and {organ} stand for NIfTI files that it is given; it writes a table of findings (CSV) "
        "to {out}, or a detection map (NIfTI) to {map}. It is run as it stands, without a shell",
    )
    timeout_s: float = Field(
        600.0,
        gt=0,
        le=86400,
        title="Patience (s)",
        description="seconds that the command may take for one CT",
    )
    export: bool = Field(
        False,
        title="Export",
        description="search nothing; write the copies as NIfTI and a list of them, for a detector "
        "that is run by hand",
    )
    findings: Path | None = Field(
        None,
        title="Findings",
        description="findings of that detector: a table (CSV) with a column patient that names "
        "the copies, or a folder with a table or map for each, named like the copy",
    )
    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Threshold",
        description="score from which a finding counts; default: the detector's own, or all "
        "findings. A finished map is told anew at another one without a new search",
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

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        names = ("detector", "command", "export", "findings")
        given = [name for name in names if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} exclude each other: give one of them")
        return self


class LimitJob(BaseModel):
    """A detection-limit map."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[CaseFiles, ...] = Field(
        (), description="CTs with their organs, and their lesions where they have any"
    )
    out: Path = Field(description="output folder: map, tables, report; and what a later run needs")
    donors: Path | None = Field(
        None,
        description="donor library for methods that transplant; default: the lesions labelled in "
        "the CTs",
    )
    model: Path | None = Field(
        None,
        description="weights of a learnt generator (generator.pt), for the method cgan; default: "
        "those that come with the program",
    )
    reader: Path | None = Field(
        None,
        description="a further curve for the plot, such as what a person can just see: what "
        "reader-limit writes (reader_limit.json), or a table (CSV) with diameter_mm and "
        "contrast_hu, and low_hu, high_hu, band if known",
    )
    grid: LimitSettings = Field(LimitSettings(), description="which lesions")
    rule: HitRule = Field(HitRule(), description="what a hit is")
    search: LimitDetector = Field(LimitDetector(), description="by what")
