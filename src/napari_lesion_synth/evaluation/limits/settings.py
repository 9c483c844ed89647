"""What a detection-limit map is asked for: the grid, the depths, and how often each is tried."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from napari_lesion_synth.anatomy.zones import RIM_MM
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.registry import get_method

__all__ = ["Band", "Cell", "LimitSettings"]

Diameter = Annotated[float, Field(ge=2, le=200)]
Contrast = Annotated[float, Field(ge=-300, le=600)]
Depth = Annotated[float, Field(gt=0, le=100)]


@dataclass(frozen=True, slots=True)
class Band:
    """A range of depths: of a lesion's surface, at its point nearest to the capsule.

    Parameters
    ----------
    name : str
        For tables and plots.
    low_mm, high_mm : float
        From, and below; infinite where there is no end.
    """

    name: str
    low_mm: float
    high_mm: float

    def holds(self, depth_mm: float) -> bool:
        """Whether a lesion whose surface lies this deep belongs to it."""
        return self.low_mm <= depth_mm < self.high_mm

    @property
    def text(self) -> str:
        """The range in words."""
        if math.isinf(self.low_mm) and math.isinf(self.high_mm):
            return "any depth"
        if math.isinf(self.low_mm):
            return f"surface less than {self.high_mm:g} mm from the capsule"
        if math.isinf(self.high_mm):
            return f"surface {self.low_mm:g} mm or more from the capsule"
        return f"surface {self.low_mm:g} to {self.high_mm:g} mm from the capsule"


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One square of the map.

    Parameters
    ----------
    method : str
        By which its lesions are made.
    band : str
        Name of the depth band.
    diameter_mm, contrast_hu : float
        As asked for.
    """

    method: str
    band: str
    diameter_mm: float
    contrast_hu: float


class LimitSettings(BaseModel):
    """The grid of a detection-limit map.

    Each place in the organ is tried with every contrast and every method, in different copies of
    the CT: what differs between two cells of one diameter and depth is not the place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    diameters_mm: tuple[Diameter, ...] = Field(
        (5.0, 8.0, 12.0, 18.0, 27.0, 40.0),
        min_length=2,
        max_length=20,
        title="Diameters (mm)",
        description="Equivalent diameters in mm, best each a fixed factor above the one before",
    )
    contrasts_hu: tuple[Contrast, ...] = Field(
        (-10.0, -15.0, -25.0, -40.0, -60.0),
        min_length=2,
        max_length=20,
        title="Contrasts (HU)",
        description="mean of the lesion above the organ in its place, in HU, negative for dark "
        "lesions; all of one sign, the faintest first",
    )
    depth_edges_mm: tuple[Depth, ...] = Field(
        (RIM_MM,),
        max_length=5,
        title="Depths (mm)",
        description="where bands of depth meet: distances in mm of the lesion's surface from the "
        "capsule. One gives rim and deep; none, one band of all depths",
    )
    methods: tuple[str, ...] = Field(
        ("sigmoid",),
        min_length=1,
        max_length=10,
        title="Methods",
        description="methods that make the lesions: sigmoid, poisson, cgan",
    )
    repeats: int = Field(
        10,
        ge=1,
        le=1000,
        title="Places a cell",
        description="different places in each CT at which every cell is tried",
    )
    per_copy: int = Field(
        8,
        ge=1,
        le=100,
        title="Lesions a copy",
        description="most lesions that share a copy of the CT",
    )
    gap_mm: float = Field(
        15.0,
        ge=2,
        le=100,
        title="Distance (mm)",
        description="Free space in mm between two lesions of a copy, so that none is seen with "
        "another",
        json_schema_extra={"usual": [5, 40], "step": 1},
    )
    filled: float = Field(
        0.05,
        gt=0,
        le=0.5,
        title="Share filled",
        description="Most of the organ's volume that the lesions of a copy fill together; a "
        "single one may be larger",
        json_schema_extra={"step": 0.01},
    )
    avoid_vessels: bool = Field(
        True,
        title="Keep clear of vessels",
        description="keep lesions clear of large vessels",
    )
    seed: int = Field(0, ge=0, title="Seed", description="root of all random choices")

    @field_validator("methods")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            try:
                get_method(name)
            except ParameterError as error:
                raise ValueError(f"{error.what}. {error.remedy}") from error
        if len({*names}) < len(names):
            raise ValueError("a method is named twice")
        return names

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for words, values in (("diameters", self.diameters_mm), ("depths", self.depth_edges_mm)):
            if any(a >= b for a, b in pairwise(values)):
                raise ValueError(f"{words} must grow from one to the next")
        if min(self.contrasts_hu) < 0 < max(self.contrasts_hu) or 0 in self.contrasts_hu:
            raise ValueError("contrasts must all be darker (negative) or all be brighter, not 0")
        sizes = [abs(value) for value in self.contrasts_hu]
        if any(a >= b for a, b in pairwise(sizes)):
            raise ValueError("contrasts must grow in size from one to the next")
        return self

    @property
    def bands(self) -> tuple[Band, ...]:
        """Bands of depth, from the rim inward."""
        ends = [-math.inf, *self.depth_edges_mm, math.inf]
        last = len(ends) - 2
        names = [
            "rim" if k == 0 else "deep" if k == last else f"{low:g} to {high:g} mm"
            for k, (low, high) in enumerate(pairwise(ends))
        ]
        if last == 0:
            names = ["all depths"]
        return tuple(
            Band(name, low, high) for name, (low, high) in zip(names, pairwise(ends), strict=True)
        )

    def band(self, name: str) -> Band:
        """The band of this name."""
        return next(band for band in self.bands if band.name == name)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All squares, by method, band, diameter and contrast."""
        return tuple(
            Cell(method, band.name, diameter, contrast)
            for method in self.methods
            for band in self.bands
            for diameter in self.diameters_mm
            for contrast in self.contrasts_hu
        )
