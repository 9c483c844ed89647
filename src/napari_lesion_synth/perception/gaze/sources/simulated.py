"""Somebody who looks at each photo, made up: the path of a session without a tracker or person."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.gaze.geometry import Screen, Shown
from napari_lesion_synth.perception.gaze.samples import Samples, SourceName
from napari_lesion_synth.perception.gaze.simulated import simulate_gaze
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.sources.protocol import Clock
from napari_lesion_synth.perception.gaze.sources.replay import ReplaySource

__all__ = ["SimulatedSource"]

_LONGEST_S = 60.0
"""What is made up in advance of a photo that is shown for as long as people like."""


class SimulatedSource:
    """Looks at what it is told is shown.

    Parameters
    ----------
    screen : Screen
        The screen and the eye.
    rng : numpy.random.Generator
        Source of randomness.
    settings : SimulationSettings, optional
        How the eye and the tracker behave.
    clock : callable
        Seconds.
    """

    name: SourceName = "simulated"

    def __init__(
        self,
        screen: Screen,
        rng: np.random.Generator,
        settings: SimulationSettings | None = None,
        *,
        clock: Clock = time.perf_counter,
    ) -> None:
        self._screen, self._rng, self._clock = screen, rng, clock
        self._settings = settings or SimulationSettings()
        self._playing: ReplaySource | None = None
        self._started = False
        self._left: list[Samples] = []

    @property
    def clock_offset_s(self) -> float:
        """From the beginning of the photo's gaze to when it was shown."""
        return 0.0 if self._playing is None else self._playing.clock_offset_s

    def show(
        self,
        shown: Shown,
        salience: NDArray[np.floating] | None = None,
        seconds: float | None = None,
    ) -> None:
        """A photo appears now; what was left of the last one's gaze can still be polled.

        Parameters
        ----------
        shown : Shown
            Where it is.
        salience : ndarray, shape (rows, columns), optional
            Where people look on it. Default: anywhere.
        seconds : float, optional
            For how long gaze is made up. Default: a minute.
        """
        self._finish()
        made = simulate_gaze(
            seconds or _LONGEST_S,
            self._screen,
            shown,
            self._rng,
            salience=salience,
            settings=self._settings,
        )
        self._playing = ReplaySource(made.samples, name="simulated", clock=self._clock)
        if self._started:
            self._playing.start()

    def start(self) -> None:
        """Begin to look."""
        self._started = True
        if self._playing is not None:
            self._playing.start()

    def stop(self) -> None:
        """End; what was due before can still be polled."""
        self._finish()
        self._started = False

    def poll(self) -> Samples:
        """What has become due since the last poll."""
        parts = [*self._left]
        self._left = []
        if self._playing is not None:
            parts.append(self._playing.poll())
        if not parts:
            return Samples.empty("simulated", self._settings.rate_hz)
        return Samples.joined(parts)

    def take_marks(self) -> tuple[str, ...]:
        """None: what is made up is never lost."""
        return ()

    def _finish(self) -> None:
        if self._playing is not None and self._started:
            self._playing.stop()
            self._left.append(self._playing.poll())
        self._playing = None
