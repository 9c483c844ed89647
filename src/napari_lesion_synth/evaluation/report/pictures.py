"""Sheets of CT around misses and false alarms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.dataset.drawing import PAPER, write_text
from napari_lesion_synth.evaluation.drawing.judged_picture import FOUND, lesion_slice
from napari_lesion_synth.evaluation.experiment.gallery import FalseAlarm, Miss
from napari_lesion_synth.evaluation.matching import LesionResult

__all__ = ["Place", "false_alarm_places", "miss_places", "place_sheet"]

_PIXELS, _GAP, _CAPTION, _COLUMNS, _TEXT = 232, 10, 58, 4, 12
_HEADER = 34
_FOV_MM = 90.0
_DASHES = 12


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a CT to show.

    Parameters
    ----------
    case : str
        Name of the CT.
    center : tuple of float
        Voxel (z, y, x).
    ring_mm : float or None
        Diameter of a dashed ring around it; None: none.
    words : tuple of str
        Written below, a line each.
    """

    case: str
    center: Triple
    ring_mm: float | None
    words: tuple[str, ...]


def miss_places(misses: Sequence[Miss]) -> list[Place]:
    """Lesions that no training found, each with what is known of it."""
    return [
        Place(
            miss.case,
            tuple(float(i) for i in miss.lesion.center),  # type: ignore[arg-type]
            None,
            (
                f"{miss.case}, lesion {miss.lesion.number}",
                _looks(miss.lesion),
                _nearest(miss.nearest),
            ),
        )
        for miss in misses
    ]


def false_alarm_places(alarms: Sequence[FalseAlarm], trainings: int) -> list[Place]:
    """False alarms, each with how many trainings gave it."""
    return [
        Place(
            alarm.case,
            alarm.center,
            max(alarm.diameter_mm, 6.0),
            (
                f"{alarm.case}",
                f"{alarm.diameter_mm:.0f} mm{_zone(alarm.zone)}",
                f"in {len(alarm.trainings)} of {trainings}, score {alarm.score:.2f}",
            ),
        )
        for alarm in alarms
    ]


def place_sheet(
    places: Sequence[Place], title: str, open_case: Callable[[str], Case]
) -> Image.Image:
    """Draw the places, four in a row.

    Parameters
    ----------
    places : sequence of Place
        At least one.
    title : str
        Written above.
    open_case : callable
        From the name of a CT to it, with its organ and its lesions.

    Raises
    ------
    LesionSynthError
        If a CT cannot be opened.
    """
    across = min(_COLUMNS, len(places))
    rows = -(-len(places) // across)
    size = (
        max(across * (_PIXELS + _GAP) + _GAP, 2 * (_PIXELS + _GAP)),
        _HEADER + rows * (_PIXELS + _CAPTION + _GAP),
    )
    sheet = Image.new("RGB", size, PAPER)
    write_text(sheet, (_GAP, 8), [title], size=_TEXT + 1, width=size[0] - 2 * _GAP)
    opened: dict[str, Case] = {}
    for number, place in enumerate(places):
        if place.case not in opened:
            opened = {place.case: open_case(place.case)}  # one at a time: CTs are large
        row, column = divmod(number, across)
        left, top = _GAP + column * (_PIXELS + _GAP), _HEADER + row * (_PIXELS + _CAPTION + _GAP)
        sheet.paste(_drawn(opened[place.case], place), (left, top))
        under = (left, top + _PIXELS + 4)
        write_text(sheet, under, place.words, size=_TEXT, width=_PIXELS)
    return sheet.crop((0, 0, size[0], _HEADER + rows * (_PIXELS + _CAPTION + _GAP)))


def _drawn(case: Case, place: Place) -> Image.Image:
    image = lesion_slice(case, place.center, fov_mm=_FOV_MM, pixels=_PIXELS)
    if place.ring_mm is not None:
        draw, middle = ImageDraw.Draw(image), _PIXELS / 2
        radius = max(place.ring_mm / _FOV_MM * _PIXELS / 2 + 5, 12.0)
        box = (middle - radius, middle - radius, middle + radius, middle + radius)
        for start in range(0, 360, 360 // _DASHES):
            draw.arc(box, start, start + 180 // _DASHES, fill=FOUND, width=2)
    return image


def _looks(lesion: LesionResult) -> str:
    return f"{lesion.diameter_mm:.0f} mm, {lesion.contrast_hu:+.0f} HU{_zone(lesion.zone)}"


def _nearest(score: float) -> str:
    return f"highest score {score:.2f}" if np.isfinite(score) else "no finding hit it"


def _zone(zone: object) -> str:
    return "" if zone is None else f", {zone}"
