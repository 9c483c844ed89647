"""Two clocks: one that people read and that may jump, one that only runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["SYSTEM_CLOCK", "Clock"]


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a ledger takes its times from.

    Parameters
    ----------
    utc : callable
        The time of day; it may be set back or forth while a study runs.
    monotonic : callable
        Seconds since some moment; only differences within one program mean anything.
    """

    utc: Callable[[], datetime] = _utc
    monotonic: Callable[[], float] = time.monotonic


SYSTEM_CLOCK = Clock()
"""The computer's."""
