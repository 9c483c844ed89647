"""What a reader's limit is asked for: the parameters of `reader-limit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.anatomy.zones import RIM_MM
from napari_lesion_synth.evaluation.limits.settings import Band, LimitSettings
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings

__all__ = ["PictureSettings", "ReaderJob", "SimulatedReader"]


class PictureSettings(BaseModel):
    """What the pictures show, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    method: str = Field(
        "sigmoid", title="Method", description="method that makes the lesions, as in limit-map"
    )
    depth: str = Field(
        "",
        title="Depth",
        description="depth band of the lesions, named as in limit-map: rim (surface less than "
        f"{RIM_MM:g} mm from the capsule) or deep; not given: all depths",
    )
    places: int = Field(
        20,
        ge=1,
        le=1000,
        title="Places a size",
        description="different places in the organ for each diameter, drawn from anew in each "
        "question",
    )
    field_mm: float = Field(
        100.0,
        ge=20,
        le=500,
        title="Picture (mm)",
        description="side of the picture in mm; the lesion's place is in its middle",
    )
    level: float | None = Field(
        None,
        ge=-1000,
        le=3000,
        title="Window level (HU)",
        description="HU shown as middle grey; not given: a little darker than the organ",
    )
    width: float = Field(
        150.0, gt=0, le=4000, title="Window width (HU)", description="HU between black and white"
    )
    avoid_vessels: bool = Field(
        True, title="Keep clear of vessels", description="keep lesions clear of large vessels"
    )


class SimulatedReader(BaseModel):
    """A reader with known limits, for dry runs, teaching and tests."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    limits_hu: tuple[Annotated[float, Field(gt=0, le=600)], ...] = Field(
        min_length=1,
        description="let a simulated reader answer, with this limit in HU: one for each diameter, "
        "or one for all",
    )
    slope: float = Field(3.0, gt=0, le=100, description="steepness of its Weibull function")
    lapse: float = Field(0.02, ge=0, le=0.5, description="share of wrong answers at any contrast")
    false_alarms: float = Field(
        0.1, ge=0, le=0.5, description="share of yes to pictures without a lesion"
    )


class ReaderJob(BaseModel):
    """A reader's limit of visibility in a CT."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[CaseFiles, ...] = Field((), description="the CT with its organ")
    out: Path = Field(
        description="output folder: the answers, and the limit as reader_limit.json and .csv"
    )
    donors: Path | None = Field(
        None, description="donor library for methods that transplant; default: the CT's own lesions"
    )
    model: Path | None = Field(
        None,
        description="weights of a learnt generator (generator.pt), for the method cgan; default: "
        "those that come with the program",
    )
    name: str = Field(
        "reader",
        min_length=1,
        max_length=40,
        description="what the curve is called in the map; never a person's name",
    )
    asked: VisibilitySettings = Field(VisibilitySettings(), description="what is asked")
    pictures: PictureSettings = Field(PictureSettings(), description="what is shown")
    simulated: SimulatedReader | None = Field(None, description="who answers; none: a person")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [band.name for band in self._grid(bands=True).bands]
        if self.pictures.depth not in ("", *names):
            raise ValueError(f"there is no depth {self.pictures.depth!r}: {' or '.join(names)}")
        given = 0 if self.simulated is None else len(self.simulated.limits_hu)
        if given > 1 and given != len(self.asked.diameters_mm):
            raise ValueError(f"{given} simulated limits for {len(self.asked.diameters_mm)} sizes")
        return self

    @property
    def grid(self) -> LimitSettings:
        """The same lesions as cells of a detection-limit map."""
        return self._grid(bands=bool(self.pictures.depth))

    @property
    def band(self) -> Band:
        """The depth of the lesions."""
        return self.grid.band(self.pictures.depth) if self.pictures.depth else self.grid.bands[0]

    def _grid(self, *, bands: bool) -> LimitSettings:
        sign = -1 if self.asked.dark else 1
        low, high = self.asked.contrasts_hu
        return LimitSettings(
            diameters_mm=self.asked.diameters_mm,
            contrasts_hu=(sign * low, sign * high),
            depth_edges_mm=(RIM_MM,) if bands else (),
            methods=(self.pictures.method,),
            repeats=self.pictures.places,
            avoid_vessels=self.pictures.avoid_vessels,
            seed=self.asked.seed,
        )
