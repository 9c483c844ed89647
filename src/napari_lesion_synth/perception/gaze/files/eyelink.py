"""EyeLink: the text files that ``edf2asc`` makes of its recordings.

Lines that begin with a number are samples: time in ms, then x, y and pupil of each eye; a dot is
a missing value. ``MSG`` lines are messages; ``EFIX`` lines fixations with start, end, duration,
mean x and y; ``SAMPLES`` lines say which eyes, and the rate. At 2000 Hz two samples share a
time [1]_.

References
----------
.. [1] SR Research, EyeLink user manuals, chapter "Data files", sections on the ASC format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
from napari_lesion_synth.perception.gaze.samples import Fixation, Floats, Samples

__all__ = ["read_eyelink"]

_EXPORT = "Convert the EDF file again with edf2asc, with samples and events in gaze positions"


@dataclass
class _Reading:
    """What has been read so far."""

    path: Path
    eyes: int = 0
    rates: list[float] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    fixations: list[Fixation] = field(default_factory=list)
    screen: tuple[int, int] | None = None
    pupil: str = ""
    blinks: int = 0


def read_eyelink(path: Path) -> GazeRecording:
    """Samples, messages and the tracker's fixations of an ASC file.

    Both eyes are averaged where both are known.

    Raises
    ------
    InputError
        At the line where the file is not what it should be.
    """
    reading = _Reading(path)
    for number, line in enumerate(read_lines(path), start=1):
        text = line.strip()
        if not text or text[0] in "#;/*":
            continue
        if text[0].isdigit():
            _sample(reading, text.split(), number)
        else:
            _event(reading, text, number)
    if not reading.rows:
        raise InputError("the file holds no samples", where=path, remedy=_EXPORT)
    return _recording(reading)


def _recording(reading: _Reading) -> GazeRecording:
    rows = np.array(reading.rows)
    t = rows[:, 0] / 1000
    times_in_order(t, reading.lines, reading.path)
    rate = reading.rates[0] if reading.rates else measured_rate(t, reading.path)
    t = _halves(t, rate)
    x, y = either_eye(rows[:, 1], rows[:, 4]), either_eye(rows[:, 2], rows[:, 5])
    pupil = either_eye(rows[:, 3], rows[:, 6])
    valid = np.isfinite(x) & np.isfinite(y)
    samples = Samples(t, x, y, valid, pupil, "screen", "tracker", rate)
    facts = {"tracker": "EyeLink", "eyes": reading.eyes, "blinks": reading.blinks}
    if reading.pupil:
        facts["pupil_unit"] = f"arbitrary ({reading.pupil.lower()})"
    return GazeRecording(
        samples,
        tuple(reading.messages),
        tuple(sorted(reading.fixations, key=lambda fixation: fixation.start_s)),
        reading.screen,
        facts,
    )


def _halves(t: Floats, rate: float) -> Floats:
    """At 2000 Hz the second sample of a millisecond is half a millisecond later."""
    t = t.copy()
    if rate > 1000:
        t[1:][np.diff(t) == 0] += 1 / rate
    return t


def _sample(reading: _Reading, tokens: list[str], number: int) -> None:
    if not reading.eyes:
        raise InputError(
            "a sample comes before the line that says what samples hold",
            where=at_line(reading.path, number),
            remedy=_EXPORT,
        )
    wanted = 1 + 3 * reading.eyes
    if len(tokens) < wanted:
        raise InputError(
            f"a sample of {reading.eyes} eyes has {wanted} values, not {len(tokens)}",
            where=at_line(reading.path, number),
            remedy=_EXPORT,
        )
    row = [_value(token, reading.path, number) for token in tokens[:wanted]]
    reading.rows.append(row + [np.nan] * (7 - wanted))
    reading.lines.append(number)


def _event(reading: _Reading, text: str, number: int) -> None:
    word, _, rest = text.partition("\t") if "\t" in text else text.partition(" ")
    word, *more = word.split() or [""]
    tokens = [*more, *rest.split()]
    if word == "MSG":
        _message(reading, text, number)
    elif word == "SAMPLES":
        _samples_line(reading, tokens, number)
    elif word == "EFIX":
        _fixation(reading, tokens, number)
    elif word == "EBLINK":
        reading.blinks += 1
    elif word == "PUPIL" and tokens:
        reading.pupil = tokens[0]


def _message(reading: _Reading, text: str, number: int) -> None:
    parts = text.split(maxsplit=2)
    if len(parts) < 2:
        raise InputError("a message without a time", where=at_line(reading.path, number))
    said = parts[2] if len(parts) > 2 else ""
    reading.messages.append(Message(_value(parts[1], reading.path, number) / 1000, said))
    words = said.split()
    if words[:1] in (["DISPLAY_COORDS"], ["GAZE_COORDS"]) and len(words) >= 5:
        left, top, right, bottom = (_value(w, reading.path, number) for w in words[1:5])
        reading.screen = (round(right - left + 1), round(bottom - top + 1))


def _samples_line(reading: _Reading, tokens: list[str], number: int) -> None:
    where = at_line(reading.path, number)
    if "GAZE" not in tokens:
        raise InputError("the samples are no gaze positions", where=where, remedy=_EXPORT)
    reading.eyes = sum(eye in tokens for eye in ("LEFT", "RIGHT"))
    if not reading.eyes:
        raise InputError("the line names no eye", where=where, remedy=_EXPORT)
    if "RATE" in tokens[:-1]:
        rate = _value(tokens[tokens.index("RATE") + 1], reading.path, number)
        if reading.rates and rate != reading.rates[0]:
            raise InputError(
                f"the rate changes from {reading.rates[0]:g} to {rate:g} Hz",
                where=where,
                remedy="Keep recordings of different rates in files of their own",
            )
        reading.rates.append(rate)


def _fixation(reading: _Reading, tokens: list[str], number: int) -> None:
    if len(tokens) < 6:
        raise InputError(
            "a fixation has an eye, a start, an end, a duration, x and y",
            where=at_line(reading.path, number),
            remedy=_EXPORT,
        )
    start, _, lasts, x, y = (_value(token, reading.path, number) for token in tokens[1:6])
    # With both eyes, each has fixations of its own: the left eye's are taken.
    if tokens[0] == "R" and reading.eyes == 2:
        return
    if np.isfinite(x) and np.isfinite(y):
        reading.fixations.append(Fixation(start / 1000, lasts / 1000, x, y, 0, float("nan")))


def _value(text: str, path: Path, number: int) -> float:
    if text == ".":
        return float("nan")
    try:
        return float(text)
    except ValueError as cause:
        raise InputError(
            f"{text!r} is no number", where=at_line(path, number), remedy=_EXPORT
        ) from cause
