"""When things happen: photos that appear, keys that are pressed, frames that are late.

All times are seconds of `time.perf_counter`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["EventClock", "FrameTimes"]

_LONGEST_WAIT_S = 0.25
"""An event that would have waited longer than this in the queue has another clock."""

_BIN_MS = 2
_LATE = 1.5
"""Frame intervals of so many typical ones count as late."""


class EventClock:
    """Turns the time stamps of input events into seconds of the program's clock.

    The window system stamps events in ms since a moment of its own. The offset between the two
    clocks is the smallest difference seen: that of the event that was delivered fastest. So times
    may be late by the least delay of delivery, and do not suffer from a busy window.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._offset: float | None = None

    def seconds(self, stamp_ms: int) -> float:
        """When an event happened that is delivered now.

        Parameters
        ----------
        stamp_ms : int
            Its time stamp; 0 where the window system gives none.
        """
        now = self._clock()
        if stamp_ms <= 0:
            return now
        offset = now - stamp_ms / 1000
        if self._offset is None or offset < self._offset or offset - self._offset > _LONGEST_WAIT_S:
            self._offset = offset
        return self._offset + stamp_ms / 1000


class FrameTimes:
    """Times of the paints of a trial."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def clear(self) -> None:
        """A new trial."""
        self._times.clear()

    def add(self, at: float) -> None:
        """A paint has ended."""
        self._times.append(at)

    @property
    def first(self) -> float | None:
        """When the first paint ended."""
        return self._times[0] if self._times else None

    def facts(self) -> dict[str, Any]:
        """Intervals between paints, for the record; empty with fewer than 2 intervals.

        Returns
        -------
        dict
            ``paints``, ``median_ms``, ``longest_ms``, ``late`` (intervals above 1.5 times the
            median), ``bin_ms`` and ``histogram`` (counts by the bin's lower end).
        """
        gaps = np.diff(self._times) * 1000
        if len(gaps) < 2:
            return {}
        typical = float(np.median(gaps))
        bins, counts = np.unique(np.floor(gaps / _BIN_MS).astype(int), return_counts=True)
        return {
            "paints": len(self._times),
            "median_ms": round(typical, 2),
            "longest_ms": round(float(gaps.max()), 2),
            "late": int((gaps > _LATE * typical).sum()),
            "bin_ms": _BIN_MS,
            "histogram": {
                str(b * _BIN_MS): int(n)
                for b, n in zip(bins.tolist(), counts.tolist(), strict=True)
            },
        }
