"""Drawings (SVG) that a page holds without any script: lines, words, marks and their colours.

Words and axes take the colour of the text around, so that a drawing is read on a light page and
on a dark one. What must be told apart differs in colour, in shape and in dash: the colours are
apart for eyes that see no red or no green, and stand out from white and from black by 3 to 1.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

__all__ = [
    "LINE_HEIGHT",
    "PLAIN",
    "Style",
    "area",
    "element",
    "elided",
    "free_standing",
    "line",
    "mark",
    "notes",
    "polyline",
    "styles",
    "text",
    "upright",
]

INK = "currentColor"
LINE_HEIGHT = 17
_LETTER = 6.8
"""Mean width of a letter of a note, in the widest of the fonts that a page may be shown in."""


@dataclass(frozen=True, slots=True)
class Style:
    """How one thing is told from another.

    Parameters
    ----------
    color : str
        Of its line and its marks.
    shape : str
        Of its marks: ``"circle"``, ``"square"``, ``"diamond"``, ``"up"``, ``"down"``, ``"cross"``.
    dash : str
        Of its line, as in ``"7 4"``; empty: unbroken.
    """

    color: str = INK
    shape: str = "circle"
    dash: str = ""


PLAIN = Style()

_STYLES = (
    Style("#3b82f6", "square"),
    Style("#d55e00", "up", "9 3"),
    Style("#009e73", "diamond", "3 3"),
    Style("#b5629a", "down", "12 3 3 3"),
    Style("#b07d00", "cross", "6 2 2 2"),
)


def styles(names: Sequence[str], plain: str | None = None) -> dict[str, Style]:
    """A style for each name; the one called `plain` is drawn like the words.

    Beyond five they repeat: a drawing that shows more has to name them beside their marks.
    """
    others = [name for name in names if name != plain]
    found = {name: _STYLES[k % len(_STYLES)] for k, name in enumerate(others)}
    if plain is not None:
        found[plain] = PLAIN
    return found


def element(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """The ``<svg>`` element; `title` is what a reader of screens says."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" fill="currentColor" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    return "\n".join([head, f"<title>{escape(title)}</title>", *parts, "</svg>"])


def free_standing(svg: str) -> bytes:
    """A drawing as a file of its own: dark on white, whatever shows it."""
    head, rest = svg.split(">", 1)
    paper = '<rect width="100%" height="100%" fill="#ffffff"/>'
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', f'{head} color="#1d1f23">', f"{paper}{rest}"]
    return ("\n".join(parts) + "\n").encode()


def elided(words: str, letters: int) -> str:
    """Words that lose their middle where they have more letters."""
    if len(words) <= letters:
        return words
    return (
        f"{words[: letters // 2]}\N{HORIZONTAL ELLIPSIS}{words[len(words) - (letters - 1) // 2 :]}"
    )


def notes(words: str, left: float, top: float, width: float) -> list[str]:
    """Lines of small words, broken at `width`."""
    lines = textwrap.wrap(words, max(12, int(width / _LETTER)))
    return [
        text(left, top + LINE_HEIGHT * row, each, size=12, quiet=True)
        for row, each in enumerate(lines)
    ]


def line(
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    *,
    color: str = INK,
    width: float = 1.0,
    opacity: float = 1.0,
    dash: str = "",
) -> str:
    """A straight line."""
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{color}" '
        f'stroke-width="{width:g}" stroke-opacity="{opacity:g}"{_dashed(dash)}/>'
    )


def polyline(
    points: Sequence[tuple[float, float]], style: Style, *, width: float = 2.5, opacity: float = 1.0
) -> str:
    """A line through points."""
    faint = "" if opacity == 1 else f' stroke-opacity="{opacity:g}"'
    return (
        f'<polyline points="{_path(points)}" fill="none" stroke="{style.color}" '
        f'stroke-width="{width:g}"{faint}{_dashed(style.dash)}/>'
    )


def area(points: Sequence[tuple[float, float]], color: str, *, opacity: float = 0.15) -> str:
    """A filled outline."""
    return f'<polygon points="{_path(points)}" fill="{color}" fill-opacity="{opacity:g}"/>'


def mark(x: float, y: float, style: Style, *, hollow: bool = False, size: float = 4.5) -> str:
    """A mark of the style's shape around a point."""
    inside = "none" if hollow else style.color
    ink = f'fill="{inside}" stroke="{style.color}" stroke-width="1.5"'
    if style.shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" {ink}/>'
    if style.shape == "cross":
        arms = f"M{x - size:.1f},{y - size:.1f}L{x + size:.1f},{y + size:.1f}"
        arms += f"M{x - size:.1f},{y + size:.1f}L{x + size:.1f},{y - size:.1f}"
        return f'<path d="{arms}" fill="none" stroke="{style.color}" stroke-width="2.2"/>'
    reach = size * 1.15
    corners = {
        "square": [(-size, -size), (size, -size), (size, size), (-size, size)],
        "diamond": [(0, -reach * 1.2), (reach * 1.2, 0), (0, reach * 1.2), (-reach * 1.2, 0)],
        "up": [(0, -reach * 1.1), (reach, reach * 0.9), (-reach, reach * 0.9)],
        "down": [(0, reach * 1.1), (reach, -reach * 0.9), (-reach, -reach * 0.9)],
    }[style.shape]
    return f'<polygon points="{_path([(x + a, y + b) for a, b in corners])}" {ink}/>'


def text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, quiet: bool = False
) -> str:
    """Words in one line; `anchor` is ``"start"``, ``"middle"`` or ``"end"``."""
    faint = ' fill-opacity="0.75"' if quiet else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{faint}>'
        f"{escape(words)}</text>"
    )


def upright(x: float, y: float, words: str, *, size: int = 13) -> str:
    """Words that run upwards, around a point."""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="{size}" '
        f'transform="rotate(-90 {x:g} {y:g})">{escape(words)}</text>'
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""
