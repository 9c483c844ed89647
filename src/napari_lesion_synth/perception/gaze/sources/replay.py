"""A recording that is played again, and gaze that is made up as it goes."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Samples, SourceName
from napari_lesion_synth.perception.gaze.sources.protocol import Clock

__all__ = ["ReplaySource"]


class ReplaySource:
    """Delivers a recording at the pace at which it was made.

    Parameters
    ----------
    samples : Samples
        The recording.
    name : str
        ``"replay"``, or ``"simulated"`` for gaze that nobody had.
    speed : float
        2 plays it in half the time.
    clock : callable
        Seconds.

    Raises
    ------
    ParameterError
        If the speed is not positive.
    """

    def __init__(
        self,
        samples: Samples,
        *,
        name: SourceName = "replay",
        speed: float = 1.0,
        clock: Clock = time.perf_counter,
    ) -> None:
        if not speed > 0:
            raise ParameterError(f"a speed of {speed:g} leads nowhere", remedy="Use 1 or so")
        self._samples = samples
        self._name, self._speed, self._clock = name, speed, clock
        self._started: float | None = None
        self._stopped: float | None = None
        self._next = 0

    @property
    def name(self) -> SourceName:
        """What stays with each trial."""
        return self._name

    @property
    def clock_offset_s(self) -> float:
        """From the recording's first time to when it was started."""
        if self._started is None or not len(self._samples):
            return 0.0
        return self._started - float(self._samples.t[0]) / self._speed

    def start(self) -> None:
        """Begin at the recording's beginning."""
        self._started, self._stopped, self._next = self._clock(), None, 0

    def stop(self) -> None:
        """End; what was due before can still be polled."""
        if self._stopped is None:
            self._stopped = self._clock()

    def poll(self) -> Samples:
        """What has become due since the last poll."""
        now = self._stopped if self._stopped is not None else self._clock()
        if self._started is None or not len(self._samples):
            return self._due(slice(0, 0))
        reached = float(self._samples.t[0]) + (now - self._started) * self._speed
        end = int(np.searchsorted(self._samples.t, reached, side="right"))
        due = slice(self._next, max(end, self._next))
        self._next = due.stop
        return self._due(due)

    def take_marks(self) -> tuple[str, ...]:
        """None: a recording is never lost."""
        return ()

    @property
    def finished(self) -> bool:
        """Whether all of it has been delivered."""
        return self._next >= len(self._samples)

    def _due(self, chosen: slice) -> Samples:
        part = self._samples.taken(chosen)
        return replace(
            part,
            t=part.t / self._speed + self.clock_offset_s,
            source=self._name,
            rate_hz=part.rate_hz * self._speed,
        )
