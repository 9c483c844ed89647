"""Handing large arrays to child processes without copying them once a child.

The arrays are written to one temporary file, which every child maps into its memory: they share
the pages, the operating system drops those that nobody uses, and nothing has to fit into the
shared memory of a container. The file lives no longer than the processes.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.files import writing

__all__ = ["HandOver", "Handed"]

_ALIGNED = 64


@dataclass(frozen=True, slots=True)
class Handed:
    """What a child gets.

    Parameters
    ----------
    path : Path
        File of the arrays.
    parts : tuple of (int, int)
        Start and length of each array in it, in bytes.
    rest : bytes
        Everything else.
    """

    path: Path
    parts: tuple[tuple[int, int], ...]
    rest: bytes

    def taken(self) -> Any:
        """The thing itself; its arrays are read-only."""
        mapped = memoryview(np.memmap(self.path, np.uint8, mode="r"))  # type: ignore[arg-type]
        buffers = [mapped[start : start + length] for start, length in self.parts]
        # Not a file of a user's: the parent has written it a moment ago, for this child alone.
        return pickle.loads(self.rest, buffers=buffers)  # noqa: S301


class HandOver:
    """A thing on its way to child processes.

    Parameters
    ----------
    thing : object
        Anything that can be pickled.

    Raises
    ------
    StorageError
        If the temporary folder has no room.
    """

    def __init__(self, thing: Any) -> None:
        buffers: list[pickle.PickleBuffer] = []
        rest = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
        descriptor, name = tempfile.mkstemp(prefix="lesion-synth-", suffix=".arrays")
        path = Path(name)
        self._remove = weakref.finalize(self, _remove, path)
        parts = []
        with writing(path), os.fdopen(descriptor, "wb") as file:
            for buffer in buffers:
                data = buffer.raw()
                file.write(bytes(-file.tell() % _ALIGNED))
                parts.append((file.tell(), data.nbytes))
                file.write(data)
            file.write(b"\0")  # an empty file cannot be mapped
        self.handed = Handed(path, tuple(parts), rest)

    def close(self) -> None:
        """Remove the file; children that have mapped it keep what they have."""
        self._remove()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # Windows: a child still has it
        path.unlink(missing_ok=True)
