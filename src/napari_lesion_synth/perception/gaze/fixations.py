"""Where the eye rests: fixations by velocity (I-VT) or by dispersion (I-DT).

References
----------
.. [1] D. D. Salvucci, J. H. Goldberg, "Identifying fixations and saccades in eye-tracking
   protocols", Proc. Eye Tracking Research & Applications, 2000.
.. [2] A. Olsen, "The Tobii I-VT fixation filter: algorithm description", 2012: defaults of the
   velocity, of merging and of the shortest fixation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.perception.gaze.blinks import without_lids
from napari_lesion_synth.perception.gaze.geometry import Viewing
from napari_lesion_synth.perception.gaze.samples import Fixation, Floats, Samples, Scanpath
from napari_lesion_synth.perception.gaze.tracks import Track, runs, tracks
from napari_lesion_synth.perception.gaze.velocity import VelocityFilter, noise_of, velocities

__all__ = ["FixationSettings", "find_fixations"]

Span: TypeAlias = tuple[int, int]
"""First cell of a stretch, and the one after its last."""

_LEAST_KNOWN = 0.5
"""Share of a fixation's cells that have a valid sample."""


class FixationSettings(BaseModel):
    """What counts as a fixation; recorded with every result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["ivt", "idt"] = Field(
        "ivt",
        title="Method",
        description="ivt: the eye is slow; idt: its positions lie close together.",
    )
    velocity_deg_s: float = Field(
        30,
        gt=0,
        le=500,
        title="Slowest saccade (degrees/s)",
        description="With ivt: what is faster is a saccade.",
    )
    noise_factor: float = Field(
        5,
        ge=0,
        le=20,
        title="Noise factor",
        description="With ivt: the limit is at least so many standard deviations of the velocity "
        "while the eye rests. 0: the limit stays as it is, however noisy the tracker.",
    )
    velocity_filter: VelocityFilter = Field(
        "savgol",
        title="Velocity",
        description="savgol: slope of a parabola through the window; window: difference of the "
        "window's ends.",
    )
    window_s: float = Field(
        0.044,
        gt=0,
        le=0.2,
        title="Window (s)",
        description="Samples that a velocity is made from. Longer is smoother, and hides short "
        "saccades.",
    )
    dispersion_deg: float = Field(
        1.0,
        gt=0,
        le=10,
        title="Largest dispersion (degrees)",
        description="With idt: width plus height of the area that a fixation's samples take up.",
    )
    smooth_s: float = Field(
        0.044,
        ge=0,
        le=0.2,
        title="Smoothing (s)",
        description="With idt: running median of the positions. 0: none.",
    )
    shortest_s: float = Field(
        0.06, gt=0, le=1, title="Shortest fixation (s)", description="Shorter ones are dropped."
    )
    merge_gap_s: float = Field(
        0.075,
        ge=0,
        le=0.5,
        title="Merge within (s)",
        description="Fixations no further apart in time and space are one.",
    )
    merge_deg: float = Field(
        0.5,
        ge=0,
        le=5,
        title="Merge within (degrees)",
        description="Fixations no further apart in time and space are one.",
    )
    longest_hole_s: float = Field(
        0.075,
        ge=0,
        le=0.5,
        title="Longest hole (s)",
        description="Lost samples are bridged up to this; longer losses end a fixation.",
    )
    lid_margin_s: float = Field(
        0.03,
        ge=0,
        le=0.2,
        title="Margin of blinks (s)",
        description="Samples so close to a blink are not believed.",
    )


def find_fixations(
    samples: Samples, viewing: Viewing, settings: FixationSettings | None = None
) -> Scanpath:
    """Fixations in order of time.

    Parameters
    ----------
    samples : Samples
        A recording, in either frame; positions of the result are in the same.
    viewing : Viewing
        What makes degrees of its pixels.
    settings : FixationSettings, optional
        What counts as a fixation.

    Returns
    -------
    tuple of Fixation

    Raises
    ------
    ParameterError
        If the samples are in a photo's pixels, and `viewing` does not know where it was shown.
    """
    settings = settings or FixationSettings()
    believed = without_lids(samples, settings.lid_margin_s)
    pieces = tracks(believed, viewing, settings.longest_hole_s)
    if settings.method == "ivt":
        spans = _slow(pieces, settings)
    else:
        spans = [list(_close(piece, settings)) for piece in pieces]
    found: list[Fixation] = []
    for piece, stretches in zip(pieces, spans, strict=True):
        found += [_fixation(piece, span) for span in _lasting(piece, stretches, settings)]
    return tuple(found)


def _slow(pieces: list[Track], settings: FixationSettings) -> list[list[Span]]:
    """Stretches without a saccade [1]_, in each piece."""
    moving = [velocities(p, settings.velocity_filter, settings.window_s) for p in pieces]
    noise = noise_of(np.concatenate(moving, axis=1)) if moving else 0.0
    limit = max(settings.velocity_deg_s, settings.noise_factor * noise)
    with np.errstate(invalid="ignore"):
        return [runs(np.hypot(*velocity) <= limit) for velocity in moving]


def _close(piece: Track, settings: FixationSettings) -> Iterator[Span]:
    """Stretches whose samples lie close together [1]_."""
    fewest = max(2, round(settings.shortest_s / piece.interval_s))
    for low, high in runs(piece.bridged):
        places = np.stack(
            [
                _smoothed(piece.azimuth[low:high], settings.smooth_s / piece.interval_s),
                _smoothed(piece.elevation[low:high], settings.smooth_s / piece.interval_s),
            ]
        )
        for start, end in _clusters(places, fewest, settings.dispersion_deg):
            yield low + start, low + end


def _clusters(places: Floats, fewest: int, widest: float) -> Iterator[Span]:
    start, n = 0, places.shape[1]
    while start + fewest <= n:
        end = start + fewest
        low, high = places[:, start:end].min(axis=1), places[:, start:end].max(axis=1)
        if (high - low).sum() > widest:
            start += 1
            continue
        while end < n:
            low, high = np.minimum(low, places[:, end]), np.maximum(high, places[:, end])
            if (high - low).sum() > widest:
                break
            end += 1
        yield start, end
        start = end


def _smoothed(values: Floats, window: float) -> Floats:
    from scipy.ndimage import median_filter

    size = 2 * round((window - 1) / 2) + 1
    return median_filter(values, size, mode="nearest") if size > 1 else values


def _lasting(piece: Track, spans: list[Span], settings: FixationSettings) -> list[Span]:
    """What is left when neighbours are merged and what is too short is dropped.

    Then once more: a stray sample that jumps away and back has a moment of rest at its top, which
    would keep apart what belongs together.
    """
    kept = spans
    for _ in range(2):
        merged = _merged(piece, kept, settings)
        kept = [span for span in merged if _counts(piece, span, settings)]
    return kept


def _merged(piece: Track, spans: list[Span], settings: FixationSettings) -> list[Span]:
    """Neighbours that are one fixation, made one [2]_."""
    most = settings.merge_gap_s / piece.interval_s + 1e-9
    merged: list[Span] = []
    for span in spans:
        if merged and span[0] - merged[-1][1] <= most:
            apart = _apart(_centre(piece, merged[-1]), _centre(piece, span))
            # Not over a longer loss: who knows where the eye was.
            whole = piece.bridged[merged[-1][1] : span[0]].all()
            if whole and apart <= settings.merge_deg:
                merged[-1] = (merged[-1][0], span[1])
                continue
        merged.append(span)
    return merged


def _centre(piece: Track, span: Span) -> tuple[float, float]:
    place = slice(*span)
    return float(piece.azimuth[place].mean()), float(piece.elevation[place].mean())


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    flat = np.cos(np.deg2rad((one[1] + other[1]) / 2))
    return float(np.hypot((one[0] - other[0]) * flat, one[1] - other[1]))


def _counts(piece: Track, span: Span, settings: FixationSettings) -> bool:
    long = (span[1] - span[0]) * piece.interval_s >= settings.shortest_s - 1e-9
    return long and bool(piece.known[slice(*span)].mean() >= _LEAST_KNOWN)


def _fixation(piece: Track, span: Span) -> Fixation:
    place = slice(*span)
    known = piece.known[place]
    azimuth, elevation = piece.azimuth[place][known], piece.elevation[place][known]
    flat = np.cos(np.deg2rad(elevation.mean()))
    spread = np.hypot((azimuth - azimuth.mean()) * flat, elevation - elevation.mean())
    return Fixation(
        start_s=piece.time(span[0]),
        duration_s=(span[1] - span[0]) * piece.interval_s,
        x=float(piece.x[place][known].mean()),
        y=float(piece.y[place][known].mean()),
        n=int(known.sum()),
        dispersion_deg=float(np.sqrt(np.mean(spread**2))),
    )
