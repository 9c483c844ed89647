"""What a job says while it runs.

A job is a generator of events. The command line, the widgets and the tests consume the same
stream; `to_json` is its form on a pipe between processes (one object a line).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, TypeAlias

__all__ = [
    "Artifact",
    "Done",
    "Event",
    "EventStream",
    "Failed",
    "Log",
    "Metric",
    "Progress",
    "Started",
    "StopToken",
    "Stopped",
    "from_json",
    "to_json",
]


class Stopped(Exception):
    """Raised inside a job at the first step after its stop token was set."""


class StopToken:
    """Lets the owner of a job ask it to stop; the job checks at every step.

    Safe to set from another thread.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def stop(self) -> None:
        """Ask the job to stop."""
        self._event.set()

    @property
    def stopped(self) -> bool:
        """Whether the job was asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Stopped` if the job was asked to stop."""
        if self._event.is_set():
            raise Stopped


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""

    kind: ClassVar[str] = "event"


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The job begins: its name and the number of steps it expects (0: unknown)."""

    kind: ClassVar[str] = "started"
    job: str
    total: int = 0


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """`done` of `total` steps are finished."""

    kind: ClassVar[str] = "progress"
    done: int
    total: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Metric(Event):
    """A number worth plotting against `step`."""

    kind: ClassVar[str] = "metric"
    name: str
    value: float
    step: int = 0


@dataclass(frozen=True, slots=True)
class Artifact(Event):
    """A file or folder that now exists. `role` says what it is, as in ``"contact-sheet"``."""

    kind: ClassVar[str] = "artifact"
    role: str
    path: str


@dataclass(frozen=True, slots=True)
class Log(Event):
    """A sentence for the person who waits. `level` is ``"info"`` or ``"warning"``."""

    kind: ClassVar[str] = "log"
    text: str
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Done(Event):
    """The job finished; `result` is JSON-able."""

    kind: ClassVar[str] = "done"
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The job could not finish: what was wrong, where, and what to do."""

    kind: ClassVar[str] = "failed"
    what: str
    where: str | None = None
    remedy: str | None = None


EventStream: TypeAlias = Generator[Event, None, None]

_KINDS: dict[str, type[Event]] = {
    cls.kind: cls for cls in (Started, Progress, Metric, Artifact, Log, Done, Failed)
}


def to_json(event: Event) -> str:
    """One event as one line of JSON, its kind under ``"event"``."""
    return json.dumps({"event": event.kind, **asdict(event)}, ensure_ascii=False)


def from_json(line: str) -> Event:
    """Read back what `to_json` wrote.

    Raises
    ------
    ValueError
        If the line is not an event.
    """
    data = json.loads(line)
    if not isinstance(data, dict) or data.get("event") not in _KINDS:
        raise ValueError(f"not an event: {line!r}")
    try:
        return _KINDS[data.pop("event")](**data)
    except TypeError as cause:  # a field too few or too many
        raise ValueError(f"not an event: {line!r}") from cause
