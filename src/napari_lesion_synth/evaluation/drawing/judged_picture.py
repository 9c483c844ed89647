"""Findings and truth on slices of the CT: hit, missed and false alarm, by shape and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage.measure import find_contours

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.planes import Plane, cut
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.ct.windows import Window, liver_window
from napari_lesion_synth.dataset.drawing import (
    INK,
    OUTLINE,
    PAPER,
    grey,
    text_height,
    write_text,
)
from napari_lesion_synth.detection.export import instance_labels
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.matching import CaseResult, Outcome

__all__ = ["MISSED", "judged_picture", "lesion_slice"]

MISSED = "missed"
"""What a lesion is that no finding hit; the other words are those of `Outcome`."""

FOUND = (80, 214, 255)
HEAT = (255, 110, 30)
_HEAT_OPACITY = 0.5
_FAINTEST = 0.1
"""Heat below this is not drawn."""

_GAP, _HEADER, _CAPTION, _TEXT = 10, 62, 46, 13
_DASH = 7.0
"""Pixels of a dash, and of the space behind it."""

Rgb = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Panel:
    """One place to show: its voxel, what it is, and what is written below."""

    center: Triple
    outcome: str
    words: tuple[str, str]


def judged_picture(
    case: Case,
    detection: Detection,
    result: CaseResult,
    threshold: float,
    *,
    most: int = 12,
    fov_mm: float = 110.0,
    pixels: int = 264,
    columns: int = 4,
) -> Image.Image:
    """Draw an axial slice through every lesion and every false alarm.

    Parameters
    ----------
    case : Case
        The CT with its organ and its lesions.
    detection : Detection
        What was found in it.
    result : CaseResult
        The same, judged.
    threshold : float
        Findings below this score are not shown, and count as not made.
    most : int
        Slices at most: lesions first, then false alarms, those of the highest score.
    fov_mm, pixels : float, int
        Side of a slice's part.
    columns : int
        Slices in a row.

    Returns
    -------
    PIL.Image.Image
        RGB.

    Raises
    ------
    InputError
        If the case has no organ.
    """
    panels = _panels(result, threshold)[:most]
    across = max(1, min(columns, len(panels)))
    rows = -(-len(panels) // across)
    width = max(across * (pixels + _GAP) + _GAP, 760)
    sheet = Image.new("RGB", (width, _HEADER + rows * (pixels + _CAPTION + _GAP)), PAPER)
    _write_header(sheet, threshold, fov_mm)
    painter = _Painter(case, detection, threshold, fov_mm, pixels)
    for number, panel in enumerate(panels):
        row, column = divmod(number, across)
        left, top = _GAP + column * (pixels + _GAP), _HEADER + row * (pixels + _CAPTION + _GAP)
        sheet.paste(painter.slice_at(panel.center), (left, top))
        _glyph(sheet, (left + 8, top + pixels + 12), panel.outcome)
        write_text(sheet, (left + 24, top + pixels + 4), panel.words, size=_TEXT)
    return sheet


def lesion_slice(
    case: Case, center: Triple, *, fov_mm: float = 110.0, pixels: int = 264
) -> Image.Image:
    """Draw the axial slice around a voxel, with the outlines of the true lesions.

    Parameters
    ----------
    case : Case
        The CT with its organ and its lesions.
    center : tuple of float
        Voxel index (z, y, x).
    fov_mm, pixels : float, int
        Side of the picture.

    Raises
    ------
    InputError
        If the case has no organ.
    """
    nothing = Detection((), None, case.volume.shape, case.volume.spacing, case.patient, "")
    return _Painter(case, nothing, 0.0, fov_mm, pixels).slice_at(center)


def _panels(result: CaseResult, threshold: float) -> list[_Panel]:
    panels = []
    for lesion in result.lesions:
        zone = "" if lesion.zone is None else f", {lesion.zone.value}"
        at = f"{lesion.diameter_mm:.0f} mm{zone}, {lesion.contrast_hu:+.0f} HU"
        if lesion.score is not None and lesion.found(threshold):
            head = f"lesion {lesion.number}: HIT, score {lesion.score:.2f}"
            panels.append(_Panel(lesion.center, Outcome.HIT, (head, at)))
        else:
            panels.append(_Panel(lesion.center, MISSED, (f"lesion {lesion.number}: MISSED", at)))
    for mark in result.marked(Outcome.FALSE, threshold):
        zone = "" if mark.zone is None else f", {mark.zone.value}"
        words = f"FALSE ALARM, score {mark.score:.2f}", f"{mark.diameter_mm:.0f} mm{zone}"
        panels.append(_Panel(mark.center, Outcome.FALSE, words))
    return panels


class _Painter:
    """Paints slices of one CT."""

    def __init__(
        self, case: Case, detection: Detection, threshold: float, fov_mm: float, pixels: int
    ) -> None:
        organ = case.require_organ()
        if not organ.voxels:
            raise InputError("the organ is empty: there is nothing to show", where=case.patient)
        self._case, self._heat = case, detection.heat
        self._findings = detection.above(threshold)
        self._numbers = instance_labels(self._findings, detection.shape)
        self._fov_mm, self._pixels = fov_mm, pixels
        self._window: Window = liver_window(float(np.median(case.volume.hu[organ.mask])))

    def slice_at(self, center: Triple) -> Image.Image:
        """The CT, the heat, and the outlines, around a voxel."""
        volume = self._case.volume
        z = int(np.clip(round(center[0]), 0, volume.shape[0] - 1))
        levels = grey(self._window.apply(self._cut(volume.hu[z], center)))
        image = Image.fromarray(self._heated(levels, center))
        draw = ImageDraw.Draw(image)
        if self._case.lesions is not None:
            for line in _outlines(self._cut(self._case.lesions[z], center)):
                draw.line(line, fill=OUTLINE, width=2)
        for finding in self._findings:
            region = self._numbers[z] == finding.number
            if region.any():
                lines = list(_outlines(self._cut(region, center)))
                for line in lines:
                    for dash in _dashes(line):
                        draw.line(dash, fill=FOUND, width=2)
                _write_score(draw, lines, finding.score, self._pixels)
        return image

    def _cut(self, plane: NDArray[np.generic], center: Triple) -> NDArray[np.float32]:
        place = 0.0, center[1], center[2]
        return cut(
            plane[None],
            self._case.volume.spacing,
            Plane.AXIAL,
            place,
            fov_mm=self._fov_mm,
            pixels=self._pixels,
        )

    def _heated(self, levels: NDArray[np.uint8], center: Triple) -> NDArray[np.uint8]:
        heat = self._heat
        if heat is None:
            return levels
        z, y, x = (
            (i - first) / step for i, first, step in zip(center, heat.first, heat.step, strict=True)
        )
        a, b, c = (s * step for s, step in zip(self._case.volume.spacing, heat.step, strict=True))
        values = cut(
            heat.values,
            (a, b, c),
            Plane.AXIAL,
            (z, y, x),
            fov_mm=self._fov_mm,
            pixels=self._pixels,
        )
        share = np.where(values < _FAINTEST, 0, values * _HEAT_OPACITY)[..., None]
        mixed: NDArray[np.uint8] = (levels * (1 - share) + np.array(HEAT) * share).astype(np.uint8)
        return mixed


def _outlines(inside: NDArray[np.float32]) -> Iterator[list[Point]]:
    """Closed lines around what is more than half inside, as (x, y) in pixels."""
    for line in find_contours(np.pad(inside, 1), 0.5):  # type: ignore[no-untyped-call]
        yield [(float(x) - 1, float(y) - 1) for y, x in line]


def _dashes(line: Sequence[Point]) -> Iterator[list[Point]]:
    """Parts of a line, as long as the spaces between them."""
    run = 0.0
    dash: list[Point] = []
    for start, end in pairwise(line):
        if run % (2 * _DASH) < _DASH:
            dash = dash or [start]
            dash.append(end)
        elif dash:
            yield dash
            dash = []
        run += float(np.hypot(end[0] - start[0], end[1] - start[1]))
    if dash:
        yield dash


def _write_score(
    draw: ImageDraw.ImageDraw, lines: Sequence[list[Point]], score: float, pixels: int
) -> None:
    """Above the outline, and within the slice's part."""
    if not lines:
        return
    x = min(point[0] for line in lines for point in line)
    y = min(point[1] for line in lines for point in line)
    box = min(max(x, 2.0), pixels - 28.0), max(y - 16, 2.0)
    words = f"{score:.2f}"
    draw.rectangle((box[0] - 2, box[1], box[0] + 26, box[1] + 14), fill=PAPER)
    draw.text(box, words, fill=FOUND, font_size=12)


