"""Looks at calibration targets that are made up: the tracker's errors, without anybody's will."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_lesion_synth.perception.gaze.geometry import Screen, Shown
from napari_lesion_synth.perception.gaze.samples import Floats, Samples
from napari_lesion_synth.perception.gaze.simulated import simulate_gaze
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.targets import TargetLook

__all__ = ["simulate_looks"]


def simulate_looks(
    targets: Floats,
    screen: Screen,
    rng: np.random.Generator,
    *,
    settings: SimulationSettings | None = None,
    seconds: float = 2.0,
) -> tuple[TargetLook, ...]:
    """One look at each target, straight from the one before.

    The eye rests on the target as long as it is there; noise, drift, offset, blinks and
    drop-outs are those of `settings`.

    Parameters
    ----------
    targets : ndarray, shape (n, 2)
        Device pixels of the screen.
    screen : Screen
        The screen and the eye.
    rng : numpy.random.Generator
        Source of randomness.
    settings : SimulationSettings, optional
        How the tracker behaves.
    seconds : float
        For how long each target is there.
    """
    settings = settings or SimulationSettings()
    found, before = [], (screen.width_px / 2, screen.height_px / 2)
    for k, (x, y) in enumerate(targets):
        resting = _rest(float(x), float(y), seconds, screen, rng, settings)
        arriving = _arriving(resting, before, (float(x), float(y)))
        found.append(TargetLook(float(x), float(y), arriving.shifted(k * seconds)))
        before = (float(x), float(y))
    return tuple(found)


def _rest(
    x: float,
    y: float,
    seconds: float,
    screen: Screen,
    rng: np.random.Generator,
    settings: SimulationSettings,
) -> Samples:
    """A photo of one pixel, a hundredth of a screen pixel in size, lies at the target."""
    point = Shown(x - 0.005, y - 0.005, 0.01, 0.01, 1, 1)
    still = settings.model_copy(update={"fixation_s": 5.0, "smallest_saccade_deg": 0.0})
    return simulate_gaze(seconds, screen, point, rng, settings=still).samples


def _arriving(samples: Samples, start: tuple[float, float], end: tuple[float, float]) -> Samples:
    """The eye stays where it was for a fifth of a second, then leaps."""
    late = samples.t < 0.2
    return replace(
        samples,
        x=np.where(late, samples.x + start[0] - end[0], samples.x),
        y=np.where(late, samples.y + start[1] - end[1], samples.y),
    )
