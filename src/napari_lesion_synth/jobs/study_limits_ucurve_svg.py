"""Error against multiples of the limits, as a drawing (SVG): a U where the limits are right."""

from __future__ import annotations

from collections.abc import Callable

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.perception.limits.ucurve import UCurve

__all__ = ["ucurve_svg"]

_LEFT, _TOP, _WIDTH, _HEIGHT = 78.0, 24.0, 508.0, 220.0
_CURVE, _LIMIT = svg.Style("#3b82f6"), "#009e73"
_LEAST_REACH = 0.005
_CAP = 5.0


def ucurve_svg(curve: UCurve, model: str) -> str:
    """Draw how much larger the error at each multiple is than at the limit, with its interval.

    The difference is drawn, and the error stands beside it: dishes differ in their errors more than
    multiples do, and only differences on the same photos tell the multiples apart.

    Parameters
    ----------
    curve : UCurve
        Of trainings.
    model : str
        What learnt.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    ends = [end for each in curve.apart for end in (each.value, each.low, each.high) if end]
    reach = 1.15 * max([_LEAST_REACH, *map(abs, ends)])

    def x(multiple: float) -> float:
        return _LEFT + 30 + (_WIDTH - 60) * multiple / curve.multiples[-1]

    def y(value: float) -> float:
        return _TOP + _HEIGHT * (reach - value) / (2 * reach)

    places = [(x(m), y(a.value)) for m, a in zip(curve.multiples, curve.apart, strict=True)]
    parts = [
        svg.line(x(1), _TOP, x(1), _TOP + _HEIGHT, color=_LIMIT, width=2, dash="6 4"),
        svg.line(_LEFT, y(0), _LEFT + _WIDTH, y(0), opacity=0.6),
        svg.polyline(places, _CURVE),
    ]
    for (at, middle), apart, mae in zip(places, curve.apart, curve.errors, strict=True):
        if apart.low is not None and apart.high is not None and apart.low < apart.high:
            low, high = y(apart.low), y(apart.high)
            parts.append(svg.line(at, low, at, high, color=_CURVE.color, width=1.5))
            parts += [svg.line(at - _CAP, e, at + _CAP, e, color=_CURVE.color) for e in (low, high)]
        parts.append(svg.mark(at, middle, _CURVE))
        parts.append(svg.text(at + 9, middle - 8, f"{mae.value:.4f}", size=12))
    words = (
        f"{model}: mean absolute error at each multiple of the limits (numbers), and how much it "
        "is above that at the limits on the same photos, with its 95 % interval. Dashed: the "
        f"limits. {curve.words}"
    )
    parts += _axes(curve, x, (y(reach), y(-reach)), reach)
    top = _TOP + _HEIGHT + 52
    notes = svg.notes(words, 16, top, _LEFT + _WIDTH)
    height = top + svg.LINE_HEIGHT * len(notes)
    title = "Error of trainings against multiples of the limits"
    return svg.element(_LEFT + _WIDTH + 24, height, title, [*parts, *notes])


def _axes(
    curve: UCurve, x: Callable[[float], float], ends: tuple[float, float], reach: float
) -> list[str]:
    top, bottom = ends
    parts = [
        svg.line(_LEFT, top, _LEFT, bottom),
        svg.line(_LEFT, bottom, _LEFT + _WIDTH, bottom),
    ]
    parts += [
        svg.text(x(multiple), bottom + 16, f"{multiple:g}", anchor="middle", size=12)
        for multiple in curve.multiples
    ]
    for value, y in ((reach, top), (0.0, (top + bottom) / 2), (-reach, bottom)):
        words = f"{value:+.3f}".replace("-", "\N{MINUS SIGN}") if value else "0"
        parts.append(svg.text(_LEFT - 8, y + 4, words, anchor="end", size=12))
    parts.append(svg.text(_LEFT + _WIDTH / 2, bottom + 34, "times the limits", anchor="middle"))
    parts.append(svg.upright(16, (top + bottom) / 2, "error less that at the limits"))
    return parts
