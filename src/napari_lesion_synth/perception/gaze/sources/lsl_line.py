"""A connection to a Lab Streaming Layer stream: what comes out of it, and what that means."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.sources.lsl_channels import (
    GazeChannels,
    LslSettings,
    find_channels,
)

__all__ = ["Line", "column_names", "line_of", "load_pylsl"]

_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Line:
    """A connection to a stream.

    Parameters
    ----------
    inlet : StreamInlet
        Where samples come out.
    channels : GazeChannels
        Which of them are the gaze.
    labels : tuple of str
        Of all channels; empty where the stream does not tell.
    rate_hz : float
        Nominal samples a second.
    buffer : ndarray, shape (samples, channels)
        Where the library writes a chunk.
    facts : dict
        Of the stream, of JSON types.
    """

    inlet: Any
    channels: GazeChannels
    labels: tuple[str, ...]
    rate_hz: float
    buffer: np.ndarray[Any, Any]
    facts: dict[str, Any]


def line_of(lsl: Any, inlet: Any, info: Any, settings: LslSettings) -> Line:
    """What is needed to read a stream.

    Parameters
    ----------
    lsl : module
        ``pylsl``.
    inlet, info : StreamInlet, StreamInfo
        The stream, and its full description.
    settings : LslSettings
        What its channels mean.

    Raises
    ------
    InputError
        If it has no numbers or no rate, or its channels cannot be read as gaze.
    """
    kinds = {lsl.cf_float32: np.float32, lsl.cf_double64: np.float64}
    kinds |= {lsl.cf_int16: np.int16, lsl.cf_int32: np.int32}
    kind, count = kinds.get(info.channel_format()), int(info.channel_count())
    if kind is None:
        raise InputError(
            "the channels of the stream are no numbers",
            where=str(info.name()),
            remedy="Choose the tracker's stream of gaze, not its stream of events",
        )
    labels = _labels(info, count)
    rate = settings.rate_hz or float(info.nominal_srate())
    if not rate > 0:
        raise InputError(
            "the stream does not tell its rate",
            where=str(info.name()),
            remedy="Give the tracker's samples a second in the settings",
        )
    return Line(
        inlet,
        find_channels(labels, settings),
        labels,
        rate,
        np.zeros((_CHUNK, count), kind),
        {"stream": str(info.name()), "rate_hz": rate, "settings": settings.model_dump()},
    )


def _labels(info: Any, count: int) -> tuple[str, ...]:
    """Labels of the channels, as the stream's description has them."""
    labels = []
    channel = info.desc().child("channels").child("channel")
    for _ in range(count):
        labels.append("" if channel.empty() else str(channel.child_value("label")))
        channel = channel.next_sibling("channel")
    return tuple(labels)


def column_names(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Names for the columns of a file: the labels, or the channel's number."""
    return tuple(label or f"channel_{i}" for i, label in enumerate(labels, start=1))


def load_pylsl() -> Any:
    """The library, where it is installed.

    Raises
    ------
    InputError
        If it is not.
    """
    try:
        return importlib.import_module("pylsl")
    except (ImportError, RuntimeError, OSError) as cause:
        raise InputError(
            "Lab Streaming Layer is not installed",
            remedy='Install it with: pip install "napari-lesion-synth[gaze]"',
        ) from cause
