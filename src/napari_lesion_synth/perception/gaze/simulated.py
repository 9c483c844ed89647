"""Gaze that is made up, with everything about it known: for tests, dry runs and power curves.

The eye rests on places drawn from a map of salience and from the middle of the photo, for
log-normal times, and leaps between them along the main sequence [1]_ with the profile of least
jerk [2]_. To its path are added drift (an Ornstein-Uhlenbeck process) [3]_, the tracker's white
noise, a constant offset, blinks with the lid's pull before and after, and drop-outs.

References
----------
.. [1] A. T. Bahill, M. R. Clark, L. Stark, "The main sequence, a tool for studying human eye
   movements", Mathematical Biosciences 24, 1975.
.. [2] T. Flash, N. Hogan, "The coordination of arm movements", J. Neurosci. 5, 1985.
.. [3] G. E. Uhlenbeck, L. S. Ornstein, "On the theory of the Brownian motion", Phys. Rev. 36, 1930.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.blinks import Blink
from napari_lesion_synth.perception.gaze.geometry import Screen, Shown
from napari_lesion_synth.perception.gaze.samples import Bools, Fixation, Floats, Samples, Scanpath
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings

__all__ = ["SimulatedGaze", "simulate_gaze"]

_TRIES = 200
_PUPIL_MM = 3.5


@dataclass(frozen=True, eq=False)
class SimulatedGaze:
    """Samples, and what is behind them.

    Parameters
    ----------
    samples : Samples
        What a tracker would deliver, in screen pixels.
    fixations : tuple of Fixation
        The truth, without the tracker's offset: x and y are where the eye was aimed. A fixation
        that a blink falls into is two; parts shorter than a twentieth of a second are none.
    blinks : tuple of Blink
        The truth.
    offset_deg : tuple of float
        The tracker's constant error.
    """

    samples: Samples
    fixations: Scanpath
    blinks: tuple[Blink, ...]
    offset_deg: tuple[float, float]


@dataclass(frozen=True, eq=False)
class _Plan:
    """Fixations: begin and end, and azimuth and elevation, each of shape (k,)."""

    start: Floats
    end: Floats
    azimuth: Floats
    elevation: Floats


Drawing = Callable[[], tuple[float, float]]


def simulate_gaze(
    seconds: float,
    screen: Screen,
    shown: Shown,
    rng: np.random.Generator,
    *,
    salience: NDArray[np.floating] | None = None,
    settings: SimulationSettings | None = None,
) -> SimulatedGaze:
    """Somebody looks at a photo.

    Parameters
    ----------
    seconds : float
        For how long.
    screen : Screen
        The screen and the eye.
    shown : Shown
        Where the photo is.
    rng : numpy.random.Generator
        Source of randomness.
    salience : ndarray, shape (rows, columns), optional
        Where people look, in any unit and resolution, spread over the photo. Default: anywhere.
    settings : SimulationSettings, optional
        How the eye and the tracker behave.

    Raises
    ------
    ParameterError
        If the time is not positive, or the salience is negative or 0 everywhere.
    """
    settings = settings or SimulationSettings()
    if not seconds > 0:
        raise ParameterError(f"nobody can look for {seconds:g} s", remedy="Ask for more than 0 s")
    plan = _planned(seconds, screen, _drawing(shown, salience, settings, rng), settings, rng)
    n = max(1, round(seconds * settings.rate_hz))
    t = np.arange(n) / settings.rate_hz
    azimuth, elevation = _path(plan, t)
    azimuth = azimuth + settings.offset_deg[0] + _unrest(n, settings, rng)
    elevation = elevation + settings.offset_deg[1] + _unrest(n, settings, rng)
    blinks = _blinks(seconds, settings, rng)
    elevation = elevation + _lids(t, blinks, settings)
    x, y = screen.to_px(azimuth, elevation)
    valid = ~(_inside(t, blinks) | _inside(t, _dropouts(seconds, settings, rng)))
    pupil = np.where(valid, _PUPIL_MM + 0.05 * rng.standard_normal(n), np.nan)
    samples = Samples(
        t,
        np.where(valid, x, np.nan),
        np.where(valid, y, np.nan),
        valid,
        pupil,
        "screen",
        "simulated",
        settings.rate_hz,
    )
    return SimulatedGaze(
        samples, _truth(plan, blinks, samples, screen), blinks, settings.offset_deg
    )


def _drawing(
    shown: Shown,
    salience: NDArray[np.floating] | None,
    settings: SimulationSettings,
    rng: np.random.Generator,
) -> Drawing:
    """Draws a place to look at, in screen pixels."""
    weights = np.ones((1, 1)) if salience is None else np.asarray(salience, np.float64)
    if weights.ndim != 2 or not np.isfinite(weights).all() or weights.min() < 0:
        raise ParameterError("a map of salience has two axes, and no negative values")
    if weights.sum() <= 0:
        raise ParameterError("a map of salience that is 0 everywhere leads the eye nowhere")
    cumulated = np.cumsum(weights.ravel()) / weights.sum()
    rows, columns = weights.shape
    width, height = shown.image_width, shown.image_height

    def draw() -> tuple[float, float]:
        if rng.random() < settings.centre_share:
            x, y = 0.5 + settings.centre_spread * rng.standard_normal(2)
            x, y = float(np.clip(x, 0, 1)), float(np.clip(y, 0, 1))
        else:
            cell = int(np.searchsorted(cumulated, rng.random(), side="right"))
            row, column = divmod(min(cell, weights.size - 1), columns)
            x, y = (column + rng.random()) / columns, (row + rng.random()) / rows
        return shown.to_screen(x * width, y * height)

    return draw


def _planned(
    seconds: float,
    screen: Screen,
    draw: Drawing,
    settings: SimulationSettings,
    rng: np.random.Generator,
) -> _Plan:
    start, end, places = [], [], [_degrees(screen, draw())]
    now = 0.0
    # The mean of a log-normal variable is its median times exp(spread^2 / 2).
    median = settings.fixation_s / np.exp(settings.fixation_spread**2 / 2)
    while True:
        lasts = median * np.exp(settings.fixation_spread * rng.standard_normal())
        start.append(now)
        now += max(settings.shortest_s, float(lasts))
        end.append(min(now, seconds))
        if now >= seconds:
            break
        leap, place = _leap(places[-1], screen, draw, settings)
        now += _saccade_s(leap)
        if now >= seconds:
            break
        places.append(place)
    azimuth, elevation = np.array(places).T
    return _Plan(np.array(start), np.array(end), azimuth, elevation)


def _degrees(screen: Screen, place: tuple[float, float]) -> tuple[float, float]:
    azimuth, elevation = screen.to_degrees(np.array(place[0]), np.array(place[1]))
    return float(azimuth), float(elevation)


def _leap(
    here: tuple[float, float], screen: Screen, draw: Drawing, settings: SimulationSettings
) -> tuple[float, tuple[float, float]]:
    """Size of the next saccade in degrees, and where it ends."""
    best, there = -1.0, here
    for _ in range(_TRIES):
        place = _degrees(screen, draw())
        size = float(np.hypot(place[0] - here[0], place[1] - here[1]))
        if size > best:
            best, there = size, place
        if size >= settings.smallest_saccade_deg:
            return size, place
    return best, there


def _saccade_s(degrees: float) -> float:
    """Duration of a saccade: 2.2 ms a degree, and 21 ms [1]_."""
    return 0.0022 * degrees + 0.021


def _path(plan: _Plan, t: Floats) -> tuple[Floats, Floats]:
    """Where the eye is aimed at each time."""
    at = np.clip(np.searchsorted(plan.start, t, side="right") - 1, 0, len(plan.start) - 1)
    after = np.minimum(at + 1, len(plan.start) - 1)
    leap = np.where(after > at, plan.start[after] - plan.end[at], 1.0)
    part = np.clip((t - plan.end[at]) / np.maximum(leap, 1e-9), 0, 1)
    moved = part**3 * (10 - 15 * part + 6 * part**2)
    return (
        plan.azimuth[at] + moved * (plan.azimuth[after] - plan.azimuth[at]),
        plan.elevation[at] + moved * (plan.elevation[after] - plan.elevation[at]),
    )


def _unrest(n: int, settings: SimulationSettings, rng: np.random.Generator) -> Floats:
    """Drift and noise of one axis, degrees."""
    from scipy.signal import lfilter

    kept = np.exp(-1 / (settings.rate_hz * settings.drift_s))
    shocks = rng.standard_normal(n) * np.sqrt(1 - kept**2)
    shocks[0] = rng.standard_normal()
    drift = settings.drift_deg * np.asarray(lfilter([1.0], [1.0, -kept], shocks), np.float64)
    # White noise of deviation s in both axes moves by 2 s, root mean square, between samples.
    return drift + settings.noise_deg / 2 * rng.standard_normal(n)


def _blinks(
    seconds: float, settings: SimulationSettings, rng: np.random.Generator
) -> tuple[Blink, ...]:
    found: list[Blink] = []
    for start in np.sort(rng.uniform(0, seconds, rng.poisson(settings.blinks_per_s * seconds))):
        lasts = settings.blink_s * np.exp(0.25 * rng.standard_normal())
        lasts = float(np.clip(lasts, 0.06, 0.45))
        # Two lids that touch would be one blink of another length.
        if not found or start > found[-1].end_s + 0.1:
            found.append(Blink(float(start), lasts))
    return tuple(found)


def _dropouts(
    seconds: float, settings: SimulationSettings, rng: np.random.Generator
) -> tuple[Blink, ...]:
    starts = rng.uniform(0, seconds, rng.poisson(settings.dropouts_per_s * seconds))
    return tuple(Blink(float(s), float(rng.exponential(settings.dropout_s))) for s in starts)


def _inside(t: Floats, losses: tuple[Blink, ...]) -> Bools:
    inside = np.zeros(len(t), np.bool_)
    for loss in losses:
        inside |= (t >= loss.start_s) & (t < loss.end_s)
    return inside


def _lids(t: Floats, blinks: tuple[Blink, ...], settings: SimulationSettings) -> Floats:
    """How far the closing and opening lid pulls the position down, degrees."""
    pull = np.zeros(len(t))
    if settings.lid_s > 0:
        for blink in blinks:
            away = np.maximum(blink.start_s - t, t - blink.end_s)
            pull += 2.0 * np.clip(1 - away / settings.lid_s, 0, 1) * (away >= 0)
    return pull


def _truth(plan: _Plan, blinks: tuple[Blink, ...], samples: Samples, screen: Screen) -> Scanpath:
    x, y = screen.to_px(plan.azimuth, plan.elevation)
    found = []
    for k, (start, end) in enumerate(zip(plan.start, plan.end, strict=True)):
        for low, high in _without(float(start), float(end), blinks):
            if high - low < 0.05:
                continue
            n = int(samples.between(low, high).valid.sum())
            found.append(Fixation(low, high - low, float(x[k]), float(y[k]), n, 0.0))
    return tuple(found)


def _without(start: float, end: float, blinks: tuple[Blink, ...]) -> list[tuple[float, float]]:
    """What is left of a time when blinks are taken out."""
    parts = [(start, end)]
    for blink in blinks:
        parts = [
            piece
            for low, high in parts
            for piece in ((low, min(high, blink.start_s)), (max(low, blink.end_s), high))
            if piece[1] > piece[0]
        ]
    return parts
