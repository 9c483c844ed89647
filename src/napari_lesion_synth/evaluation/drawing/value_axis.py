"""Drawings of intervals: a row each, on an axis of values that lies below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.intervals import Interval

__all__ = ["ROW", "ValueAxis", "label_width", "row_name", "span_of"]

ROW = 26
"""Height of a row."""

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
_LETTER = 7.4
_LEAST, _LETTERS = 70.0, 28


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """Where values lie from left to right.

    Parameters
    ----------
    left, width : float
        The field.
    low, high : float
        Values at its ends.
    ticks : int
        About how many numbers are written.
    """

    left: float
    width: float
    low: float = 0.0
    high: float = 1.0
    ticks: int = 6

    def x(self, value: float) -> float:
        """Place of a value, within the field."""
        share = (value - self.low) / (self.high - self.low)
        return self.left + self.width * min(max(share, 0.0), 1.0)

    def parts(
        self, top: float, bottom: float, words: str = "", *, signed: bool = False
    ) -> list[str]:
        """Grid, numbers and what the axis is of."""
        drawn = []
        step = self._step()
        for k in range(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9) + 1):
            value = k * step
            faint = 0.7 if abs(value) < 1e-9 and signed else 0.15
            drawn.append(svg.line(self.x(value), top, self.x(value), bottom, opacity=faint))
            sign = "+" if signed and value > 1e-9 else ""
            number = f"{sign}{value:.{2 if step < 0.1 or step == 0.25 else 1}f}"
            number = number.replace("-", "\N{MINUS SIGN}")
            drawn.append(svg.text(self.x(value), bottom + 17, number, anchor="middle", size=12))
        if words:
            middle = self.left + self.width / 2
            drawn.append(svg.text(middle, bottom + 37, words, anchor="middle"))
        return drawn

    def bar(
        self,
        interval: Interval,
        y: float,
        style: svg.Style = svg.PLAIN,
        *,
        whole: Interval | None = None,
        hollow: bool = False,
    ) -> list[str]:
        """A figure, its interval over patients, and thinner the one over trainings too."""
        if not math.isfinite(interval.value):
            return []
        drawn = []
        if whole is not None and whole.low is not None and whole.high is not None:
            low, high = self.x(whole.low), self.x(whole.high)
            drawn.append(svg.line(low, y, high, y, color=style.color, width=1.2))
            drawn += [
                svg.line(x, y - 4, x, y + 4, color=style.color, width=1.2) for x in (low, high)
            ]
        if interval.low is not None and interval.high is not None:
            low, high = self.x(interval.low), self.x(interval.high)
            drawn.append(svg.line(low, y, high, y, color=style.color, width=5, opacity=0.55))
        drawn.append(svg.mark(self.x(interval.value), y, style, hollow=hollow))
        return drawn

    def _step(self) -> float:
        wanted = (self.high - self.low) / self.ticks
        return next((step for step in _STEPS if step >= wanted - 1e-9), _STEPS[-1])


def label_width(names: Sequence[str]) -> float:
    """Room for the names of rows, as `row_name` writes them."""
    longest = max((len(row_name(name)) for name in names), default=0)
    return max(_LEAST, 18 + _LETTER * longest)


def row_name(name: str) -> str:
    """A name that fits before a row."""
    return svg.elided(name, _LETTERS)


def span_of(intervals: Sequence[Interval], *, step: float = 0.1) -> tuple[float, float]:
    """Round values that all intervals and 0 lie between."""
    ends = [
        end
        for interval in intervals
        for end in (interval.value, interval.low, interval.high)
        if end is not None and math.isfinite(end)
    ]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if high - low < 2 * step:
        low, high = low - step, high + step
    return float(np.round(low, 6)), float(np.round(high, 6))
