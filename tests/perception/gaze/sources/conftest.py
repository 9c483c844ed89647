"""A clock that tests set by hand."""

from __future__ import annotations

import pytest


class HandClock:
    """Seconds, as many as it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    """At 100 s."""
    return HandClock()
