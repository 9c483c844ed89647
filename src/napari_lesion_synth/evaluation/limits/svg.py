"""A detection-limit map as a drawing: a panel for each method and depth."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.limits.analysis import LimitMap
from napari_lesion_synth.evaluation.limits.contours import SHARES
from napari_lesion_synth.evaluation.limits.panel import (
    CONTOURS,
    READERS,
    Panel,
    cell_color,
    hatched,
)
from napari_lesion_synth.evaluation.limits.reader_limit import ReaderLimit
from napari_lesion_synth.evaluation.limits.settings import Band
from napari_lesion_synth.evaluation.limits.words import map_notes, panel_sentence

__all__ = ["limit_svg"]

_LEFT, _RIGHT, _BETWEEN = 76, 24, 64
_TITLE, _BELOW = 42, 52
_MARGIN = 16
_LEAST_WIDTH = 560
_LETTER = 6.6
_SMALL = 12
_RAMP_WIDTH = 65


def limit_svg(made: LimitMap, readers: Sequence[ReaderLimit] = ()) -> str:
    """Draw a map.

    Squares hold how many lesions of how many were found, and are the darker the more; hatched ones
    could not be measured. A dashed line shows from where on half, and an unbroken one from where
    on nine of ten are found, each with its interval shaded.

    Parameters
    ----------
    made : LimitMap
        What to draw.
    readers : sequence of ReaderLimit
        Further curves to draw beside the contours.

    Returns
    -------
    str
        An ``<svg>`` element, in the colour of the text around it.
    """
    settings = made.searched.settings
    across = Panel(0, 0, settings.diameters_mm, settings.contrasts_hu).width + _BETWEEN
    width = max(_LEFT + len(settings.bands) * across - _BETWEEN + _RIGHT, _LEAST_WIDTH)
    parts, top = _header(made, width)
    told = []
    for method in settings.methods:
        bottom = top
        for column, band in enumerate(settings.bands):
            left = _LEFT + column * across
            panel = Panel(left, top + _TITLE, settings.diameters_mm, settings.contrasts_hu)
            parts += [
                *_title(made, panel, method, band),
                *_panel(made, panel, (method, band.name), readers),
            ]
            words = panel_sentence(made, method, band.name)
            noted = svg.notes(words, left, panel.bottom + _BELOW, panel.width + _BETWEEN - 24)
            parts += noted
            bottom = max(bottom, panel.bottom + _BELOW + svg.LINE_HEIGHT * len(noted))
            told.append(f"{method}, {band.name}: {words}")
        top = bottom + 12
    legend, lines = _legend(made, readers, top + 8, width)
    parts += legend
    top += 8 + 22 * lines + 12
    for words in map_notes(made):
        noted = svg.notes(words, _MARGIN, top, width - 2 * _MARGIN)
        parts += noted
        top += svg.LINE_HEIGHT * len(noted) + 6
    return svg.element(width, top, f"Detection limits. {'; '.join(told)}", parts)


def _header(made: LimitMap, width: float) -> tuple[list[str], float]:
    """What it is, who searched, and what that cost; and where the panels begin."""
    searched, alarms = made.searched, made.false_alarms
    cts = made.cts[0] if len(made.cts) == 1 else f"{len(made.cts)} CTs"
    per = "false alarm" if alarms.value == 1 else "false alarms"
    rate = f"{alarms.value:.2g} {per} per CT"
    if alarms.low is not None and alarms.high is not None:
        rate += f" ({alarms.low:.2g} to {alarms.high:.2g})"
    words = (
        f"{svg.elided(searched.detector, 64)} in {svg.elided(cts, 40)}. At its threshold of "
        f"{searched.threshold:.3g}: {rate}."
    )
    title = "Which lesions are found: by diameter, contrast and depth"
    noted = svg.notes(f"{words[:1].upper()}{words[1:]}", _MARGIN, 45, width - 2 * _MARGIN)
    head = f'<text x="{_MARGIN}" y="24" font-size="17" font-weight="600">{title}</text>'
    return [head, *noted], 45.0 + svg.LINE_HEIGHT * len(noted)


def _title(made: LimitMap, panel: Panel, method: str, band: Band) -> list[str]:
    """What a panel is of, above it."""
    name = f"{band.name[:1].upper()}{band.name[1:]}"
    if len(made.searched.settings.methods) > 1:
        name += f", {method}"
    place = f'x="{panel.left:.1f}" y="{panel.top - 24:.1f}"'
    return [
        f'<text {place} font-size="14" font-weight="600">{escape(name)}</text>',
        svg.text(panel.left, panel.top - 8, band.text, size=_SMALL, quiet=True),
    ]


def _panel(
    made: LimitMap, panel: Panel, key: tuple[str, str], readers: Sequence[ReaderLimit]
) -> list[str]:
    method, band = key
    results = [each for each in made.cells if each.cell.method == method and each.cell.band == band]
    settings = made.searched.settings
    parts = list(panel.cells(results))
    fit = made.fits.get(method)
    if fit is not None and any(each.made for each in results):
        for share in SHARES:
            parts += panel.contour(fit.contour(band, share))
    for limit, style in zip(readers, READERS, strict=False):
        if limit.band in ("", band):
            parts += panel.reader(limit, style)
    parts += panel.numbers(results)
    parts += panel.axes(named=band == settings.bands[0].name)
    return parts


def _legend(
    made: LimitMap, readers: Sequence[ReaderLimit], top: float, width: float
) -> tuple[list[str], int]:
    """What the colours and lines mean, in as many lines as it takes."""
    gaps = any(each.share is None for each in made.cells)
    entries: list[tuple[list[str], str]] = [
        (_ramp(), "none to all found"),
        (_line(CONTOURS[0.5]), "half found (50 %)"),
        (_line(CONTOURS[0.9]), "9 of 10 found (90 %)"),
        *([(hatched(0, -11, 30, 14), "not measured: no room, or not made")] if gaps else []),
        *((_line(style), limit.name) for limit, style in zip(readers, READERS, strict=False)),
    ]
    parts, x, line = [], float(_MARGIN), 0
    for drawn, words in entries:
        start = _RAMP_WIDTH + 6 if drawn is entries[0][0] else 38
        across = start + _LETTER * len(words) + 18
        if x + across > width and x > _MARGIN:
            x, line = float(_MARGIN), line + 1
        y = top + 22 * line
        parts.append(f'<g transform="translate({x:.1f} {y:.1f})">{"".join(drawn)}</g>')
        parts.append(svg.text(x + start, y, words, size=_SMALL))
        x += across
    return parts, line + 1


def _line(style: svg.Style) -> list[str]:
    return [svg.polyline([(0, -4), (32, -4)], style, width=3)]


def _ramp() -> list[str]:
    return [
        f'<rect x="{13 * k}" y="-11" width="13" height="14" fill="{cell_color(k / 4)}" '
        'stroke="#8888" stroke-width="0.5"/>'
        for k in range(5)
    ]
