"""Jobs within jobs: what a step says is passed on, and what it ends with is given back."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from napari_lesion_synth.events import Done, Event, EventStream, Progress, Started

__all__ = ["relayed"]


def relayed(steps: EventStream) -> Generator[Event, None, dict[str, Any]]:
    """Pass on logs and artifacts of a job, and return its result.

    Its own progress is left out: whoever runs it has one.
    """
    result: dict[str, Any] = {}
    for event in steps:
        if isinstance(event, Done):
            result = event.result
        elif not isinstance(event, Started | Progress):
            yield event
    return result
