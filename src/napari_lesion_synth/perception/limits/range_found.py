"""One range of a policy, and what it rests on."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from napari_lesion_synth.perception.limits.dose import DoseFit
from napari_lesion_synth.perception.limits.safe_range import ArmLimit, SafeRange, safe_range
from napari_lesion_synth.perception.transforms.registry import TRANSFORMS
from napari_lesion_synth.wording import counted

__all__ = ["ANY", "FoundRange", "ranges_of"]

ANY = "*"
"""Category of what holds for photos of categories that were not measured."""


class FoundRange(BaseModel):
    """How far a transform may go with photos of a category, and why that is believed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    transform: str = Field(title="Transform", description="Its name.")
    category: str = Field(
        ANY, title="Category", description="Of the photos; * where it was not measured itself."
    )
    low: float = Field(le=0, title="Lowest", description="Lowest magnitude that is safe.")
    high: float = Field(ge=0, title="Highest", description="Highest magnitude that is safe.")
    unit: str = Field("", title="Unit", description="Of the magnitudes.")
    margin: float = Field(
        gt=0, title="Margin", description="Largest change of attractiveness that counts as none."
    )
    margin_unit: Literal["utility", "rating"] = Field(
        "utility",
        title="Unit of the margin",
        description="utility: standard deviations of a comparison's noise; rating: of a scale "
        "of 0 to 1.",
    )
    low_interval: tuple[float, float] | None = Field(
        None,
        title="Interval, lowest",
        description="90 % interval of where the change leaves the margin, below 0.",
    )
    high_interval: tuple[float, float] | None = Field(
        None, title="Interval, highest", description="The same, above 0."
    )
    low_end: float | None = Field(
        None, title="End, lowest", description="Lowest magnitude that was tried; empty: none."
    )
    high_end: float | None = Field(
        None, title="End, highest", description="Highest magnitude that was tried; empty: none."
    )
    photos_within: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Photos within",
        description="Share of photos whose own change at the worse limit is within the margin.",
    )
    answers: int = Field(ge=0, title="Answers", description="About this transform and category.")
    raters: int = Field(ge=0, title="Raters", description="How many answered.")
    photos: int = Field(ge=0, title="Photos", description="How many were shown.")
    method: str = Field(title="Method", description="How it was found.")
    study: str = Field("", title="Study", description="Hash of the study's frozen design.")
    pixels: int | None = Field(
        None,
        gt=0,
        title="Pixels",
        description="Shorter side of the pictures in px, where the transform depends on it.",
    )

    @field_validator("transform")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in TRANSFORMS:
            raise ValueError(f"there is no transform {name!r}")
        return name

    @model_validator(mode="after")
    def _defined(self) -> Self:
        definition = TRANSFORMS[self.transform]
        if self.low < definition.least or self.high > definition.most:
            raise ValueError(
                f"{self.transform} is defined from {definition.least:g} to {definition.most:g}"
            )
        return self

    @property
    def words(self) -> str:
        """The range and what it rests on, in words."""
        unit = self.unit or TRANSFORMS[self.transform].unit
        arms = [self._arm(self.low, self.low_end), self._arm(self.high, self.high_end)]
        if self.low == self.high == 0:
            shown = "no magnitude was shown to be safe"
        else:
            shown = f"{self.low:g} to {self.high:g} {unit}"
        reasons = "".join(f", {arm}" for arm in arms if arm)
        return (
            f"{shown}{reasons} (change within ±{self.margin:g} {self.margin_unit}; "
            f"{counted(self.answers, 'answer')}, {counted(self.raters, 'rater')}, "
            f"{counted(self.photos, 'photo')})"
        )

    def _arm(self, limit: float, end: float | None) -> str:
        if end is None or end == 0:
            return ""
        way = "below 0" if end < 0 else "above 0"
        if limit == end:
            return f"{way} the strongest that was tried"
        return f"not established {way}" if limit == 0 else ""


def ranges_of(
    fit: DoseFit, margin: float, *, study: str = "", pixels: int | None = None
) -> tuple[FoundRange, ...]:
    """The ranges that a study found for a transform: of each category, and of any other.

    Parameters
    ----------
    fit : DoseFit
        Its curves.
    margin : float
        Largest change that counts as none, in the curve's unit.
    study : str
        Hash of the frozen design.
    pixels : int, optional
        Shorter side of the pictures in px.

    Raises
    ------
    ParameterError
        If the margin is not above 0.
    """
    names = fit.answers.category_names
    ranges = [
        _range(fit, safe_range(fit.curve(name), margin), name, (study, pixels)) for name in names
    ]
    if len(names) > 1:
        elsewhere = safe_range(fit.curve_elsewhere(), margin)
        ranges.append(_range(fit, elsewhere, ANY, (study, pixels)))
    return tuple(ranges)


def _range(
    fit: DoseFit, found: SafeRange, category: str, origin: tuple[str, int | None]
) -> FoundRange:
    definition, answers = TRANSFORMS[found.transform], fit.answers
    arms = [arm for arm in (found.below, found.above) if arm is not None]
    own = None if category == ANY else category
    shown = [c for c in answers.categories if own is None or c == own]
    return FoundRange(
        transform=found.transform,
        category=category,
        low=_inward(found.low),
        high=_inward(found.high),
        unit=definition.unit,
        margin=found.margin,
        margin_unit="utility" if found.unit == "utility" else "rating",
        low_interval=_crossing(found.below),
        high_interval=_crossing(found.above),
        low_end=_inward(found.below.end) if found.below else None,
        high_end=_inward(found.above.end) if found.above else None,
        photos_within=round(min(arm.photos_within for arm in arms), 4),
        answers=answers.count(own),
        raters=len(answers.raters),
        photos=len(shown),
        method=f"dose-response curve of {'choices' if answers.kind == 'choice' else 'ratings'}, "
        "TOST at 5 % from 0 outward, raters as clusters",
        study=origin[0],
        pixels=origin[1] if definition.of_pixels else None,
    )


def _crossing(arm: ArmLimit | None) -> tuple[float, float] | None:
    if arm is None:
        return None
    ends = sorted((_inward(arm.limit), round(arm.surely_beyond, 6)))
    return ends[0], ends[1]


def _inward(limit: float) -> float:
    """Rounded towards 0, so that the file does not allow more than was found."""
    scale = 1e6
    return int(limit * scale) / scale
