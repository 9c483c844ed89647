"""A free-response curve as a drawing (SVG) that a page holds without any script."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape

import numpy as np

from napari_lesion_synth.evaluation.froc import RATES, Froc, Point
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.wording import counted

__all__ = ["froc_svg"]

_LEFT, _TOP, _WIDTH, _HEIGHT = 66, 18, 548, 290
_CURVE = "#3b82f6"
_LINE_HEIGHT, _LETTERS = 17, 92
_NAMES = {0.125: "1/8", 0.25: "1/4", 0.5: "1/2"}


def froc_svg(curve: Froc, intervals: Sequence[Interval] = ()) -> str:
    """Draw a curve, its sensitivities at the seven rates, and what a hit was.

    The axis of false alarms is even from 0 to 1/8, and doubles with every step from there. The
    curve ends where the detector has no more findings; points beyond are hollow.

    Parameters
    ----------
    curve : Froc
        What to draw.
    intervals : sequence of Interval
        One for each of `froc.RATES`, from `bootstrap.bootstrap`; none: no bars.

    Returns
    -------
    str
        An ``<svg>`` element, in the colour of the text around it.
    """
    notes = _notes(curve, bool(intervals))
    height = _TOP + _HEIGHT + 62 + _LINE_HEIGHT * len(notes)
    points = curve.points()
    told = ", ".join(
        f"{point.sensitivity:.2f} at {_name(point.rate)}"
        for point in points
        if np.isfinite(point.sensitivity)
    )
    width = _LEFT + _WIDTH + 26
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" fill="currentColor" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    parts = [
        head,
        f"<title>Sensitivity by false alarms per CT: {escape(told or 'no lesions')}</title>",
        *_axes(),
        *_curve(curve),
        *_bars(intervals),
        *(_mark(point) for point in points if np.isfinite(point.sensitivity)),
        *(
            _text(_LEFT, _TOP + _HEIGHT + 66 + _LINE_HEIGHT * row, line, size=12, quiet=True)
            for row, line in enumerate(notes)
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _notes(curve: Froc, bars: bool) -> list[str]:
    """What the figure is of, in lines that fit below it."""
    text = (
        f"{counted(curve.cts, 'CT')} of {counted(curve.patients, 'patient')}, "
        f"{counted(curve.lesions, 'lesion')}. {curve.rule}"
    )
    if bars:
        text += " Bars: 95 % intervals, each rate by itself, patients drawn again."
    if curve.end() < RATES[-1]:
        text += (
            f" The curve ends at {curve.end():.2g} false alarms per CT, with all findings: at "
            "hollow points nothing is added."
        )
    return textwrap.wrap(text, _LETTERS)


def _x(rate: float) -> float:
    """Place of a rate: even up to the first of the seven, then a step for each doubling."""
    step = rate / RATES[0] if rate < RATES[0] else 1 + np.log2(rate / RATES[0])
    return _LEFT + _WIDTH * min(float(step) / len(RATES), 1.0)


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)


def _name(rate: float) -> str:
    return _NAMES.get(rate, f"{rate:g}")


def _axes() -> list[str]:
    bottom = _TOP + _HEIGHT
    parts = []
    for fifth in range(6):
        y = _y(fifth / 5)
        parts.append(_line(_LEFT, y, _LEFT + _WIDTH, y, opacity=0.6 if fifth == 0 else 0.15))
        parts.append(_text(_LEFT - 8, y + 4, f"{fifth / 5:.1f}", anchor="end"))
    for rate in (0.0, *RATES):
        parts.append(_line(_x(rate), bottom, _x(rate), bottom + 5, opacity=0.6))
        parts.append(_text(_x(rate), bottom + 20, _name(rate), anchor="middle"))
    middle = _LEFT + _WIDTH / 2
    parts.append(_text(middle, bottom + 40, "false alarms per CT, at most", anchor="middle"))
    x, y = 20, _TOP + _HEIGHT / 2
    parts.append(
        f'<text x="{x}" y="{y}" text-anchor="middle" transform="rotate(-90 {x} {y})">'
        "sensitivity: share of the lesions found</text>"
    )
    return parts


def _curve(curve: Froc) -> list[str]:
    """Steps, up to the last finding or the end of the axis."""
    if not curve.lesions:
        return []
    level = curve.at(0.0).sensitivity
    corners = [(0.0, level)]
    for rate, sensitivity in zip(curve.per_ct, curve.sensitivity, strict=True):
        if rate > RATES[-1]:
            corners.append((RATES[-1], level))
            break
        corners += [(rate, level), (rate, max(level, float(sensitivity)))]
        level = corners[-1][1]
    path = " ".join(f"{_x(rate):.1f},{_y(share):.1f}" for rate, share in corners)
    parts = [f'<polyline points="{path}" fill="none" stroke="{_CURVE}" stroke-width="2.5"/>']
    if curve.end() < RATES[-1]:
        x, y = _x(corners[-1][0]), _y(corners[-1][1])
        parts.append(_line(x, y - 8, x, y + 8, color=_CURVE, width=2.5))
    return parts


def _bars(intervals: Sequence[Interval]) -> list[str]:
    parts = []
    for rate, interval in zip(RATES, intervals, strict=False):
        if interval.low is None or interval.high is None:
            continue
        x, low, high = _x(rate), _y(interval.low), _y(interval.high)
        parts.append(_line(x, low, x, high, width=1.5, opacity=0.8))
        parts += [_line(x - 5, y, x + 5, y, width=1.5, opacity=0.8) for y in (low, high)]
    return parts


def _mark(point: Point) -> str:
    inside = "currentColor" if point.reached else "none"
    return (
        f'<circle cx="{_x(point.rate):.1f}" cy="{_y(point.sensitivity):.1f}" r="4.5" '
        f'fill="{inside}" stroke="currentColor" stroke-width="1.5"/>'
    )


def _line(
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    *,
    color: str = "currentColor",
    width: float = 1.0,
    opacity: float = 1.0,
) -> str:
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{color}" '
        f'stroke-width="{width:g}" stroke-opacity="{opacity:g}"/>'
    )


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, quiet: bool = False
) -> str:
    faint = ' fill-opacity="0.75"' if quiet else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{faint}>'
        f"{escape(words)}</text>"
    )
