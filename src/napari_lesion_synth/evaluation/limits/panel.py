"""One panel of a detection-limit map: cells with their numbers, and the contours over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.limits.analysis import CellResult
from napari_lesion_synth.evaluation.limits.contours import Contour
from napari_lesion_synth.evaluation.limits.reader_limit import ReaderLimit

__all__ = ["CONTOURS", "READERS", "Panel", "cell_color", "hatched"]

Array = NDArray[np.float64]

CELL_HEIGHT = 40
_FIELD, _LEAST_CELL = 352, 54

CONTOURS = {0.5: svg.Style("#d55e00", dash="7 4"), 0.9: svg.Style("#7a1f6b")}
"""Half dashed, nine of ten unbroken."""

LABELS = {0.5: "50 %", 0.9: "90 %"}

READERS = (
    svg.Style("#009e73", dash="2 3"),
    svg.Style("#cc79a7", dash="10 3 2 3"),
    svg.Style("#b07d00", dash="4 2"),
)

_RAMP = ((250, 251, 253), (198, 219, 239), (146, 190, 224), (90, 155, 205))
"""From none found to all found: one hue, so that it prints and is read by every eye, and light
enough for lines and words upon it."""

_INK = "#10151c"
_EMPTY = "#f1f1ef"


def cell_color(share: float) -> str:
    """The colour of a sensitivity."""
    place = min(max(share, 0.0), 1.0) * (len(_RAMP) - 1)
    low = min(int(place), len(_RAMP) - 2)
    part = place - low
    red, green, blue = (
        round(a + part * (b - a)) for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True)
    )
    return f"#{red:02x}{green:02x}{blue:02x}"


def hatched(left: float, top: float, width: float, height: float) -> list[str]:
    """A square that could not be measured: it must not be taken for one without a find."""
    square = (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{_EMPTY}" stroke="#ffffff"/>'
    )
    parts = [square]
    for start in np.arange(-height + 9, width, 9):
        x0, y0 = max(start, 0.0), height if start >= 0 else height + start
        x1 = min(start + height, width)
        y1 = y0 - (x1 - x0)
        parts.append(svg.line(left + x0, top + y0, left + x1, top + y1, color="#a8a8a4", width=1.1))
    return parts


@dataclass(frozen=True, eq=False)
class Panel:
    """Where the cells of a panel lie.

    Diameters run to the right and contrasts upward, each cell as large as any other; between the
    middles of two cells the scale is that of the logarithm.

    Parameters
    ----------
    left, top : float
        Corner of the field.
    diameters : tuple of float
        mm.
    contrasts : tuple of float
        HU, the faintest first, as asked for.
    """

    left: float
    top: float
    diameters: tuple[float, ...]
    contrasts: tuple[float, ...]

    @property
    def cell_width(self) -> float:
        """Of a square."""
        return max(float(_LEAST_CELL), _FIELD / len(self.diameters))

    @property
    def width(self) -> float:
        """Of the field."""
        return self.cell_width * len(self.diameters)

    @property
    def height(self) -> float:
        """Of the field."""
        return float(CELL_HEIGHT * len(self.contrasts))

    @property
    def bottom(self) -> float:
        """Of the field."""
        return self.top + self.height

    def x(self, diameter_mm: Array) -> Array:
        """Place of diameters, between the middles of the first and last cells."""
        places = np.interp(
            np.log(diameter_mm), np.log(self.diameters), np.arange(len(self.diameters))
        )
        return np.asarray(self.left + self.cell_width * (places + 0.5), np.float64)

    def y(self, contrast_hu: Array) -> Array:
        """Place of magnitudes of contrast; those outside lie on the edge of the grid."""
        sizes = np.abs(self.contrasts)
        inside = np.clip(contrast_hu, sizes[0], sizes[-1])
        places = np.interp(np.log(inside), np.log(sizes), np.arange(len(sizes)))
        return np.asarray(self.bottom - CELL_HEIGHT * (places + 0.5), np.float64)

    def cells(self, results: Sequence[CellResult]) -> Iterator[str]:
        """The coloured squares."""
        for each in results:
            left, top = self._corner(each)
            if each.share is None:
                yield from hatched(left, top, self.cell_width, CELL_HEIGHT)
                continue
            low, high = each.share.low or 0.0, each.share.high or 0.0
            yield (
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{self.cell_width:.1f}" '
                f'height="{CELL_HEIGHT}" '
                f'fill="{cell_color(each.share.value)}" stroke="#ffffff">'
                f"<title>{each.cell.diameter_mm:g} mm, {each.cell.contrast_hu:g} HU: "
                f"{each.found} of {each.made} found, {100 * low:.0f} to {100 * high:.0f} %"
                "</title></rect>"
            )

    def numbers(self, results: Sequence[CellResult]) -> Iterator[str]:
        """Found of put in, in the corner of each square that contours seldom cross; on top."""
        for each in results:
            if each.share is None:
                continue
            left, top = self._corner(each)
            place = f'x="{left + self.cell_width - 5:.1f}" y="{top + 15:.1f}" text-anchor="end"'
            words = f"{each.found}/{each.made}"
            yield f'<text {place} font-size="12" fill="{_INK}">{words}</text>'

    def _corner(self, each: CellResult) -> tuple[float, float]:
        column = self.diameters.index(each.cell.diameter_mm)
        row = self.contrasts.index(each.cell.contrast_hu)
        return self.left + self.cell_width * column, self.bottom - CELL_HEIGHT * (row + 1)

    def contour(self, contour: Contour) -> Iterator[str]:
        """A contour, white beneath so that it stands out from any square, and its interval."""
        sizes = np.abs(self.contrasts)
        x = self.x(contour.diameters_mm)
        low, high = contour.low, contour.high
        shown = (low <= sizes[-1]) & (high >= sizes[0])
        for part in _runs(shown):
            upper = list(zip(x[part], self.y(high[part]), strict=True))
            lower = list(zip(x[part], self.y(low[part]), strict=True))
            yield svg.area([*upper, *lower[::-1]], CONTOURS[contour.share].color, opacity=0.2)
        inside = (contour.contrast_hu <= sizes[-1]) & (contour.contrast_hu >= sizes[0])
        for part in _runs(inside):
            points = list(zip(x[part], self.y(contour.contrast_hu[part]), strict=True))
            style = CONTOURS[contour.share]
            yield svg.polyline(points, svg.Style("#ffffff"), width=5.5, opacity=0.8)
            yield svg.polyline(points, style, width=3)
            at = points[0][0] - self.cell_width / 2 + 3, points[0][1] + 4
            yield from _named(at, LABELS[contour.share], style.color)

    def reader(self, limit: ReaderLimit, style: svg.Style) -> Iterator[str]:
        """A further curve, as far as it lies on the grid."""
        sizes = np.abs(self.contrasts)
        curve = limit.between(self.diameters[0], self.diameters[-1])
        if curve is None:
            return
        diameters, middle, low, high = curve
        x = self.x(diameters)
        if limit.low_hu and limit.high_hu:
            for part in _runs((low <= sizes[-1]) & (high >= sizes[0])):
                upper = list(zip(x[part], self.y(high[part]), strict=True))
                lower = list(zip(x[part], self.y(low[part]), strict=True))
                yield svg.area([*upper, *lower[::-1]], style.color, opacity=0.15)
        for part in _runs((middle <= sizes[-1]) & (middle >= sizes[0])):
            points = list(zip(x[part], self.y(middle[part]), strict=True))
            yield svg.polyline(points, svg.Style("#ffffff"), width=5, opacity=0.75)
            yield svg.polyline(points, style, width=2.8)

    def axes(self, *, named: bool) -> Iterator[str]:
        """Numbers beside and below the field, and what they are."""
        for k, diameter in enumerate(self.diameters):
            x = self.left + self.cell_width * (k + 0.5)
            yield svg.text(x, self.bottom + 17, f"{diameter:g}", anchor="middle", size=12)
        middle = self.left + self.width / 2
        yield svg.text(middle, self.bottom + 35, "diameter, mm", anchor="middle")
        for k, contrast in enumerate(self.contrasts):
            y = self.bottom - CELL_HEIGHT * (k + 0.5) + 4
            sign = "\N{MINUS SIGN}" if contrast < 0 else "+"
            yield svg.text(self.left - 7, y, f"{sign}{abs(contrast):g}", anchor="end", size=12)
        if named:
            words = "contrast to the organ, HU"
            yield svg.upright(self.left - 44, self.top + self.height / 2, words)


def _named(point: tuple[float, float], words: str, color: str) -> Iterator[str]:
    """A line's name at the upper end of it, on white so that it is read on any square."""
    x, y = point
    for ink in ('fill="none" stroke="#ffffff" stroke-width="3.5"', f'fill="{color}"'):
        yield f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" font-weight="600" {ink}>{words}</text>'


def _runs(shown: NDArray[np.bool_]) -> Iterator[slice]:
    """Stretches of at least two points."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shown, [False]]).astype(np.int8)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start > 1:
            yield slice(int(start), int(stop))
