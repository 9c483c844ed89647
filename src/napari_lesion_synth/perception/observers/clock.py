"""A clock that stands still until it is told how much time has passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from napari_lesion_synth.perception.ledger.clock import Clock

__all__ = ["SimulatedClock"]


class SimulatedClock:
    """Time of a simulated participant.

    Parameters
    ----------
    start : datetime, optional
        When it begins; with a time zone.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2020, 1, 1, 9, tzinfo=UTC)
        self._passed = 0.0
        self._set = 0.0

    @property
    def clock(self) -> Clock:
        """What a ledger takes its times from."""
        return Clock(self.utc, lambda: self._passed)

    def utc(self) -> datetime:
        """The time of day."""
        return self._start + timedelta(seconds=self._passed + self._set)

    def pass_by(self, seconds: float) -> None:
        """Time goes by."""
        self._passed += seconds

    def set_by(self, seconds: float) -> None:
        """Somebody sets the time of day; how much time has passed is not touched."""
        self._set += seconds
