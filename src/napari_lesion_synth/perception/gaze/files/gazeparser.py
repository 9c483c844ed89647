"""SimpleGazeTracker: the CSV files that GazeParser reads.

Lines with ``#`` tell settings, messages, and where recordings begin (``#START_REC`` with date and
time) and end (``#STOP_REC``); the others are samples, with times in ms from the recording's
beginning. ``#DATAFORMAT`` names their values in newer files; older ones have time, x, y (one eye)
or time, x, y of the left and of the right eye. A lost eye is a word, such as ``FAIL`` [1]_.

References
----------
.. [1] H. Sogo, "GazeParser: an open-source and multiplatform library for low-cost eye tracking and
   analysis", Behavior Research Methods 45, 2013, and its documentation of the data file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.recording import (
    GazeRecording,
    Message,
    at_line,
    either_eye,
    measured_rate,
    times_in_order,
)
from napari_lesion_synth.perception.gaze.files.text import read_lines
from napari_lesion_synth.perception.gaze.samples import Floats, Samples

__all__ = ["read_gazeparser"]

START, STOP = "START_REC", "STOP_REC"
_REMEDY = "Copy the file again from the recording computer"
_LOST = frozenset({"FAIL", "MULTIPUPIL", "NOPUPIL", "NOPURKINJE", "MULTIPURKINJE", "NOFINEPUPIL"})
_BY_COUNT = {
    3: ("T", "X", "Y"),
    4: ("T", "X", "Y", "P"),
    5: ("T", "LX", "LY", "RX", "RY"),
    7: ("T", "LX", "LY", "RX", "RY", "LP", "RP"),
}
_ORIGINS = ("topleft", "bottomleft", "center")


@dataclass
class _Reading:
    """What has been read so far; times in seconds from the first recording's beginning."""

    path: Path
    settings: dict[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    rows: list[list[float]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first: datetime | None = None
    begun: float = 0.0
    running: bool = False
    detail: bool = False


def read_gazeparser(path: Path) -> GazeRecording:
    """Samples and messages; several recordings in a file follow each other as the clock has it.

    Each recording begins with the message ``START_REC`` and ends with ``STOP_REC``.

    Raises
    ------
    InputError
        At the line where the file is not what it should be.
    """
    reading = _Reading(path)
    for number, line in enumerate(read_lines(path), start=1):
        text = line.strip()
        if text.startswith("#"):
            _directive(reading, text[1:], number)
        elif text and not reading.detail:
            _sample(reading, text.split(","), number)
    if reading.running:
        reading.notes.append(f"the last recording has no #{STOP}: it was broken off")
    if not reading.rows:
        raise InputError("the file holds no samples", where=path, remedy=_REMEDY)
    return _recording(reading)


def _recording(reading: _Reading) -> GazeRecording:
    rows = np.array(reading.rows)
    t = rows[:, 0]
    times_in_order(t, reading.lines, reading.path)
    size = _size(reading)
    x, y = _from_top_left(rows[:, 1], rows[:, 2], reading, size)
    rate = measured_rate(t, reading.path)
    pupil = rows[:, 3] if np.isfinite(rows[:, 3]).any() else None
    valid = np.isfinite(x) & np.isfinite(y)
    facts: dict[str, object] = {
        "tracker": "SimpleGazeTracker",
        "eyes": 2 if "LX" in reading.columns else 1,
    }
    if "VIEWING_DISTANCE" in reading.settings:
        facts["viewing_distance_cm"] = float(reading.settings["VIEWING_DISTANCE"])
    return GazeRecording(
        Samples(t, x, y, valid, pupil, "screen", "tracker", rate),
        tuple(sorted(reading.messages, key=lambda message: message.t)),
        (),
        size,
        facts,
        tuple(reading.notes),
    )


def _directive(reading: _Reading, text: str, number: int) -> None:
    word, _, rest = text.partition(",")
    if word == START:
        _begin(reading, rest, number)
    elif word == STOP:
        reading.running = False
        last = reading.rows[-1][0] if reading.rows else reading.begun
        reading.messages.append(Message(max(last, reading.begun), STOP))
    elif word == "MESSAGE":
        when, _, said = rest.partition(",")
        seconds = reading.begun + _value(when, reading.path, number) / 1000
        reading.messages.append(Message(seconds, said))
    elif word == "DATAFORMAT":
        reading.columns = tuple(name.strip() for name in rest.split(","))
    elif word.startswith(("START_DETAIL", "END_DETAIL")):
        reading.detail = word.startswith("START")
    elif not reading.running:
        reading.settings[word] = rest


def _begin(reading: _Reading, date: str, number: int) -> None:
    try:
        when = datetime(*[int(part) for part in date.split(",")])  # type: ignore[arg-type]
    except (TypeError, ValueError) as cause:
        raise InputError(
            f"{date!r} is no date and time",
            where=at_line(reading.path, number),
            remedy=_REMEDY,
        ) from cause
    if reading.running:
        reading.notes.append(f"a recording before line {number} has no #{STOP}: it was broken off")
    reading.first = reading.first or when
    begun = (when - reading.first).total_seconds()
    # The date is told in whole seconds, and its clock may be set: recordings do not overlap.
    reading.begun = max(begun, reading.rows[-1][0] + 1 if reading.rows else 0.0)
    reading.running = True
    reading.messages.append(Message(reading.begun, START))


def _sample(reading: _Reading, cells: list[str], number: int) -> None:
    where = at_line(reading.path, number)
    if not reading.running:
        raise InputError(f"a sample outside of #{START} and #{STOP}", where=where, remedy=_REMEDY)
    columns = reading.columns or _BY_COUNT.get(len(cells), ())
    if not columns or len(cells) < len(columns):
        raise InputError(
            f"a sample of {len(cells)} values is not known", where=where, remedy=_REMEDY
        )
    reading.columns = columns
    value = {
        name: _value(cell, reading.path, number)
        for name, cell in zip(columns, cells, strict=False)
        if name in ("T", "X", "Y", "P", "LX", "LY", "RX", "RY", "LP", "RP")
    }
    lost = float("nan")
    if "LX" in value:
        pairs = (("LX", "RX"), ("LY", "RY"), ("LP", "RP"))
        x, y, p = (_both(value.get(a, lost), value.get(b, lost)) for a, b in pairs)
    else:
        x, y, p = (value.get(name, lost) for name in ("X", "Y", "P"))
    reading.rows.append([reading.begun + value["T"] / 1000, x, y, p])
    reading.lines.append(number)


def _both(left: float, right: float) -> float:
    return float(either_eye(np.array(left), np.array(right)))


def _size(reading: _Reading) -> tuple[int, int] | None:
    names = ("SCREEN_WIDTH", "SCREEN_HEIGHT")
    if not all(name in reading.settings for name in names):
        return None
    width, height = (round(float(reading.settings[name])) for name in names)
    return width, height


def _from_top_left(
    x: Floats, y: Floats, reading: _Reading, size: tuple[int, int] | None
) -> tuple[Floats, Floats]:
    origin = reading.settings.get("SCREEN_ORIGIN", "TopLeft").strip().lower()
    if origin == "topleft":
        return x, y
    if origin not in _ORIGINS or size is None:
        raise InputError(
            f"positions from the origin {origin!r} cannot be used without the screen's size",
            where=reading.path,
            remedy="Add the lines #SCREEN_WIDTH and #SCREEN_HEIGHT at the file's head",
        )
    if origin == "bottomleft":
        return x, size[1] - y
    return x + size[0] / 2, size[1] / 2 - y


def _value(text: str, path: Path, number: int) -> float:
    text = text.strip()
    if text in _LOST:
        return float("nan")
    try:
        return float(text)
    except ValueError as cause:
        raise InputError(
            f"{text!r} is no number", where=at_line(path, number), remedy=_REMEDY
        ) from cause
