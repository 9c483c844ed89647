"""Change of attractiveness against the strength of a transform, as a drawing (SVG)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.perception.limits.dose import DoseCurve
from napari_lesion_synth.perception.limits.range_found import FoundRange
from napari_lesion_synth.perception.transforms.registry import get_transform

__all__ = ["dose_svg"]

Array = NDArray[np.float64]

_LEFT, _TOP, _WIDTH, _HEIGHT = 66.0, 24.0, 520.0, 240.0
_CURVE, _SAFE = "#3b82f6", "#009e73"
_TICKS = 5


def dose_svg(curve: DoseCurve, margin: float, ranges: Sequence[FoundRange]) -> str:
    """Draw a curve with its 90 % interval, the margin, and the range that was found.

    Parameters
    ----------
    curve : DoseCurve
        Of the average category.
    margin : float
        Largest change that counts as none, in the curve's unit.
    ranges : sequence of FoundRange
        Of the categories; the narrowest is drawn.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    low, high = curve.interval()
    reach = float(max(np.abs(low).max(), np.abs(high).max(), 1.5 * margin))
    x = _LEFT + _WIDTH * (curve.magnitudes - curve.magnitudes[0]) / np.ptp(curve.magnitudes)

    def y(values: Array | float) -> Array:
        return np.asarray(_TOP + _HEIGHT * (reach - np.asarray(values)) / (2 * reach))

    left, right = _narrowest(ranges)
    ends = np.interp([left, right], curve.magnitudes, x)
    safe = [(float(ends[0]), _TOP), (float(ends[1]), _TOP)]
    safe += [(px, _TOP + _HEIGHT) for px, _ in reversed(safe)]
    band = [*zip(x, y(high), strict=True), *zip(x[::-1], y(low)[::-1], strict=True)]
    parts = [
        svg.area(safe, _SAFE, opacity=0.12),
        svg.area([(float(a), float(b)) for a, b in band], _CURVE, opacity=0.2),
        svg.polyline(
            [(float(a), float(b)) for a, b in zip(x, y(curve.mean), strict=True)],
            svg.Style(_CURVE),
        ),
        *(_level(float(y(sign * margin)), dash="6 4") for sign in (-1, 1)),
        _level(float(y(0.0)), dash=""),
        *_axes(curve, x, (reach, float(y(reach)), float(y(-reach)))),
    ]
    definition = get_transform(curve.transform)
    words = (
        f"{definition.title}: change for the average photo and rater, with its 90 % interval. "
        f"Dashed: the margin, ±{margin:.2f} {curve.unit}. Green: magnitudes at which the change is "
        "shown to be within it, for the category with the narrowest range."
    )
    notes = svg.notes(words, 16, _TOP + _HEIGHT + 52, _LEFT + _WIDTH)
    height = _TOP + _HEIGHT + 52 + svg.LINE_HEIGHT * len(notes)
    title = f"Change of attractiveness against {definition.title}"
    return svg.element(_LEFT + _WIDTH + 24, height, title, [*parts, *notes])


def _narrowest(ranges: Sequence[FoundRange]) -> tuple[float, float]:
    if not ranges:
        return 0.0, 0.0
    narrow = min(ranges, key=lambda each: each.high - each.low)
    return narrow.low, narrow.high


def _level(y: float, dash: str) -> str:
    return svg.line(_LEFT, y, _LEFT + _WIDTH, y, opacity=0.6, dash=dash)


def _axes(curve: DoseCurve, x: Array, ends: tuple[float, float, float]) -> list[str]:
    reach, top, bottom = ends
    floor = _TOP + _HEIGHT
    parts = [
        svg.line(_LEFT, _TOP, _LEFT, floor),
        svg.line(_LEFT, floor, _LEFT + _WIDTH, floor),
    ]
    for magnitude in np.linspace(curve.magnitudes[0], curve.magnitudes[-1], _TICKS):
        at = float(np.interp(magnitude, curve.magnitudes, x))
        parts.append(svg.text(at, floor + 16, f"{magnitude:.3g}", anchor="middle", size=12))
    for value, y in ((reach, top), (0.0, (top + bottom) / 2), (-reach, bottom)):
        parts.append(svg.text(_LEFT - 8, y + 4, f"{value:+.1f}", anchor="end", size=12))
    unit = get_transform(curve.transform).unit
    label = f"{curve.transform}{f' ({unit})' if unit else ''}"
    parts.append(svg.text(_LEFT + _WIDTH / 2, floor + 34, label, anchor="middle"))
    parts.append(svg.upright(16, _TOP + _HEIGHT / 2, f"change ({curve.unit})"))
    return parts
