"""Recordings made regular: one cell a sampling interval, in degrees, short holes bridged."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.gaze.geometry import Viewing
from napari_lesion_synth.perception.gaze.samples import Bools, Floats, Samples

__all__ = ["Track", "runs", "tracks"]

_PAUSE_S = 1.0
"""A recording that stops for longer than this is treated as two."""


@dataclass(frozen=True, eq=False)
class Track:
    """A piece of a recording, regular in time.

    Parameters
    ----------
    start_s, interval_s : float
        Time of the first cell, and from one cell to the next.
    x, y : ndarray, shape (m,)
        Pixels of the samples' frame; NaN where not known.
    azimuth, elevation : ndarray, shape (m,)
        Degrees; bridged where `bridged`, NaN where unknown for longer.
    known : ndarray of bool, shape (m,)
        Whether a valid sample lies there.
    bridged : ndarray of bool, shape (m,)
        Known, or within a short hole between known ones.
    """

    start_s: float
    interval_s: float
    x: Floats
    y: Floats
    azimuth: Floats
    elevation: Floats
    known: Bools
    bridged: Bools

    def time(self, cell: int) -> float:
        """When a cell begins."""
        return self.start_s + cell * self.interval_s


def runs(flags: Bools) -> list[tuple[int, int]]:
    """Where `flags` holds without a break: first cell, and the one after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(low), int(high)) for low, high in edges.reshape(-1, 2)]


def tracks(samples: Samples, viewing: Viewing, longest_hole_s: float) -> list[Track]:
    """A recording as regular pieces.

    Times are taken to the nearest cell of the nominal rate, so jitter of less than half an
    interval does not count; holes of at most `longest_hole_s` are bridged by straight lines.

    Parameters
    ----------
    samples : Samples
        The recording.
    viewing : Viewing
        What makes degrees of its pixels.
    longest_hole_s : float
        Longest hole that is bridged.
    """
    if not len(samples):
        return []
    ends = np.flatnonzero(np.diff(samples.t) > _PAUSE_S) + 1
    bounds = [0, *ends.tolist(), len(samples)]
    return [
        _track(samples.taken(slice(low, high)), viewing, longest_hole_s)
        for low, high in pairwise(bounds)
    ]


def _track(samples: Samples, viewing: Viewing, longest_hole_s: float) -> Track:
    cells = np.rint((samples.t - samples.t[0]) * samples.rate_hz).astype(np.int64)
    m = int(cells[-1]) + 1
    x, y = np.full(m, np.nan), np.full(m, np.nan)
    good = samples.valid
    x[cells[good]], y[cells[good]] = samples.x[good], samples.y[good]
    known = np.isfinite(x)
    azimuth, elevation = viewing.degrees(x, y, samples.frame)
    most = int(np.floor(longest_hole_s * samples.rate_hz + 1e-9))
    bridged = _bridged(known, most)
    filled = (_filled(azimuth, known, bridged), _filled(elevation, known, bridged))
    return Track(float(samples.t[0]), 1 / samples.rate_hz, x, y, *filled, known, bridged)


def _bridged(known: Bools, most: int) -> Bools:
    bridged = known.copy()
    for low, high in runs(~known):
        if low > 0 and high < len(known) and high - low <= most:
            bridged[low:high] = True
    return bridged


def _filled(values: Floats, known: Bools, bridged: Bools) -> Floats:
    filled = values.copy()
    holes: NDArray[np.int64] = np.flatnonzero(bridged & ~known)
    if len(holes):
        at = np.flatnonzero(known)
        filled[holes] = np.interp(holes, at, values[at])
    return filled
