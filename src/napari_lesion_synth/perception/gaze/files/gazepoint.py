"""Gazepoint: the ``all_gaze`` tables of its Analysis software.

Positions are shares of the screen from its top left. ``BPOGX`` and ``BPOGY`` are the gaze of both
eyes, ``FPOGX`` to ``FPOGV`` its fixation. ``TIME(...)`` starts anew with each medium;
``TIMETICK(f=N)`` does not, with N ticks a second, and is taken where it is there.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.recording import (
    GazeRecording,
    Message,
    either_eye,
    known_only,
    measured_rate,
    shown_messages,
    times_in_order,
)
from napari_lesion_synth.perception.gaze.files.text import Table, read_table
from napari_lesion_synth.perception.gaze.samples import Fixation, Floats, Samples, Scanpath

__all__ = ["read_gazepoint"]

_EXPORT = "In Gazepoint Analysis export the data of all gaze (all_gaze.csv), not of fixations"
_TICKS = re.compile(r"TIMETICK\(f=(\d+)\)")


def read_gazepoint(path: Path, screen_px: tuple[int, int]) -> GazeRecording:
    """Samples, media and the software's fixations of an export.

    Parameters
    ----------
    path : Path
        The file.
    screen_px : tuple of int
        Width and height of the screen, which the file does not tell.

    Raises
    ------
    InputError
        At the line where the file is not what it should be.
    """
    table = read_table(path, ",", ("BPOGX", "BPOGY", "BPOGV"), _EXPORT)
    t, since = _times(table)
    times_in_order(t, table.lines, path)
    valid = table.numbers("BPOGV") > 0
    x = table.numbers("BPOGX") * screen_px[0]
    y = table.numbers("BPOGY") * screen_px[1]
    pupil, unit = _pupil(table)
    rate = measured_rate(t, path)
    samples = Samples(t, x, y, valid, pupil, "screen", "tracker", rate)
    return GazeRecording(
        samples,
        _messages(table, t),
        _fixations(table, t, since, screen_px),
        screen_px,
        {"tracker": "Gazepoint", "pupil_unit": unit},
        table.notes,
    )


def _times(table: Table) -> tuple[Floats, Floats]:
    """Seconds from the first sample; and seconds on the clock that fixations are told in."""
    time = next((n for n in table.names if n == "TIME" or n.startswith("TIME(")), None)
    since = table.numbers(time) if time else np.full(len(table.rows), np.nan)
    for name in table.names:
        if found := _TICKS.fullmatch(name):
            ticks = table.numbers(name)
            return (ticks - ticks[0]) / float(found[1]), since
    if time is None:
        raise InputError(
            "the file has no column 'TIME' and none 'TIMETICK'",
            where=f"{table.path}, line 1",
            remedy=_EXPORT,
        )
    return since, since


def _pupil(table: Table) -> tuple[Floats | None, str]:
    """Mean of both pupils in mm, or in the camera's pixels where there is no other."""
    for names, unit in (
        ((("LPMM", "LPMMV"), ("RPMM", "RPMMV")), "mm"),
        ((("LPD", "LPV"), ("RPD", "RPV")), "camera px"),
    ):
        if all(table.has(name) for side in names for name in side):
            left, right = (
                known_only(table.numbers(size), table.numbers(flag) > 0) for size, flag in names
            )
            return either_eye(left, right), unit
    return None, ""


def _messages(table: Table, t: Floats) -> tuple[Message, ...]:
    found: list[Message] = []
    media = next((n for n in ("MEDIA_NAME", "MEDIA_ID") if table.has(n)), None)
    if media is not None:
        found += shown_messages(table.cells(media), t)
    if table.has("USER"):
        before = ""
        for when, said in zip(t.tolist(), table.cells("USER"), strict=True):
            if said and said != before:
                found.append(Message(when, said))
            before = said
    return tuple(sorted(found, key=lambda message: message.t))


def _fixations(table: Table, t: Floats, since: Floats, size: tuple[int, int]) -> Scanpath:
    """The last valid row of each fixation, which knows how long it has lasted."""
    needed = ("FPOGX", "FPOGY", "FPOGS", "FPOGD", "FPOGID", "FPOGV")
    if not all(table.has(name) for name in needed) or not np.isfinite(since).any():
        return ()
    x, y, start, lasts, number, valid = (table.numbers(name) for name in needed)
    media = table.cells("MEDIA_ID") if table.has("MEDIA_ID") else [""] * len(t)
    last: dict[tuple[str, float], int] = {}
    for i in np.flatnonzero(valid > 0).tolist():
        last[media[i], float(number[i])] = i
    return tuple(
        Fixation(
            # From the clock of the medium to that of the samples.
            float(t[i] - since[i] + start[i]),
            float(lasts[i]),
            float(x[i] * size[0]),
            float(y[i] * size[1]),
            0,
            float("nan"),
        )
        for i in sorted(last.values())
        if lasts[i] > 0
    )
