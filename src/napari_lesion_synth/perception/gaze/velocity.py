"""How fast the eye moves, and how much of that is the tracker's noise.

References
----------
.. [1] A. Savitzky, M. J. E. Golay, "Smoothing and differentiation of data by simplified least
   squares procedures", Analytical Chemistry 36, 1964.
.. [2] A. Olsen, "The Tobii I-VT fixation filter: algorithm description", 2012.
.. [3] R. Engbert, R. Kliegl, "Microsaccades uncover the orientation of covert attention", Vision
   Research 43, 2003.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from napari_lesion_synth.perception.gaze.samples import Floats
from napari_lesion_synth.perception.gaze.tracks import Track, runs

__all__ = ["VelocityFilter", "noise_of", "velocities"]

VelocityFilter: TypeAlias = Literal["savgol", "window"]

_FEWEST = 3
"""Samples without which there is no velocity."""


def velocities(track: Track, kind: VelocityFilter, window_s: float) -> Floats:
    """Velocity of the eye at each cell, degrees a second.

    Parameters
    ----------
    track : Track
        A regular piece of a recording.
    kind : "savgol" or "window"
        Slope of a parabola fitted to the window [1]_, or difference of the window's ends [2]_.
    window_s : float
        Length of the window; an odd number of samples, 3 at least.

    Returns
    -------
    ndarray, shape (2, m)
        To the right and downwards, on the sphere: azimuth counts by the cosine of the elevation.
        NaN where the position is not known, and in stretches of fewer than 3 samples.
    """
    slope = _parabola if kind == "savgol" else _ends
    found = np.full((2, len(track.known)), np.nan)
    half = max(1, round((window_s / track.interval_s - 1) / 2))
    for low, high in runs(track.bridged):
        if high - low < _FEWEST:
            continue
        window = min(2 * half + 1, high - low - (high - low + 1) % 2)
        place = slice(low, high)
        flat = np.cos(np.deg2rad(track.elevation[place]))
        found[0, place] = slope(track.azimuth[place], window, track.interval_s) * flat
        found[1, place] = slope(track.elevation[place], window, track.interval_s)
    return found


def noise_of(velocity: Floats) -> float:
    """Standard deviation of one component of the velocity while the eye rests [3]_.

    By medians, so that saccades do not count.

    Parameters
    ----------
    velocity : ndarray, shape (2, m)
        Degrees a second; NaN is passed over.
    """
    known = velocity[:, np.isfinite(velocity).all(axis=0)]
    if not known.size:
        return 0.0
    middle = np.median(known, axis=1, keepdims=True)
    # The median of a squared normal variable is 0.4549 of its variance.
    variances = np.median((known - middle) ** 2, axis=1) / 0.454936
    return float(np.sqrt(variances.mean()))


Slope = Callable[[Floats, int, float], Floats]


def _parabola(values: Floats, window: int, interval_s: float) -> Floats:
    from scipy.signal import savgol_filter

    order = min(2, window - 1)
    slope = savgol_filter(values, window, order, deriv=1, delta=interval_s, mode="interp")
    return np.asarray(slope, np.float64)


def _ends(values: Floats, window: int, interval_s: float) -> Floats:
    half, at = window // 2, np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half, len(values) - 1)
    return np.asarray((values[high] - values[low]) / ((high - low) * interval_s), np.float64)
