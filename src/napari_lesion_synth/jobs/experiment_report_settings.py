"""Settings of the report on an experiment."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["ReportSettings"]


class ReportSettings(BaseModel):
    """Of which experiment, and how much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Path = Field(description="folder of the experiment")
    plan: Path | None = Field(
        None,
        title="Plan",
        description="the plan as it was run, where relative paths of CTs begin; default: the copy "
        "in the folder, with paths from beside the folder",
    )
    pictures: bool = Field(
        True,
        title="Pictures",
        description="show misses and false alarms on the CTs, where these are at hand; else as "
        "tables alone",
    )
