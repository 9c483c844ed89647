"""Tobii Pro Lab: tables of text, separated by tabs, as its data export writes them.

``Recording timestamp`` is in the unit that its name tells (``[ms]``, ``[μs]``); older exports tell
none, and the distance of the samples decides. ``Gaze point X`` and ``Gaze point Y`` are pixels of
the screen from its top left (``[DACS px]`` in newer ones). Rows of other sensors, and rows that
hold an event only, are no samples.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.recording import (
    GazeRecording,
    Message,
    either_eye,
    measured_rate,
    shown_messages,
    times_in_order,
)
from napari_lesion_synth.perception.gaze.files.text import Table, read_table
from napari_lesion_synth.perception.gaze.samples import Bools, Fixation, Floats, Samples, Scanpath

__all__ = ["read_tobii"]

_EXPORT = (
    "In Tobii Pro Lab choose Data Export, a single standard file (.tsv), with the columns "
    "Recording timestamp, Gaze point, Validity, Pupil diameter, Presented Stimulus name and Event"
)
_TIME, _X, _Y = "Recording timestamp", "Gaze point X", "Gaze point Y"
_UNITS = {"ms": 1e-3, "μs": 1e-6, "µs": 1e-6, "us": 1e-6, "s": 1.0}
_SPARSE = 100.0
"""Times without a unit: samples further apart than this are in μs, not in ms."""


def read_tobii(path: Path) -> GazeRecording:
    """Samples, events and the software's fixations of an export.

    Names of participants are not taken over.

    Raises
    ------
    InputError
        At the line where the file is not what it should be, or if it holds several recordings.
    """
    table = read_table(path, "\t", (), _EXPORT)
    time_name, unit = _column(table, _TIME, tuple(_UNITS))
    x_name, _ = _column(table, _X, ("DACS px", "px"))
    y_name, _ = _column(table, _Y, ("DACS px", "px"))
    _one_recording(table)
    rows = table.only(_are_samples(table))
    if not rows.rows:
        raise InputError("the file holds no samples", where=path, remedy=_EXPORT)
    ticks = rows.numbers(time_name)
    factor = _UNITS[unit] if unit else _guessed(ticks)
    t = ticks * factor
    times_in_order(t, rows.lines, path)
    x, y = rows.numbers(x_name), rows.numbers(y_name)
    rate = measured_rate(t, path)
    valid = np.isfinite(x) & np.isfinite(y) & _validity(rows)
    samples = Samples(t, x, y, valid, _pupil(rows), "screen", "tracker", rate)
    return GazeRecording(
        samples,
        _messages(table, table.numbers(time_name) * factor, rows, t),
        _fixations(rows, samples),
        _screen(table),
        {"tracker": "Tobii", "pupil_unit": "mm"},
        table.notes,
    )


def _column(table: Table, base: str, units: tuple[str, ...]) -> tuple[str, str]:
    """Name of a column, and its unit where the name tells it."""
    for name in table.names:
        if name == base:
            return name, ""
        for unit in units:
            if name == f"{base} [{unit}]":
                return name, unit
    raise InputError(
        f"the file has no column {base!r}", where=f"{table.path}, line 1", remedy=_EXPORT
    )


def _one_recording(table: Table) -> None:
    names = [name for name in ("Participant name", "Recording name") if table.has(name)]
    found = set(zip(*(table.cells(name) for name in names), strict=True))
    if len(found) > 1:
        raise InputError(
            "the file holds several recordings",
            where=table.path,
            remedy="Export each recording to a file of its own",
        )


def _are_samples(table: Table) -> list[bool]:
    if table.has("Sensor"):
        return [sensor == "Eye Tracker" for sensor in table.cells("Sensor")]
    if table.has("Event"):
        return [not event for event in table.cells("Event")]
    return [True] * len(table.rows)


def _guessed(ticks: Floats) -> float:
    steps = np.diff(ticks)
    steps = steps[steps > 0]
    return 1e-6 if len(steps) and np.median(steps) > _SPARSE else 1e-3


def _validity(rows: Table) -> Bools:
    """Whether one of the eyes is valid: ``Valid``, or 0 in older exports."""
    names = [name for name in ("Validity left", "Validity right") if rows.has(name)]
    if not names:
        return np.ones(len(rows.rows), np.bool_)
    columns = [[cell in ("Valid", "0") for cell in rows.cells(name)] for name in names]
    valid: Bools = np.any(np.array(columns, np.bool_), axis=0)
    return valid


def _pupil(rows: Table) -> Floats | None:
    left, right = (
        next((n for n in rows.names if n in (f"{base} [mm]", base)), None)
        for base in ("Pupil diameter left", "Pupil diameter right")
    )
    if left is None or right is None:
        return None if left is right else rows.numbers(str(left or right))
    return either_eye(rows.numbers(left), rows.numbers(right))


def _messages(table: Table, times: Floats, rows: Table, t: Floats) -> tuple[Message, ...]:
    """Events of all rows, and what was shown while samples were taken."""
    found: list[Message] = []
    if table.has("Event"):
        empty = [""] * len(times)
        values = table.cells("Event value") if table.has("Event value") else empty
        for when, event, value in zip(times.tolist(), table.cells("Event"), values, strict=True):
            if event:
                found.append(Message(when, f"{event} {value}".strip()))
    for name in ("Presented Stimulus name", "Presented Media name"):
        if rows.has(name):
            found += shown_messages(rows.cells(name), t)
            break
    return tuple(sorted(found, key=lambda message: message.t))


def _fixations(rows: Table, samples: Samples) -> Scanpath:
    """Rows of one fixation follow each other and share its index."""
    needed = ("Eye movement type", "Eye movement type index")
    places = [
        next((n for n in rows.names if n in (base, f"{base} [DACS px]")), None)
        for base in ("Fixation point X", "Fixation point Y")
    ]
    if not all(rows.has(name) for name in needed) or None in places:
        return ()
    kinds, numbers = (rows.cells(name) for name in needed)
    x, y = (rows.numbers(str(name)) for name in places)
    found: dict[str, Fixation] = {}
    for i, (kind, number) in enumerate(zip(kinds, numbers, strict=True)):
        if kind != "Fixation" or not np.isfinite(x[i]) or not np.isfinite(y[i]):
            continue
        until = float(samples.t[i]) + 1 / samples.rate_hz
        known = found.get(number)
        if known is None:
            start = float(samples.t[i])
            n = int(samples.valid[i])
            found[number] = Fixation(
                start, until - start, float(x[i]), float(y[i]), n, float("nan")
            )
        else:
            n = known.n + int(samples.valid[i])
            found[number] = replace(known, duration_s=until - known.start_s, n=n)
    return tuple(found.values())


def _screen(table: Table) -> tuple[int, int] | None:
    found = []
    for side in ("width", "height"):
        base = f"Recording resolution {side}"
        name = next((n for n in table.names if n in (base, f"{base} [px]")), None)
        values = table.numbers(name) if name else np.zeros(0)
        values = values[np.isfinite(values)]
        if not len(values):
            return None
        found.append(round(float(values[0])))
    return found[0], found[1]
