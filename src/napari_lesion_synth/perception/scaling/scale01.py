"""Attractiveness from 0 to 1: an affine map of utilities, with a stated anchor.

Utilities have neither zero nor unit of their own, so that the map is a choice, and part of every
result. Values of one study cannot be compared with those of another unless both are anchored
at the same reference photos.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["Anchors", "Attractiveness", "attractiveness"]

Array = NDArray[np.float64]

_DRAWS = 4000


class Anchors(BaseModel):
    """What 0 and 1 stand for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["minmax", "range", "reference"] = Field(
        "minmax",
        title="Anchors",
        description="minmax: 0 and 1 are the lowest and the highest of the estimated utilities. "
        "range: each draw from the posterior is stretched to 0 to 1, and the values are the "
        "averages over draws; closer to the truth with few answers. reference: two photos are 0 "
        "and 1.",
    )
    low: str | None = Field(
        None, title="Photo of 0", description="Reference photo that stands for 0."
    )
    high: str | None = Field(
        None, title="Photo of 1", description="Reference photo that stands for 1."
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Anchors:
        named = self.low is not None and self.high is not None and self.low != self.high
        if (self.rule == "reference") != named:
            raise ValueError("anchors at references need two photos, and others none")
        return self

    @property
    def text(self) -> str:
        """The rule in words, for tables and plots."""
        if self.rule == "minmax":
            return "0 and 1: lowest and highest estimated utility of this study."
        if self.rule == "range":
            return "0 and 1: lowest and highest photo of this study, averaged over draws."
        return f"0 and 1: the photos {self.low} and {self.high}."


@dataclass(frozen=True, eq=False)
class Attractiveness:
    """Values from 0 to 1 with intervals.

    Parameters
    ----------
    items : tuple of str
        The photos.
    value : ndarray of float64, shape (k,)
        Attractiveness; with references, also below 0 and above 1.
    low, high : ndarray of float64, shape (k,)
        Ends of the 95 % intervals. With "minmax", of where a photo lies on this scale, held as
        it is; else of where it lies on the scale of the true utilities, whose anchors are
        uncertain too.
    anchors : str
        The rule, in words.
    slope, intercept : float
        attractiveness = intercept + slope * (utility less the average utility); with "range", of
        the straight line that comes closest.
    notes : tuple of str
        What a reader has to know, those of the posterior included.
    """

    items: tuple[str, ...]
    value: Array
    low: Array
    high: Array
    anchors: str
    slope: float
    intercept: float
    notes: tuple[str, ...] = ()

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """Each photo's attractiveness with its 95 % interval."""
        rows = zip(self.value, self.low, self.high, strict=True)
        return tuple(Interval(*(float(x) for x in row)) for row in rows)

    @property
    def median_width(self) -> float:
        """Median width of the intervals."""
        return float(np.median(self.high - self.low))


def attractiveness(
    posterior: Posterior,
    rng: np.random.Generator,
    anchors: Anchors | None = None,
    draws: int = _DRAWS,
) -> Attractiveness:
    """Map utilities to 0 to 1, with intervals by draws from the posterior.

    While nothing tells the photos apart, "minmax" gives each 0.5 and the interval 0 to 1.

    Parameters
    ----------
    posterior : Posterior
        At least 2 photos.
    rng : numpy.random.Generator
        For the draws.
    anchors : Anchors, optional
        Default: "minmax".
    draws : int
        How many.

    Raises
    ------
    ParameterError
        If there are fewer than 2 photos, a reference is not among them, or the reference of 1
        is not above that of 0.
    """
    anchors = anchors or Anchors()
    k = len(posterior.items)
    if k < 2:
        raise ParameterError("a scale needs 2 photos or more")
    mean, _ = posterior.centred
    drawn = posterior.draws(draws, rng)
    if anchors.rule == "reference":
        low, high = (_number(posterior, name) for name in (anchors.low, anchors.high))
        slope, intercept = _line(mean[low], mean[high])
        if slope <= 0:
            raise ParameterError(
                f"the photo {anchors.high} for 1 is not above {anchors.low} for 0",
                remedy="Swap them, or choose photos that differ more",
            )
        mapped = (drawn - drawn[:, [low]]) / (drawn[:, [high]] - drawn[:, [low]])
        value = intercept + slope * mean
    elif anchors.rule == "range":
        bottom = drawn.min(axis=1, keepdims=True)
        mapped = (drawn - bottom) / (drawn.max(axis=1, keepdims=True) - bottom)
        value = mapped.mean(axis=0)
        slope, intercept = _closest_line(mean, value)
    else:
        slope, intercept = _line(float(mean.min()), float(mean.max()))
        if slope == 0:
            return _nothing_known(posterior, anchors)
        mapped, value = intercept + slope * drawn, intercept + slope * mean
    ends = np.quantile(mapped, [0.025, 0.975], axis=0)
    return Attractiveness(
        posterior.items, value, ends[0], ends[1], anchors.text, slope, intercept, posterior.notes
    )


def _number(posterior: Posterior, name: str | None) -> int:
    if name not in posterior.items:
        raise ParameterError(f"the reference {name} is none of the photos")
    return posterior.items.index(name)


def _line(zero: float, one: float) -> tuple[float, float]:
    """Slope and intercept of the line through (zero, 0) and (one, 1)."""
    if one == zero:
        return 0.0, 0.5
    return 1 / (one - zero), -zero / (one - zero)


def _closest_line(mean: Array, value: Array) -> tuple[float, float]:
    if np.ptp(mean) == 0:
        return 0.0, 0.5
    slope, intercept = np.polyfit(mean, value, 1)
    return float(slope), float(intercept)


def _nothing_known(posterior: Posterior, anchors: Anchors) -> Attractiveness:
    k = len(posterior.items)
    notes = (*posterior.notes, "Nothing tells the photos apart yet.")
    half, zero, one = np.full(k, 0.5), np.zeros(k), np.ones(k)
    return Attractiveness(posterior.items, half, zero, one, anchors.text, 0.0, 0.5, notes)
