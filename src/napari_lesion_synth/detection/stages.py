"""Trainings one after the other, told as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Metric,
    Progress,
    Started,
)

__all__ = ["stage"]


def stage(
    stream: EventStream,
    name: str,
    before: int,
    total: int,
    *,
    looked: Callable[[int], Iterator[Artifact]] | None = None,
    every: int = 0,
) -> EventStream:
    """The events of one training as those of a part of the whole.

    Parameters
    ----------
    stream : generator of Event
        From `training.loop.learn`; closed with this one.
    name : str
        Of the stage: it comes before the names of the metrics.
    before : int
        Steps of the whole that were before it.
    total : int
        Steps of the whole.
    looked : callable, optional
        Makes pictures after a step.
    every : int
        Steps between two calls of it, or a little more: it is called at the next progress.
    """
    shown = 0
    with closing(stream):
        for event in stream:
            if isinstance(event, Started | Done):
                continue
            if not isinstance(event, Progress):
                yield _named(event, name)
                continue
            yield Progress(before + event.done, total, f"{name}: step {event.done}")
            if looked is not None and every and event.done // every > shown:
                shown = event.done // every
                yield from looked(event.done)


def _named(event: Event, name: str) -> Event:
    if isinstance(event, Metric):
        return replace(event, name=f"{name}/{event.name}")
    return event
