"""How long a job will take yet, judged by its pace of late."""

from __future__ import annotations

from collections import deque

__all__ = ["TimeLeft", "duration_text"]

_WINDOW_S = 60.0
_FEWEST = 4
"""Steps that are kept however long ago they were: a slow job has few in any window."""

_SHORTEST_S = 1.0
"""No estimate from less: the first steps come in a burst, or not at all."""


class TimeLeft:
    """Estimates the time left from the progress of a job.

    The pace is that of the last minute, so that it follows a machine that gets busier, and a set
    that is continued does not count what was there already.

    Parameters
    ----------
    window_s : float
        Length of time that the pace is taken over.
    """

    def __init__(self, window_s: float = _WINDOW_S) -> None:
        self._window_s = window_s
        self._steps: deque[tuple[float, int]] = deque()
        self._total = 0

    def add(self, done: int, total: int, now: float) -> None:
        """Note that `done` of `total` steps are finished at time `now` (s, any fixed origin)."""
        if total != self._total or (self._steps and done < self._steps[-1][1]):
            self._steps.clear()
        self._total = total
        if self._steps and self._steps[-1][1] == done:
            return
        self._steps.append((now, done))
        while len(self._steps) > _FEWEST and now - self._steps[1][0] >= self._window_s:
            self._steps.popleft()

    def seconds(self, now: float) -> float | None:
        """Estimate at time `now`; None while there is nothing to go by."""
        if len(self._steps) < 2:
            return None
        (begin, first), (last, done) = self._steps[0], self._steps[-1]
        if last - begin < _SHORTEST_S:
            return None
        pace = (last - begin) / (done - first)
        return max(0.0, pace * (self._total - done) - (now - last))

    def text(self, now: float) -> str:
        """The estimate in words; empty while there is none or nothing is left."""
        left = self.seconds(now)
        if left is None or self._steps[-1][1] >= self._total:
            return ""
        return f"{duration_text(left)} left"


def duration_text(seconds: float) -> str:
    """A duration as people say it, no more exact than an estimate can be."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {5 * round(seconds / 5)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {max(minutes, 1)} min"
    hours, rest = divmod(10 * round(minutes / 10), 60)
    if hours >= 10 or not rest:
        return f"about {round(minutes / 60)} h"
    return f"about {hours} h {rest} min"
