"""Figures of a study with their intervals, as they go from analysis to text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from napari_lesion_synth.intervals import Interval

__all__ = ["Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Parameters
    ----------
    name : str
        What it is.
    value : float or None
        None where it could not be computed; `words` says why.
    low, high : float or None
        Ends of its 95 % interval.
    n : int or None
        What it rests on.
    words : str
        What a reader has to know of it.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    words: str = ""

    @classmethod
    def of(cls, name: str, interval: Interval, n: int | None = None, words: str = "") -> Self:
        """From a figure with its interval; what is not a number is None."""
        low, high = _known(interval.low), _known(interval.high)
        return cls(name, _known(interval.value), low, high, n, words)

    @classmethod
    def missing(cls, name: str, why: str) -> Self:
        """A figure that could not be computed."""
        return cls(name, None, words=why)

    @property
    def text(self) -> str:
        """As in a sentence: ``0.82 (0.71 to 0.89)``."""
        if self.value is None:
            return "not available"
        if self.low is None or self.high is None:
            whole = self.value.is_integer() and self.value > 1
            return f"{self.value:.0f}" if whole else f"{self.value:.2f}"
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "name": self.name,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "n": self.n,
            "words": self.words,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `to_json` made."""
        return cls(**content)


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
