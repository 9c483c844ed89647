"""What a tracker's file holds, whichever tracker it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.samples import Bools, Floats, Samples, Scanpath

__all__ = [
    "STIMULUS",
    "STIMULUS_END",
    "GazeRecording",
    "Message",
    "at_line",
    "either_eye",
    "known_only",
    "measured_rate",
    "shown_messages",
    "times_in_order",
]

STIMULUS, STIMULUS_END = "STIMULUS", "STIMULUS_END"
"""Messages made of columns that tell what was shown, with its name behind."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was noted while the eye was recorded.

    Parameters
    ----------
    t : float
        Seconds, on the clock of the samples.
    text : str
        What.
    """

    t: float
    text: str


@dataclass(frozen=True, eq=False)
class GazeRecording:
    """A recording, as its file has it.

    Parameters
    ----------
    samples : Samples
        In screen pixels.
    messages : tuple of Message
        In order of time.
    fixations : tuple of Fixation
        Those that the tracker's own software found; empty where the file has none.
    screen_px : tuple of int, or None
        Width and height of the screen, where the file tells them.
    facts : dict
        What else the file tells, of JSON types: tracker, eyes, unit of the pupil.
    notes : tuple of str
        What was passed over or mended, as sentences without their full stops.
    """

    samples: Samples
    messages: tuple[Message, ...] = ()
    fixations: Scanpath = ()
    screen_px: tuple[int, int] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def at_line(path: Path, number: int) -> str:
    """A place in a file, for errors."""
    return f"{path}, line {number}"


def measured_rate(t: Floats, path: Path) -> float:
    """Samples a second from the times: the mean interval, gaps left out.

    Raises
    ------
    InputError
        If there are fewer than 2 different times.
    """
    steps = np.diff(t)
    steps = steps[steps > 0]
    if not len(steps):
        raise InputError(
            "the file holds too few samples to tell their rate",
            where=path,
            remedy="Export the samples, not only events, and the whole recording",
        )
    usual = steps[steps < 1.5 * np.median(steps)]
    return float(np.round(1 / usual.mean(), 2))


def times_in_order(t: Floats, lines: list[int], path: Path) -> None:
    """See that times do not go back.

    Raises
    ------
    InputError
        At the line where they do.
    """
    back = np.flatnonzero(np.diff(t) < 0)
    if len(back):
        raise InputError(
            "the time goes back: two recordings in one file, or a clock that was set",
            where=at_line(path, lines[int(back[0]) + 1]),
            remedy="Export each recording to a file of its own",
        )


def either_eye(left: Floats, right: Floats) -> Floats:
    """The mean of both eyes, or the one that is known; NaN where none is."""
    both = (left + right) / 2
    return np.where(np.isnan(left), right, np.where(np.isnan(right), left, both))


def known_only(values: Floats, valid: Bools) -> Floats:
    """NaN where not valid."""
    return np.where(valid, values, np.nan)


def shown_messages(names: Sequence[str], t: Floats) -> list[Message]:
    """Messages of a column that tells what was shown: where it begins, and where it ends.

    Parameters
    ----------
    names : sequence of str
        One a row; empty where nothing was shown.
    t : ndarray, shape (n,)
        Times of the rows, seconds.
    """
    found: list[Message] = []
    before = ""
    for when, name in zip(t.tolist(), names, strict=True):
        if name == before:
            continue
        if before:
            found.append(Message(when, f"{STIMULUS_END} {before}"))
        if name:
            found.append(Message(when, f"{STIMULUS} {name}"))
        before = name
    return found
