"""Arms that differ in their share of synthetic lesions alone, as a sweep of that share."""

from __future__ import annotations

import json
from collections.abc import Sequence

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.experiment.arm_figures import ArmFigures
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.report.figure_words import at_rate, figure_words, what_of

__all__ = ["ratio_svg", "ratio_sweep"]

_LEFT, _TOP, _WIDTH, _HEIGHT = 66.0, 24.0, 500.0, 240.0
_MARGIN = 0.06
_FEWEST, _LETTERS = 2, 16
_BUT = ", but that without synthetic lesions there are no shams"
_LOOK = svg.Style("#3b82f6", "square")


def ratio_sweep(plan: ExperimentPlan, arms: Sequence[ArmFigures]) -> list[tuple[float, ArmFigures]]:
    """The longest sweep among the arms, by share.

    The share 0 is an arm with real lesions alone that is otherwise alike. Nothing, where fewer
    than two arms with synthetic lesions differ in their share alone.
    """
    sweeps: dict[str, list[tuple[float, ArmFigures]]] = {}
    alone: dict[str, ArmFigures] = {}
    for arm in arms:
        mixture = arm.arm.mixture(plan.mixture).model_dump(mode="json")
        share = mixture.pop("synthetic")
        if share == 0:
            if not mixture["sham"]:
                alone.setdefault(_kind({**mixture, "methods": None, "sham": None}), arm)
            continue
        kind = {**mixture, "made": dict(sorted(arm.arm.made.items()))}
        kind["selected"] = arm.arm.selected
        sweeps.setdefault(_kind(kind), []).append((share, arm))
    longest = max(sweeps.values(), key=len, default=[])
    if len(longest) < _FEWEST:
        return []
    mixture = longest[0][1].arm.mixture(plan.mixture).model_dump(mode="json")
    del mixture["synthetic"]
    none = alone.get(_kind({**mixture, "methods": None, "sham": None}))
    swept = [*([(0.0, none)] if none is not None else []), *longest]
    return sorted(swept, key=lambda each: each[0])


def ratio_svg(comparison: Comparison) -> str:
    """Sensitivity by share of synthetic lesions; empty where no arms make a sweep."""
    sweep = ratio_sweep(comparison.plan, comparison.arms)
    if not sweep:
        return ""
    rate, bottom = comparison.plan.rate, _TOP + _HEIGHT
    parts = []
    for fifth in range(6):
        y = _y(fifth / 5)
        parts.append(svg.line(_LEFT, y, _LEFT + _WIDTH, y, opacity=0.6 if fifth == 0 else 0.15))
        parts.append(svg.text(_LEFT - 8, y + 4, f"{fifth / 5:.1f}", anchor="end"))
    parts.append(svg.upright(20, _TOP + _HEIGHT / 2, "sensitivity: share of the lesions found"))
    words = "share of synthetic lesions, and the arm"
    parts.append(svg.text(_LEFT + _WIDTH / 2, bottom + 58, words, anchor="middle"))
    means = [(_x(share), _y(arm.at(rate).value)) for share, arm in sweep]
    if all(arm.at(rate).value == arm.at(rate).value for _, arm in sweep):
        parts.append(svg.polyline(means, svg.Style(_LOOK.color, dash="4 4"), width=1.5))
    for share, arm in sweep:
        parts += _column(share, arm, rate, bottom)
    words = (
        f"Sensitivity {at_rate(rate, comparison.harvest.per)}, by the share of synthetic lesions "
        f"among the examples with a lesion; all else is the same{_BUT * (sweep[0][0] == 0)}. "
        "Squares: mean of the trainings; "
        "circles: each training. Bars: 95 % intervals for other patients and these trained "
        f"detectors. The dashed line only joins the means. {what_of(comparison)}"
    )
    width = _LEFT + _WIDTH + 30
    notes = svg.notes(words, 10, bottom + 82, width - 20)
    told = ", ".join(
        f"{_percent(share)}: {figure_words(arm.at(rate).patients)}" for share, arm in sweep
    )
    return svg.element(
        width,
        bottom + 78 + svg.LINE_HEIGHT * len(notes),
        f"Sensitivity by share of synthetic lesions: {told}",
        [*parts, *notes],
    )


def _column(share: float, arm: ArmFigures, rate: float, bottom: float) -> list[str]:
    found, x = arm.at(rate), _x(share)
    parts = [
        svg.text(x, bottom + 20, _percent(share), anchor="middle"),
        svg.text(
            x, bottom + 36, svg.elided(arm.name, _LETTERS), anchor="middle", size=12, quiet=True
        ),
    ]
    low, high = found.patients.low, found.patients.high
    if low is not None and high is not None:
        ends = _y(low), _y(high)
        parts.append(svg.line(x, ends[0], x, ends[1], color=_LOOK.color, width=1.5))
        parts += [svg.line(x - 6, y, x + 6, y, color=_LOOK.color, width=1.5) for y in ends]
    parts += [
        svg.mark(x + 14, _y(value), svg.Style(_LOOK.color), hollow=True, size=3)
        for value in found.by_training
        if value == value
    ]
    if found.value == found.value:
        parts.append(svg.mark(x, _y(found.value), _LOOK))
    return parts


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _x(share: float) -> float:
    return _LEFT + _WIDTH * (_MARGIN + (1 - 2 * _MARGIN) * share)


def _y(value: float) -> float:
    return _TOP + _HEIGHT * (1 - value)


def _kind(facts: dict[str, object]) -> str:
    return json.dumps(facts, sort_keys=True)
