"""A free-response curve as a drawing (SVG) that a page holds without any script."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.froc_axes import FrocAxes, corners, rate_name
from napari_lesion_synth.evaluation.froc import RATES, Froc, Point
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.wording import counted

__all__ = ["froc_svg"]

_STYLE = svg.Style("#3b82f6")


def froc_svg(
    curve: Froc,
    intervals: Sequence[Interval] = (),
    *,
    per: str = "CT",
    basis: str = "patients drawn again",
) -> str:
    """Draw a curve, its sensitivities at the seven rates, and what a hit was.

    The axis of false alarms is even from 0 to 1/8, and doubles with every step from there. The
    curve ends where the detector has no more findings; points beyond are hollow.

    Parameters
    ----------
    curve : Froc
        What to draw.
    intervals : sequence of Interval
        One for each of `froc.RATES`, from `bootstrap.bootstrap`; none: no bars.
    per : str
        What false alarms are counted per: one of the results that the curve was made from.
    basis : str
        What the intervals rest on, in words.

    Returns
    -------
    str
        An ``<svg>`` element, in the colour of the text around it.
    """
    axes = FrocAxes(per=per)
    said = _notes(curve, basis if intervals else "", per)
    notes = svg.notes(said, axes.left, axes.bottom + 66, axes.width)
    points = [point for point in curve.points() if np.isfinite(point.sensitivity)]
    told = ", ".join(f"{point.sensitivity:.2f} at {rate_name(point.rate)}" for point in points)
    return svg.element(
        axes.left + axes.width + 26,
        axes.bottom + 62 + svg.LINE_HEIGHT * len(notes),
        f"Sensitivity by false alarms per {per}: {told or 'no lesions'}",
        [
            *axes.parts(),
            *_curve(axes, curve),
            *_bars(axes, intervals),
            *(_mark(axes, point) for point in points),
            *notes,
        ],
    )


def _notes(curve: Froc, bars: str, per: str) -> str:
    """What the figure is of."""
    text = (
        f"{counted(curve.cts, per)} of {counted(curve.patients, 'patient')}, "
        f"{counted(curve.lesions, 'lesion')}. {curve.rule}"
    )
    if bars:
        text += f" Bars: 95 % intervals, each rate by itself, {bars}."
    if curve.end() < RATES[-1]:
        text += (
            f" The curve ends at {curve.end():.2g} false alarms per {per}, with all findings: at "
            "hollow points nothing is added."
        )
    return text


def _curve(axes: FrocAxes, curve: Froc) -> list[str]:
    """Steps, up to the last finding or the end of the axis."""
    places = axes.places(corners(curve))
    if not places:
        return []
    parts = [svg.polyline(places, _STYLE)]
    if curve.end() < RATES[-1]:
        x, y = places[-1]
        parts.append(svg.line(x, y - 8, x, y + 8, color=_STYLE.color, width=2.5))
    return parts


def _bars(axes: FrocAxes, intervals: Sequence[Interval]) -> list[str]:
    parts = []
    for rate, interval in zip(RATES, intervals, strict=False):
        if interval.low is None or interval.high is None:
            continue
        x, low, high = axes.x(rate), axes.y(interval.low), axes.y(interval.high)
        parts.append(svg.line(x, low, x, high, width=1.5, opacity=0.8))
        parts += [svg.line(x - 5, y, x + 5, y, width=1.5, opacity=0.8) for y in (low, high)]
    return parts


def _mark(axes: FrocAxes, point: Point) -> str:
    x, y = axes.x(point.rate), axes.y(point.sensitivity)
    return svg.mark(x, y, svg.PLAIN, hollow=not point.reached)
