"""Whether an experiment is still to go on, in whatever process, on whatever machine.

A training takes minutes, and a stop must not wait for it. While the experiment is wanted, a small
file lies in its folder; whoever works for it looks for that file, and stops where it is gone.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.files import writing
from napari_lesion_synth.locks import claim

__all__ = ["Wanted", "heeding", "waiting_for", "wanted"]

_POLL_S = 0.3
_SIGN = ".running-"


@dataclass(frozen=True, eq=False)
class Wanted:
    """A run of an experiment.

    Parameters
    ----------
    sign : Path
        Lies there as long as it is to go on.
    token : StopToken
        Is set at the end: by the user, or since the time is up.
    """

    sign: Path
    token: StopToken

    def end(self) -> None:
        """Stop all that is done for it, wherever that is."""
        self.token.stop()
        with suppress(OSError):
            self.sign.unlink()


@contextmanager
def wanted(folder: Path, token: StopToken, minutes: float | None = None) -> Iterator[Wanted]:
    """Show that the experiment is to go on, until the token is set or the time is up.

    Parameters
    ----------
    folder : Path
        Of the experiment.
    token : StopToken
        The user's.
    minutes : float, optional
        After which to stop.

    Raises
    ------
    StorageError
        If the folder cannot be written.
    """
    _clear(folder)
    sign = folder / f"{_SIGN}{secrets.token_hex(4)}"
    run = Wanted(sign, StopToken())
    over = threading.Event()
    deadline = None if minutes is None else time.monotonic() + 60 * minutes

    def watch() -> None:
        while not over.wait(_POLL_S):
            if token.stopped or (deadline is not None and time.monotonic() >= deadline):
                break
        run.end()

    with writing(sign):
        held = sign.open("ab")
    with held:
        claim(held)
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield run
        finally:
            over.set()
            watcher.join()


@contextmanager
def heeding(sign: Path) -> Iterator[StopToken]:
    """A stop token in a process that works for the experiment: set when the sign is gone."""
    token, over = StopToken(), threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_S):
            if not sign.exists():
                token.stop()
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield token
    finally:
        over.set()
        watcher.join()


@contextmanager
def waiting_for(path: Path, token: StopToken) -> Iterator[None]:
    """Hold a file's lock, once nobody else does; the token is checked meanwhile.

    Raises
    ------
    Stopped
        If the token was set before it was free.
    StorageError
        If the file cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    with file:
        while not claim(file):
            token.check()
            time.sleep(_POLL_S)
        yield


def _clear(folder: Path) -> None:
    """Take away signs of runs that were killed."""
    for old in folder.glob(f"{_SIGN}*"):
        with suppress(OSError), old.open("ab") as file:
            if claim(file):
                old.unlink()
