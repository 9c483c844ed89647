"""Which channels of a Lab Streaming Layer stream are the gaze, and how they are to be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.samples import Floats

__all__ = ["GazeChannels", "LslSettings", "find_channels"]


class LslSettings(BaseModel):
    """Which stream, and what its channels mean."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: str = Field(
        "",
        title="Stream",
        description="Name of the tracker's stream. Empty: the first of its type.",
    )
    stream_type: str = Field(
        "Gaze", title="Type", description="Type of the tracker's stream, where no name is given."
    )
    x: str = Field(
        "",
        title="Channel of x",
        description="Label of the channel of x, or its number from 1. Empty: guessed from the "
        "labels.",
    )
    y: str = Field(
        "",
        title="Channel of y",
        description="Label of the channel of y, or its number from 1. Empty: guessed from the "
        "labels.",
    )
    pupil: str = Field(
        "",
        title="Channel of the pupil",
        description="Label or number of the pupil's channel. Empty: guessed from the labels, or "
        "none.",
    )
    validity: str = Field(
        "",
        title="Channel of the validity",
        description="Label or number of the channel of a validity or confidence. Empty: guessed, "
        "or none.",
    )
    least_validity: float = Field(
        0.6,
        title="Least validity",
        description="Samples with a lower validity are lost.",
    )
    units: Literal["px", "shares"] = Field(
        "px",
        title="Unit",
        description="What x and y count. px: device pixels of the screen; shares: 0 to 1 of its "
        "width and height.",
    )
    y_up: bool = Field(
        False, title="y upwards", description="Whether y counts from the screen's lower edge."
    )
    rate_hz: float | None = Field(
        None,
        gt=0,
        le=5000,
        title="Rate (Hz)",
        description="The tracker's samples a second. Empty: as the stream says.",
    )
    resolve_s: float = Field(
        3.0, gt=0, le=60, title="Patience (s)", description="Seconds that the stream is looked for."
    )
    silence_s: float = Field(
        0.5,
        gt=0,
        le=30,
        title="Silence (s)",
        description="A tracker that sends nothing for so many seconds counts as lost.",
    )
    buffer_s: float = Field(
        30,
        gt=0.5,
        le=600,
        title="Buffer (s)",
        description="Seconds of gaze that are kept in memory until a trial fetches them.",
    )


@dataclass(frozen=True, slots=True)
class GazeChannels:
    """Numbers of the channels, from 0; None where there is none."""

    x: int
    y: int
    pupil: int | None
    validity: int | None

    def decoded(self, values: Floats, settings: LslSettings, size: tuple[int, int]) -> Floats:
        """Rows of x, y, valid and pupil in device pixels, shape (n, 4).

        Parameters
        ----------
        values : ndarray, shape (n, channels)
            As they came.
        settings : LslSettings
            What they mean.
        size : tuple of int
            Width and height of the screen in device pixels.
        """
        x, y = values[:, self.x], values[:, self.y]
        if settings.units == "shares":
            x, y = x * size[0], y * size[1]
        if settings.y_up:
            y = size[1] - y
        valid = np.isfinite(x) & np.isfinite(y)
        if self.validity is not None:
            valid &= values[:, self.validity] >= settings.least_validity
        nothing = np.full(len(values), np.nan)
        pupil = nothing if self.pupil is None else values[:, self.pupil]
        return np.column_stack([x, y, valid, pupil])


_GUESSES: dict[str, re.Pattern[str]] = {
    "x": re.compile(r"(gaze|screen|norm)?[ _]?(pos|point)?[ _]?x([ _](both|px|pixels?))?", re.I),
    "y": re.compile(r"(gaze|screen|norm)?[ _]?(pos|point)?[ _]?y([ _](both|px|pixels?))?", re.I),
    "pupil": re.compile(r"pupil([ _]?(size|diameter|area))?|diameter|pupil[ _]both", re.I),
    "validity": re.compile(r"valid(ity)?|confidence", re.I),
}


def find_channels(labels: Sequence[str], settings: LslSettings) -> GazeChannels:
    """The channels that the settings name, or that the labels suggest.

    Parameters
    ----------
    labels : sequence of str
        One a channel; empty where the stream does not tell.
    settings : LslSettings
        What was asked for.

    Raises
    ------
    InputError
        If one that is named does not exist, or x and y cannot be guessed.
    """
    x = _named(settings.x, labels) if settings.x else _guessed("x", labels)
    y = _named(settings.y, labels) if settings.y else _guessed("y", labels)
    if x is None or y is None or x == y:
        raise InputError(
            f"which channels are x and y cannot be told from their labels: {_listed(labels)}",
            remedy="Name the channels of x and y, by label or by number from 1",
        )
    pupil = _named(settings.pupil, labels) if settings.pupil else _guessed("pupil", labels)
    named = settings.validity
    validity = _named(named, labels) if named else _guessed("validity", labels)
    return GazeChannels(x, y, pupil, validity)


def _named(name: str, labels: Sequence[str]) -> int:
    if name in labels:
        return list(labels).index(name)
    if name.isdecimal() and 1 <= int(name) <= len(labels):
        return int(name) - 1
    raise InputError(
        f"the stream has no channel {name!r}", remedy=f"Its channels are: {_listed(labels)}"
    )


def _guessed(what: str, labels: Sequence[str]) -> int | None:
    found = [i for i, label in enumerate(labels) if _GUESSES[what].fullmatch(label.strip())]
    return found[0] if len(found) == 1 else None


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(f"{i} {label or '(no label)'}" for i, label in enumerate(labels, start=1))
