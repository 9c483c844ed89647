"""What is assumed of an experiment before it is run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.evaluation.statistics.sample_size import Test

__all__ = ["PowerSettings"]


class PowerSettings(BaseModel):
    """Test patients, and what one hopes to see on them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lesions: int = Field(
        ge=1,
        le=20_000,
        title="Test lesions",
        description="Lesions that the detectors are tested on, those of all folds together.",
    )
    baseline: float = Field(
        0.65,
        gt=0,
        lt=1,
        title="Baseline",
        description="Sensitivity of the arm that the others are compared with.",
    )
    aims: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (0.8, 0.95),
        min_length=1,
        max_length=20,
        title="Aims",
        description="Sensitivities that one hopes for, each above the baseline.",
    )
    lost: float | None = Field(
        None,
        ge=0,
        le=1,
        title="Lost",
        description="Share of the lesions that the baseline finds and the better arm misses. With "
        "the gain it makes the discordance, gain + 2 x lost. Empty: only the best and the worst "
        "case are told. No more is taken than the two sensitivities allow.",
    )
    lesions_per_patient: float = Field(
        1.0,
        ge=1,
        le=1000,
        title="Lesions per patient",
        description="Among patients with lesions. Where their number varies, the mean as a "
        "lesion sees it: sum of its squares over its sum.",
    )
    icc: float = Field(
        0.2,
        ge=0,
        le=1,
        title="Likeness of lesions",
        description="Intraclass correlation of lesions of one patient: 0 where they are found "
        "independently of each other, 1 where all of them or none is. Without effect at one "
        "lesion per patient.",
    )
    cts: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        title="Test CTs",
        description="CTs (or slices) over which false alarms are counted; empty: nothing is said "
        "of them.",
    )
    per: Literal["ct", "slice"] = Field(
        "ct", title="Per", description="What these are and false alarms are counted per."
    )
    false_alarms: float = Field(
        0.2,
        gt=0,
        le=1000,
        title="False alarms",
        description="Expected per CT (or slice).",
    )
    dispersion: float = Field(
        1.0,
        ge=1,
        le=1000,
        title="Dispersion",
        description="Variance of the false alarms per CT over their mean: 1 where they come "
        "independently of each other (Poisson), more where some CTs have many.",
    )
    comparisons: int = Field(
        1,
        ge=1,
        le=1000,
        title="Comparisons",
        description="Arms that are compared with the baseline; the level is divided by them.",
    )
    level: float = Field(
        0.05, gt=0, lt=0.5, title="Level", description="Of significance, to two sides."
    )
    power: float = Field(
        0.8,
        ge=0.5,
        lt=1,
        title="Power",
        description="How often a gain must come out significant to count as one that can be seen.",
    )
    test: Test = Field(
        "exact",
        title="Test",
        description="exact: McNemar's exact test. mid-p: its mid-p form, which sees more and may "
        "exceed the level by a little.",
    )

    @model_validator(mode="after")
    def _possible(self) -> PowerSettings:
        low = [aim for aim in self.aims if aim <= self.baseline]
        if low:
            raise ValueError(f"the aim {low[0]:g} does not exceed the baseline {self.baseline:g}")
        if self.lesions_per_patient > self.lesions:
            raise ValueError("one patient has more lesions than there are")
        return self

    @property
    def design_effect(self) -> float:
        """How many lesions count as one that has its patient to itself."""
        return 1 + (self.lesions_per_patient - 1) * self.icc

    @property
    def effective(self) -> int:
        """Lesions of as many patients that would say as much; rounded down."""
        return max(1, int(self.lesions / self.design_effect + 1e-9))

    @property
    def level_each(self) -> float:
        """Level of one comparison (Bonferroni's, which is Holm's for the smallest p)."""
        return self.level / self.comparisons
