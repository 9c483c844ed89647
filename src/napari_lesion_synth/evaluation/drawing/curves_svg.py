"""Several detectors' free-response curves in one drawing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.froc_axes import FrocAxes, corners
from napari_lesion_synth.evaluation.froc import RATES, Froc
from napari_lesion_synth.wording import counted

__all__ = ["curves_svg"]

_ROW = 20


def curves_svg(curves: Mapping[str, Froc]) -> str:
    """Draw curves of the same CTs over each other; they differ in colour, mark and dash.

    Parameters
    ----------
    curves : mapping of str to Froc
        By the detector's name.

    Returns
    -------
    str
        An ``<svg>`` element, in the colour of the text around it.

    Raises
    ------
    ParameterError
        If there is none, or their hits are of different rules.
    """
    rules = {curve.rule for curve in curves.values()}
    if len(rules) != 1:
        raise ParameterError(
            "there is no curve" if not rules else "the curves are of different rules of a hit",
            remedy="Draw curves that were judged by one rule",
        )
    axes = FrocAxes()
    looks = svg.styles(list(curves))
    parts = axes.parts()
    top = axes.bottom + 62
    for row, (name, curve) in enumerate(curves.items()):
        places = axes.places(corners(curve))
        if places:
            parts.append(svg.polyline(places, looks[name]))
        for point in curve.points():
            if np.isfinite(point.sensitivity):
                x, y = axes.x(point.rate), axes.y(point.sensitivity)
                parts.append(svg.mark(x, y, looks[name], hollow=not point.reached))
        y = top + _ROW * row
        parts.append(svg.polyline([(axes.left, y - 4), (axes.left + 34, y - 4)], looks[name]))
        parts.append(svg.mark(axes.left + 17, y - 4, looks[name]))
        parts.append(svg.text(axes.left + 44, y, name))
    below = top + _ROW * len(curves) + 4
    notes = svg.notes(_words(next(iter(curves.values())), curves), axes.left, below, axes.width)
    height = below + svg.LINE_HEIGHT * len(notes)
    title = f"Sensitivity by false alarms per CT of {', '.join(curves)}"
    return svg.element(axes.left + axes.width + 26, height, title, [*parts, *notes])


def _words(curve: Froc, curves: Mapping[str, Froc]) -> str:
    text = (
        f"{counted(curve.cts, 'CT')} of {counted(curve.patients, 'patient')}, "
        f"{counted(curve.lesions, 'lesion')}. {curve.rule}"
    )
    if any(each.end() < RATES[-1] for each in curves.values()):
        text += " Hollow: the detector has no findings for so many false alarms."
    return text