def _write_header(sheet: Image.Image, threshold: float, fov_mm: float) -> None:
    draw = ImageDraw.Draw(sheet)
    what = f"Findings with a score of {threshold:.2f} and more, in slices {fov_mm:.0f} mm wide"
    write_text(sheet, (_GAP, 8), [f"{what}. {DISCLAIMER}"], size=_TEXT)
    y = 8 + text_height(["x"], _TEXT) + 12
    draw.line([(_GAP, y), (_GAP + 36, y)], fill=OUTLINE, width=2)
    draw.text((_GAP + 42, y - 8), "true lesion (solid)", fill=INK, font_size=_TEXT)
    x = 190
    for start in range(0, 36, int(2 * _DASH)):
        draw.line([(x + start, y), (x + start + _DASH, y)], fill=FOUND, width=2)
    draw.text((x + 42, y - 8), "finding (dashed), its score", fill=INK, font_size=_TEXT)
    x = 416
    draw.rectangle((x, y - 6, x + 20, y + 6), fill=HEAT)
    draw.text((x + 26, y - 8), "heat", fill=INK, font_size=_TEXT)
    x = 490
    for outcome in (Outcome.HIT, MISSED, Outcome.FALSE):
        _glyph(sheet, (x, y), outcome)
        draw.text((x + 14, y - 8), str(outcome), fill=INK, font_size=_TEXT)
        x += 34 + 8 * len(outcome)


def _glyph(sheet: Image.Image, middle: tuple[int, int], outcome: str) -> None:
    """A full circle for a hit, a triangle for a miss, a cross for a false alarm."""
    draw = ImageDraw.Draw(sheet)
    x, y = middle
    if outcome == Outcome.HIT:
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=(96, 211, 120))
    elif outcome == MISSED:
        draw.polygon([(x, y - 7), (x + 7, y + 6), (x - 7, y + 6)], fill=(255, 170, 60))
    else:
        for slope in (-1, 1):
            draw.line((x - 6, y - 6 * slope, x + 6, y + 6 * slope), fill=(255, 120, 120), width=3)
