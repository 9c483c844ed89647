"""Errors of models as a drawing (SVG), between what labels allow and what knowing nothing costs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.regression.noise import LabelNoise

__all__ = ["MaeRow", "mae_svg"]

_LEFT, _WIDTH, _RIGHT = 190.0, 460.0, 70.0
_ROW, _TOP, _LINE = 30.0, 46.0, 17.0
_LETTER = 6.5
_MOST_TICKS = 8
_FLOOR_COLOR, _MARK_COLOR = "#009e73", "#3b82f6"


@dataclass(frozen=True, slots=True)
class MaeRow:
    """A model, or a way of knowing the photos, and its mean absolute error."""

    name: str
    mae: Interval


def mae_svg(
    rows: Sequence[MaeRow],
    floor: LabelNoise | None,
    ceiling: MaeRow | None = None,
    note: str = "",
) -> str:
    """Draw mean absolute errors with their intervals, a row each.

    Parameters
    ----------
    rows : sequence of MaeRow
        From top to bottom.
    floor : LabelNoise or None
        Error of a perfect model, which the labels' noise leaves; None where it is not known,
        which the drawing says.
    ceiling : MaeRow, optional
        What knowing nothing costs: the error of the average.
    note : str
        What the intervals rest on.

    Returns
    -------
    str
        An ``<svg>`` element, in the colour of the text around it.

    Raises
    ------
    ParameterError
        If there is nothing to draw.
    """
    if not rows:
        raise ParameterError("there are no models to draw")
    axis = _axis(rows, ceiling)
    words = textwrap.wrap(_said(floor, note), int((_LEFT + _WIDTH) / _LETTER))
    parts = [*_bounds(axis, floor, ceiling), *_ticks(axis)]
    for k, row in enumerate(rows):
        parts += _row(axis, _TOP + _ROW * (k + 0.5), row)
    below = axis.bottom + 60
    parts += [_text(16, below + _LINE * k, line, quiet=True) for k, line in enumerate(words)]
    height = below + _LINE * len(words) + 4
    width = _LEFT + _WIDTH + _RIGHT
    told = ", ".join(f"{row.name} {row.mae.value:.3f}" for row in rows)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" fill="currentColor" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    title = f"<title>{escape(f'Mean absolute error: {told}')}</title>"
    return "\n".join([head, title, *parts, "</svg>"])


@dataclass(frozen=True, slots=True)
class _Axis:
    """From 0 to `end`, with a tick every `step`, drawn down to `bottom`."""

    end: float
    step: float
    bottom: float

    def x(self, value: float) -> float:
        return _LEFT + _WIDTH * min(max(value / self.end, 0), 1)


def _axis(rows: Sequence[MaeRow], ceiling: MaeRow | None) -> _Axis:
    shown = [*rows, *([ceiling] if ceiling else [])]
    ends = [row.mae.value if row.mae.high is None else row.mae.high for row in shown]
    largest = max([*(end for end in ends if np.isfinite(end)), 1e-3])
    least = 1.05 * largest / _MOST_TICKS
    power = 10 ** np.floor(np.log10(least))
    step = float(power * next(size for size in (1, 2, 2.5, 5, 10) if size * power >= least))
    end = float(np.ceil(1.05 * largest / step)) * step
    return _Axis(end, step, _TOP + _ROW * len(rows))


def _ticks(axis: _Axis) -> list[str]:
    parts = [_line(_LEFT, axis.bottom, _LEFT + _WIDTH, axis.bottom)]
    for value in np.arange(0, axis.end + axis.step / 2, axis.step):
        x = axis.x(float(value))
        parts += [
            _line(x, axis.bottom, x, axis.bottom + 5),
            _text(x, axis.bottom + 19, f"{value:.3g}", anchor="middle"),
        ]
    middle = _LEFT + _WIDTH / 2
    parts.append(_text(middle, axis.bottom + 38, "mean absolute error", anchor="middle"))
    return parts


def _bounds(axis: _Axis, floor: LabelNoise | None, ceiling: MaeRow | None) -> list[str]:
    parts = []
    if floor is not None and np.isfinite(floor.floor.value):
        x = axis.x(floor.floor.value)
        height = axis.bottom - _TOP
        box = f'x="{_LEFT:g}" y="{_TOP:g}" width="{x - _LEFT:.1f}" height="{height:.1f}"'
        parts += [
            f'<rect {box} fill="{_FLOOR_COLOR}" fill-opacity="0.15"/>',
            _line(x, _TOP - 8, x, axis.bottom, color=_FLOOR_COLOR, width=2),
            _text(x, _TOP - 14, f"label noise {floor.floor.value:.3f}", anchor="middle"),
        ]
    if ceiling is not None:
        x = axis.x(ceiling.mae.value)
        parts += [
            _line(x, _TOP - 8, x, axis.bottom, dash="6 4"),
            _text(x, _TOP - 30, f"{ceiling.name} {ceiling.mae.value:.3f}", anchor="middle"),
        ]
    return parts


def _row(axis: _Axis, y: float, row: MaeRow) -> list[str]:
    parts = [_text(_LEFT - 12, y + 4, row.name, anchor="end")]
    if not np.isfinite(row.mae.value):
        return [*parts, _text(_LEFT + 8, y + 4, "no figure", quiet=True)]
    x = axis.x(row.mae.value)
    if row.mae.low is not None and row.mae.high is not None:
        low, high = axis.x(row.mae.low), axis.x(row.mae.high)
        parts += [
            _line(low, y, high, y, width=1.5),
            *(_line(end, y - 5, end, y + 5, width=1.5) for end in (low, high)),
        ]
    parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{_MARK_COLOR}"/>')
    parts.append(_text(_LEFT + _WIDTH + 12, y + 4, f"{row.mae.value:.3f}"))
    return parts


def _said(floor: LabelNoise | None, note: str) -> str:
    if floor is None:
        said = "The labels' noise is not known: no photo was judged twice."
    else:
        said = f"Green: {floor.text}; its correlation is at most {floor.best_r.value:.2f}."
    return f"Bars: 95 % intervals. {said} {note}".strip()


def _line(
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    *,
    color: str = "currentColor",
    width: float = 1.0,
    dash: str = "",
) -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{color}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def _text(x: float, y: float, words: str, *, anchor: str = "start", quiet: bool = False) -> str:
    faint = ' font-size="12" fill-opacity="0.75"' if quiet else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{faint}>{escape(words)}</text>'
