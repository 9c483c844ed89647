"""A program of somebody else's as a child process: what it says, and how to end it."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import StopToken

__all__ = ["Ended", "run_program"]

_POLL_S = 0.1
_GRACE_S = 3.0
_LINGER_S = 2.0
"""A process that the program left behind may keep its output open; nobody waits for that."""

_TAIL = 4000
_LINE_END = re.compile(r"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Parameters
    ----------
    code : int
        Exit code; negative: the signal that ended it.
    tail : str
        The last that it said.
    """

    code: int
    tail: str

    @property
    def last_line(self) -> str:
        """The last line that says something."""
        lines = [line.strip() for line in _LINE_END.split(self.tail)]
        return next((line for line in reversed(lines) if line), "")


def run_program(
    command: Sequence[str], folder: Path, token: StopToken
) -> Generator[str, None, Ended]:
    """Run a program and give what it says, line by line.

    It ends with this generator, and so do the processes that it started.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    folder : path
        Where it works.
    token : StopToken
        Checked ten times a second.

    Yields
    ------
    str
        Lines of its output and errors as they come, without blanks around them; the states of a
        progress bar are lines of their own.

    Returns
    -------
    Ended

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If the program cannot be started.
    """
    with _running(command, folder) as child:
        rest, tail = "", ""
        for piece in _pieces(child, token):
            text = piece.decode("utf-8", errors="replace")
            tail = (tail + text)[-_TAIL:]
            *lines, rest = _LINE_END.split(rest + text)
            yield from (line.strip() for line in lines if line.strip())
        if rest.strip():
            yield rest.strip()
        return Ended(child.wait(), tail)


def _pieces(child: subprocess.Popen[bytes], token: StopToken) -> Iterator[bytes]:
    """What the program prints, as it comes: a bar moves without ending its line."""
    pieces: queue.Queue[bytes] = queue.Queue()
    assert child.stdout is not None
    threading.Thread(target=_pump, args=(child.stdout, pieces), daemon=True).start()
    over: float | None = None
    while over is None or time.monotonic() < over:
        token.check()
        if over is None and child.poll() is not None:
            over = time.monotonic() + _LINGER_S
        try:
            piece = pieces.get(timeout=_POLL_S)
        except queue.Empty:
            continue
        if not piece:
            return
        yield piece


def _pump(stream: IO[bytes], pieces: queue.Queue[bytes]) -> None:
    with stream:
        while piece := os.read(stream.fileno(), 65536):
            pieces.put(piece)
    pieces.put(b"")


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A child process in a group of its own, which ends with this block."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    try:
        child = subprocess.Popen(  # noqa: S603 - the caller's business
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise LesionSynthError(
            f"the program could not be started ({error.strerror or error})",
            where=command[0],
            remedy="Try it in a terminal",
        ) from error
    try:
        yield child
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the program and the processes that it started, politely first."""
    if sys.platform == "win32":
        if child.poll() is None:
            killer = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
            subprocess.run(killer, check=False, capture_output=True)  # noqa: S603
        child.wait()
        return
    if child.poll() is None:
        _tell(child, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_S)
    _tell(child, signal.SIGKILL)
    child.wait()


def _tell(child: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # the group is empty
        os.killpg(child.pid, number)
