"""What every source of gaze can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from napari_lesion_synth.perception.gaze.samples import Samples, SourceName

__all__ = ["CLOCK_JUMPED", "TRACKER_BACK", "TRACKER_LOST", "UNSAVED", "Clock", "GazeSource"]

Clock: TypeAlias = Callable[[], float]
"""Seconds that never go back: `time.perf_counter`, or a test's own."""

TRACKER_LOST, TRACKER_BACK = "tracker lost", "tracker back"
CLOCK_JUMPED, UNSAVED = "tracker's clock jumped", "gaze not saved"


class GazeSource(Protocol):
    """A tracker, the mouse, a recording or a simulation.

    A session starts it once, polls it a few times a second, and stops it. Times are seconds of
    `time.perf_counter`, the clock of everything that a session records.
    """

    @property
    def name(self) -> SourceName:
        """What stays with each trial, so that sources are never pooled silently."""
        ...

    @property
    def clock_offset_s(self) -> float:
        """What was last added to the source's own times; a session logs it with each block."""
        ...

    def start(self) -> None:
        """Begin to record.

        Raises
        ------
        InputError
            If there is nothing to record from.
        """
        ...

    def stop(self) -> None:
        """End; what has not been polled can still be. A source that was not started stays so."""
        ...

    def poll(self) -> Samples:
        """The samples since the last poll, perhaps none. It does not wait."""
        ...

    def take_marks(self) -> tuple[str, ...]:
        """What happened since the last call that a reader of the trial's data has to know.

        `TRACKER_LOST`, `TRACKER_BACK`, `CLOCK_JUMPED`, `UNSAVED`. A trial is kept and marked.
        """
        ...
