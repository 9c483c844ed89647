"""The axes that free-response curves are drawn in, and curves as corners of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.froc import RATES, Froc

__all__ = ["FrocAxes", "corners", "rate_name"]

_NAMES = {0.125: "1/8", 0.25: "1/4", 0.5: "1/2"}


def rate_name(rate: float) -> str:
    """A rate as it is written: 1/8, 1/4, 1/2, 1, 2, 4, 8, and any other as a number."""
    return _NAMES.get(rate, f"{rate:g}")


@dataclass(frozen=True, slots=True)
class FrocAxes:
    """Where rates and sensitivities lie in a drawing.

    The axis of false alarms is even from 0 to 1/8, and doubles with every step from there.

    Parameters
    ----------
    left, top, width, height : float
        The field between the axes.
    per : str
        What false alarms are counted per.
    named : bool
        Write what the axes are.
    """

    left: float = 66
    top: float = 18
    width: float = 548
    height: float = 290
    per: str = "CT"
    named: bool = True

    @property
    def bottom(self) -> float:
        """Where the axis of false alarms lies."""
        return self.top + self.height

    def x(self, rate: float) -> float:
        """Place of a rate: even up to the first of the seven, then a step for each doubling."""
        step = rate / RATES[0] if rate < RATES[0] else 1 + np.log2(rate / RATES[0])
        return self.left + self.width * min(float(step) / len(RATES), 1.0)

    def y(self, share: float) -> float:
        """Place of a sensitivity."""
        return self.top + self.height * (1 - share)

    def parts(self) -> list[str]:
        """Lines, numbers and names of the axes."""
        small = 13 if self.named else 11
        drawn = []
        for fifth in range(6):
            y = self.y(fifth / 5)
            faint = 0.6 if fifth == 0 else 0.15
            drawn.append(svg.line(self.left, y, self.left + self.width, y, opacity=faint))
            drawn.append(
                svg.text(self.left - 8, y + 4, f"{fifth / 5:.1f}", anchor="end", size=small)
            )
        for rate in (0.0, *RATES):
            x, y = self.x(rate), self.bottom
            drawn.append(svg.line(x, y, x, y + 5, opacity=0.6))
            drawn.append(svg.text(x, y + 20, rate_name(rate), anchor="middle", size=small))
        if not self.named:
            return drawn
        words = f"false alarms per {self.per}, at most"
        drawn.append(svg.text(self.left + self.width / 2, self.bottom + 40, words, anchor="middle"))
        middle = self.top + self.height / 2
        drawn.append(svg.upright(20, middle, "sensitivity: share of the lesions found"))
        return drawn

    def places(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Rates and sensitivities as places in the drawing."""
        return [(self.x(rate), self.y(share)) for rate, share in points]


def corners(curve: Froc) -> list[tuple[float, float]]:
    """Rates and sensitivities at the corners of a curve's steps.

    They go up to the last finding, or to the end of the axis; nothing without lesions.
    """
    if not curve.lesions:
        return []
    level = curve.at(0.0).sensitivity
    found = [(0.0, level)]
    for rate, sensitivity in zip(curve.per_ct, curve.sensitivity, strict=True):
        if rate > RATES[-1]:
            found.append((RATES[-1], level))
            break
        found += [(float(rate), level), (float(rate), max(level, float(sensitivity)))]
        level = found[-1][1]
    return found
