"""What the sections of a study's report have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from napari_lesion_synth.perception.export.people import Cohort
from napari_lesion_synth.perception.export.reporting import MethodsFacts

__all__ = ["ReportOf", "inline", "of"]


@dataclass(frozen=True)
class ReportOf:
    """What is reported.

    Parameters
    ----------
    cohort : Cohort
        The participants.
    facts : MethodsFacts
        Design and data quality.
    scaled, limits, regression : dict or None
        Results as they were written; None where there are none.
    stale : bool
        Whether the regression rests on other answers.
    """

    cohort: Cohort
    facts: MethodsFacts
    scaled: dict[str, Any] | None
    limits: dict[str, Any] | None
    regression: dict[str, Any] | None
    stale: bool


def inline(svg: str) -> str:
    """A drawing without what makes it a file of its own."""
    return svg[svg.index("<svg") :].replace(' color="#1d1f23"', "", 1).replace(_PAPER, "", 1)


_PAPER = '<rect width="100%" height="100%" fill="#ffffff"/>'


def of(ends: Sequence[float | None]) -> str:
    """A figure with its interval, as JSON has it: value, low and high."""
    value, low, high = ends
    if value is None:
        return ""
    if low is None or high is None:
        return f"{value:.3f}"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"
