"""Free-response curves of several arms: means over their trainings, with bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.froc_axes import FrocAxes
from napari_lesion_synth.evaluation.experiment.arm_figures import BAND_RATES, ArmFigures
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.report.figure_words import what_of
from napari_lesion_synth.wording import counted

__all__ = ["froc_overlay", "froc_panels"]

_LEGEND_ROW, _LETTER = 20, 7.2
_MOST_BANDS, _LETTERS = 3, 18
_WORDS = (
    "95 % intervals, each rate by itself, patients drawn again, the trained detectors as they "
    "are. A curve, the mean of an arm's trainings, ends with a bar where none of them has further "
    "findings."
)
_BEYOND = "Hollow marks lie beyond, where nothing is added."
_BEHIND = svg.Style(dash="5 3")


def froc_overlay(comparison: Comparison, names: Sequence[str]) -> str:
    """The baseline and up to five chosen arms in one field.

    More than three bands cannot be told apart: then only the baseline and the first chosen arm
    have theirs.

    Parameters
    ----------
    comparison : Comparison
        Of an experiment.
    names : sequence of str
        Arms to draw besides the baseline.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    baseline = comparison.plan.baseline
    arms = [arm for arm in comparison.arms if arm.name in names or arm.name == baseline]
    looks = svg.styles([arm.name for arm in arms], plain=baseline)
    legend, rows = _legend(arms, looks, 66, 20, 548)
    axes = FrocAxes(top=20 + rows * _LEGEND_ROW, per=comparison.harvest.per)
    banded, whose = [arm.name for arm in arms], ""
    if len(arms) > _MOST_BANDS:
        banded = [name for name in (baseline, *names[:1]) if name in banded]
        whose = f" of {' and '.join(banded)}"
    words = f"{what_of(comparison)} Bands{whose}: {_WORDS} {_BEYOND}"
    notes = svg.notes(words, 20, axes.bottom + 66, 594)
    ordered = sorted(arms, key=lambda arm: arm.name == baseline)
    return svg.element(
        axes.left + axes.width + 26,
        axes.bottom + 62 + svg.LINE_HEIGHT * len(notes),
        f"Free-response curves of {', '.join(arm.name for arm in arms)}",
        [
            *legend,
            *axes.parts(),
            *(_band(axes, arm, looks[arm.name]) for arm in ordered if arm.name in banded),
            *(part for arm in ordered for part in _curve(axes, arm, looks[arm.name])),
            *notes,
        ],
    )


def froc_panels(comparison: Comparison, columns: int = 3) -> str:
    """Every arm in a field of its own, with its band; the baseline's curve lies behind each."""
    baseline = comparison.by_name.get(comparison.plan.baseline)
    arms = [arm for arm in comparison.arms if arm is not baseline] or list(comparison.arms)
    across = min(columns, len(arms))
    width, height, gap_x, gap_y = 196.0, 150.0, 48.0, 62.0
    look, parts = svg.styles(["arm"])["arm"], []
    for number, arm in enumerate(arms):
        row, column = divmod(number, across)
        axes = FrocAxes(
            46 + column * (width + gap_x), 34 + row * (height + gap_y), width, height, named=False
        )
        parts.append(svg.text(axes.left, axes.top - 10, _named(arm)))
        parts += [*axes.parts(), _band(axes, arm, look)]
        if baseline is not None and arm is not baseline:
            parts += _curve(axes, baseline, _BEHIND, plain=True)
        parts += _curve(axes, arm, look, plain=True)
    bottom = 34 + -(-len(arms) // across) * (height + gap_y)
    full = 46 + across * (width + gap_x) - 10
    words = (
        f"Across: false alarms per {comparison.harvest.per}, at most. Upwards: share of the "
        f"lesions found. Blue: the arm. Dashed: {comparison.plan.baseline}. Bands: {_WORDS} "
        f"{what_of(comparison)}"
    )
    width_of_notes = max(full - 30, 420)
    notes = svg.notes(words, 20, bottom + 4, width_of_notes)
    return svg.element(
        width_of_notes + 30,
        bottom + svg.LINE_HEIGHT * len(notes),
        f"Free-response curves of {counted(len(arms), 'arm')}, each beside the baseline",
        [*parts, *notes],
    )


def _named(arm: ArmFigures) -> str:
    return f"{svg.elided(arm.name, _LETTERS)} ({counted(arm.seeds, 'training')})"


def _legend(
    arms: Sequence[ArmFigures],
    looks: dict[str, svg.Style],
    left: float,
    top: float,
    width: float,
) -> tuple[list[str], int]:
    """Lines of samples with names, and how many lines there are."""
    parts, x, row = [], left, 0
    for arm in arms:
        room = 52 + _LETTER * len(_named(arm))
        if x > left and x + room > left + width:
            x, row = left, row + 1
        y, look = top + row * _LEGEND_ROW, looks[arm.name]
        parts.append(svg.polyline([(x, y - 4), (x + 32, y - 4)], look))
        parts += [svg.mark(x + 16, y - 4, look), svg.text(x + 40, y, _named(arm))]
        x += room
    return parts, row + 1


def _shown(arm: ArmFigures) -> list[int]:
    """Which of the band's rates lie on the curve."""
    end = min(arm.end, RATES[-1])
    return [k for k, rate in enumerate(BAND_RATES) if rate <= end + 1e-9]


def _curve(axes: FrocAxes, arm: ArmFigures, look: svg.Style, *, plain: bool = False) -> list[str]:
    values = [interval.value for interval in arm.band]
    if not np.isfinite(values).all():
        return []
    shown = _shown(arm)
    points = [(BAND_RATES[k], values[k]) for k in shown]
    end = min(arm.end, RATES[-1])
    if end > points[-1][0]:
        points.append((end, max(points[-1][1], _at_end(arm, end))))
    places = axes.places(points)
    parts = [svg.polyline(places, look, width=1.8 if plain else 2.5)]
    if arm.end < RATES[-1]:
        x, y = places[-1]
        parts.append(svg.line(x, y - 7, x, y + 7, color=look.color, width=2))
    if plain:
        return parts
    by_rate = dict(zip(BAND_RATES, values, strict=True))
    for rate in RATES:
        hollow = rate > arm.end + 1e-9
        parts.append(svg.mark(axes.x(rate), axes.y(by_rate[rate]), look, hollow=hollow))
    return parts


def _at_end(arm: ArmFigures, end: float) -> float:
    return float(np.mean([curve.at(end).sensitivity for curve in arm.curves]))


def _band(axes: FrocAxes, arm: ArmFigures, look: svg.Style) -> str:
    shown = [(BAND_RATES[k], arm.band[k]) for k in _shown(arm)]
    low = [(rate, i.low) for rate, i in shown if i.low is not None]
    high = [(rate, i.high) for rate, i in shown if i.high is not None]
    return svg.area(axes.places([*low, *high[::-1]]), look.color) if low else ""
