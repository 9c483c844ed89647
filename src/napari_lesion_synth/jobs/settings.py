"""What a set is asked for: the parameters of `generate`, each described once.

The descriptions are the help of the command line and the tooltips of the widgets.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.dataset.patch import CONTEXT_MM

__all__ = ["BatchSettings", "CaseFiles", "Diameter", "GenerateSettings", "plain_name"]

_VALUE_LIMIT = 1_000_000

Diameter = Annotated[float, Field(gt=0, le=200)]


class CaseFiles(BaseModel):
    """Where one case is read from; the arguments of `napari_lesion_synth.read_case`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ct: str = Field(description="CT: a DICOM folder, NIfTI, MHA or NRRD file")
    organ: str | None = Field(None, description="mask of the organ, drawn on this CT")
    organ_label: int | None = Field(
        None, description="value of the organ in its mask; default: everything that is not 0"
    )
    lesions: str | None = Field(
        None, description="labels of the known lesions: donors, and places to keep clear of"
    )
    lesion_label: int | None = Field(
        None, description="value of the lesions in their file; default: everything that is not 0"
    )
    patient: str | None = Field(None, description="pseudonym; default: from the file's name")
    series: str | None = Field(None, description="DICOM series to read; default: the largest axial")
    units: str = Field(
        "auto",
        description="what the CT's values are: hu, or LOW:HIGH where 0..255 was mapped from these "
        "HU; auto: HU, with a warning where they look like a picture",
    )
    resample: bool = Field(False, description="make an uneven or tilted grid regular")

    def inputs(self) -> dict[str, Any]:
        """As in `Case.inputs`, with absolute paths: another process may work elsewhere."""
        files = {"ct": self.ct, "organ": self.organ, "lesions": self.lesions}
        absolute = {
            name: None if path is None else str(Path(path).expanduser().resolve())
            for name, path in files.items()
        }
        return {**self.model_dump(), **absolute}


class BatchSettings(BaseModel):
    """What a batch is like, whatever CTs it is for and wherever it goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    methods: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default={"poisson": 1.0, "sigmoid": 1.0},
        min_length=1,
        description="methods, each with the weight of its share",
    )
    n: int = Field(200, ge=1, le=_VALUE_LIMIT, title="Lesions", description="number of lesions")
    rim: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Share at the rim",
        description="share of the lesions at the organ's rim",
        json_schema_extra={"step": 0.05},
    )
    diameter_mm: tuple[Diameter, Diameter] = Field(
        (8.0, 25.0),
        description="smallest and largest diameter in mm",
        json_schema_extra={"parts": ["smallest", "largest"]},
    )
    seed: int = Field(0, ge=0, description="root of all random choices")
    per_scene: int = Field(
        5,
        ge=1,
        le=100,
        title="Lesions a scene",
        description="lesions that share one copy of the CT without overlap",
    )
    context_mm: float = Field(
        CONTEXT_MM, ge=0, le=100, description="tissue kept around each lesion in its patch, in mm"
    )
    fixed: dict[str, dict[str, Any]] = Field(
        default={}, description="parameters to fix, by method; the others are drawn"
    )
    workers: int = Field(
        1,
        ge=1,
        le=1024,
        description="processes on this machine",
        json_schema_extra={"usual": [1, 16], "step": 1},
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        low, high = self.diameter_mm
        if low > high:
            raise ValueError(f"the smallest diameter, {low:g} mm, exceeds the largest, {high:g} mm")
        unused = sorted(set(self.fixed) - set(self.methods))
        if unused:
            raise ValueError(
                f"parameters are set for {unused[0]!r}, which is not among the methods"
            )
        return self


class GenerateSettings(BatchSettings):
    """How a set of synthetic lesions is made.

    `workers` and `scheduler` change how long it takes, never what comes out.
    """

    cases: tuple[CaseFiles, ...] = Field((), description="CTs to put lesions into")
    out: Path = Field(description="output folder")
    donors: Path | None = Field(
        None, description="donor library; default: the lesions labelled in the CTs"
    )
    model: Path | None = Field(
        None,
        description="weights of a learnt generator (generator.pt, made by train gan), for the "
        "method cgan; default: those that come with the program",
    )
    select: bool = Field(
        False, description="judge the finished set, so that implausible lesions are not used"
    )
    autoencoder: Path | None = Field(
        None,
        description="auto-encoder that judges (autoencoder.pt, made by train autoencoder); "
        "default: the one that comes with the program",
    )
    volumes: bool = Field(False, description="write whole volumes too, one pair a scene")
    scheduler: str | None = Field(
        None,
        description="address of a Dask scheduler, in place of processes on this machine; its "
        "workers, best with one thread each, must find the inputs under the same paths",
    )


def plain_name(text: str) -> str:
    """`text` with everything replaced that does not belong in a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "case"
