"""Time spent on a piece of work, over all its interruptions."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_lesion_synth.files import write_atomic

__all__ = ["Clock"]

_EVERY_S = 5.0
"""A kill loses no more than this."""


class Clock:
    """Seconds by name, kept in a file.

    Each name counts the clock on the wall, and with ``_cpu`` behind it the processors' time of
    this process and of those that it has started and that have ended.

    Parameters
    ----------
    path : Path
        The file; its folder exists before time is taken. A damaged one counts for none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seconds: dict[str, float] = _read(path)

    @contextmanager
    def of(self, name: str) -> Iterator[Callable[[], None]]:
        """Take the time of a block; what it yields is called now and then, so that a kill shows."""
        before = {each: self.seconds.get(each, 0.0) for each in (name, f"{name}_cpu")}
        began, began_cpu = time.monotonic(), _cpu()
        kept = began

        def keep() -> None:
            nonlocal kept
            now = time.monotonic()
            self.seconds[name] = before[name] + now - began
            self.seconds[f"{name}_cpu"] = before[f"{name}_cpu"] + _cpu() - began_cpu
            kept = now
            write_atomic(self._path, json.dumps(self.seconds).encode())

        def tick() -> None:
            if time.monotonic() - kept >= _EVERY_S:
                keep()

        try:
            yield tick
        finally:
            keep()


def _read(path: Path) -> dict[str, float]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): float(value) for name, value in data.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


if sys.platform == "win32":

    def _cpu() -> float:
        return time.process_time()

else:
    import resource

    def _cpu() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime
